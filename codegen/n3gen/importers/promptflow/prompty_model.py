"""The `model` of a `.prompty` file: how it is asked, in today's words and in older ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.importers.literals import literal, quoted
from n3gen.importers.promptflow.scope import Importing
from n3gen.source import Loc
from n3gen.spec.environment import is_variable
from n3gen.syntax.document import Document
from n3gen.syntax.writer import flow

__all__ = ["VARIABLE", "Model", "mapping_of", "read_model", "spec_data"]

VARIABLE: Final = re.compile(r"\$\{env:(\w+)(?::([^}]*))?\}")
"""A value that is read from the environment, and its default."""

_KEYS: Final = frozenset(
    [
        *("api", "apiType", "configuration", "connection", "id", "options"),
        *("parameters", "provider", "response"),
    ]
)
_OTHER_NAMES: Final = {
    "apiKey": "api_key",
    "key": "api_key",
    "apiVersion": "api_version",
    "deployment": "azure_deployment",
    "kind": "type",
    "provider": "type",
    "maxOutputTokens": "max_tokens",
    "topP": "top_p",
    "frequencyPenalty": "frequency_penalty",
    "presencePenalty": "presence_penalty",
    "stopSequences": "stop",
}
"""Names of later versions of the format, by which the same is meant."""


def mapping_of(found: Any) -> dict[str, Any]:
    """A value where it is a mapping; else an empty one."""
    return found if isinstance(found, dict) else {}


def _is_elsewhere(value: Any) -> bool:
    """Whether a value is in another file, as `${file:...}`."""
    return isinstance(value, str) and value.startswith("${file:")


@dataclass(slots=True)
class Model:
    """Whom a prompty asks, and how.

    `settings` are the options of the call, as data of a spec; `configuration` has what
    says where it goes, as it is written. Each has its places in the file beside it.
    """

    document: Document
    api: str = "chat"
    settings: dict[str, Any] = field(default_factory=dict)
    settings_at: dict[str, Loc] = field(default_factory=dict)
    configuration: dict[str, Any] = field(default_factory=dict)
    configuration_at: dict[str, Loc] = field(default_factory=dict)
    elsewhere: dict[str, tuple[str, Loc]] = field(default_factory=dict)
    """The values that are in other files, by their keys."""
    unknown: dict[str, tuple[Any, Loc]] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The type of its connection, in small letters alone; empty without one."""
        given = self.configuration.get("type")
        return re.sub(r"[^a-z]", "", str(given or "").lower())

    @property
    def is_azure(self) -> bool:
        """Whether it is a deployment of Azure OpenAI, whose addresses have its name."""
        if self.kind == "openai" or self.kind.endswith("serverless"):
            return False
        names = ("azure_endpoint", "azure_deployment")
        return self.kind.startswith("azure") or any(map(self.configuration.get, names))

    def report(self, importing: Importing) -> None:
        """Report what has no place in a step or a connection."""
        for key, (path, loc) in self.elsewhere.items():
            what = f"`{key}` is in another file, {path}, which is not read"
            label = self.document.label(loc)
            importing.lost(what, label, "add what it says to the spec")
            importing.draft.remark((), f"{what}.")
        for key, (value, loc) in self.unknown.items():
            what = f"`{key}` of the model says nothing that a step could"
            importing.lost(what, self.document.key_label(loc))
            importing.draft.remark((), f"{key} of its model: {flow(value)}")


def read_model(document: Document) -> Model:
    """Read the `model` of the front matter."""
    found = Model(document)
    given = document.data.get("model")
    at: Loc = ("model",)
    if isinstance(given, str):
        if _is_elsewhere(given):
            found.elsewhere["model"] = (given, at)
        else:
            found.configuration["model"] = given
            found.configuration_at["model"] = at
        return found
    model = mapping_of(given)
    found.api = str(model.get("api") or model.get("apiType") or "chat")
    for key, value in model.items():
        if key not in _KEYS:
            found.unknown[key] = (value, (*at, key))
    for key, name in (("id", "model"), ("provider", "type")):
        if key in model:
            found.configuration[name] = model[key]
            found.configuration_at[name] = (*at, key)
    for section in ("connection", "configuration"):
        for key, value, loc in _entries(model, section, found):
            is_name = section == "connection" and key == "name"
            name = "connection" if is_name else _OTHER_NAMES.get(key, key)
            found.configuration[name] = value
            found.configuration_at[name] = loc
    for section in ("options", "parameters"):
        for key, value, loc in _entries(model, section, found):
            name = _OTHER_NAMES.get(key, key)
            found.settings[name] = spec_data(value)
            found.settings_at[name] = loc
    return found


def _entries(
    model: dict[str, Any], section: str, found: Model
) -> Iterator[tuple[str, Any, Loc]]:
    """Yield what a section says, with its places; note what is in other files."""
    at: Loc = ("model", section)
    given = model.get(section)
    if section == "connection" and isinstance(given, str) and given:
        given = {"name": given}
    if _is_elsewhere(given):
        found.elsewhere[section] = (str(given), at)
    elif given is not None and not isinstance(given, dict):
        found.unknown[section] = (given, at)
    for key, value in mapping_of(given).items():
        if _is_elsewhere(value):
            found.elsewhere[key] = (value, (*at, key))
        elif key == "additionalProperties" and isinstance(value, dict):
            yield from ((one, value[one], (*at, key, one)) for one in value)
        else:
            yield key, value, (*at, key)


def spec_data(value: Any) -> Any:
    """A value as data of a spec, with expressions for variables of the environment."""
    if isinstance(value, dict):
        return {key: spec_data(one) for key, one in value.items()}
    if isinstance(value, list):
        return [spec_data(one) for one in value]
    if not isinstance(value, str):
        return value
    pieces: list[str] = []
    at = 0
    for match in VARIABLE.finditer(value):
        if not is_variable(match[1]):
            continue
        default = f" | default({quoted(match[2])})" if match[2] else ""
        pieces += [
            literal(value[at : match.start()]),
            f"{{{{ env.{match[1]}{default} }}}}",
        ]
        at = match.end()
    return "".join([*pieces, literal(value[at:])])
