"""Where a `.prompty` file sends its question: a `connection` block.

The key that a block reads must go to no other server than the file says. So there is a
default address only where the file says `type: openai` and no address, and an address
that no block can say is left to a variable that has none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from n3gen.importers.promptflow.connections import OPENAI_ADDRESS, connection_name
from n3gen.importers.promptflow.prompty_model import VARIABLE, Model
from n3gen.importers.promptflow.scope import Importing
from n3gen.spec.environment import is_variable
from n3gen.syntax.writer import flow

__all__ = ["connect"]

_ADDRESSES: Final = ("azure_endpoint", "base_url", "api_base", "endpoint")
_READ: Final = frozenset(
    [
        *("type", "connection", "model", "name", "azure_deployment", "api_key"),
        *("api_version", "organization", *_ADDRESSES),
    ]
)
_SECRET: Final = re.compile(r"key|token|secret|password", re.IGNORECASE)


def connect(model: Model, importing: Importing) -> str:
    """Define the block for the connection of a prompty, and return its name."""
    given = model.configuration
    name = str(given.get("connection") or given.get("type") or "")
    if not name:
        what = "the prompty names no connection: it asks `openai`"
        importing.changed(what, model.document.key_label(("model",)))
    block = connection_name(name or "openai")
    _Connecting(model, importing, block, block.upper()).define()
    return block


@dataclass(slots=True)
class _Connecting:
    model: Model
    importing: Importing
    name: str
    key: str
    lines: list[str] = field(default_factory=list)

    def define(self) -> None:
        """Write the block, and say what it cannot have."""
        given = self.model.configuration
        block: dict[str, Any] = {"api": "openai"}
        version = self._setting("api_version")
        organization = self._setting("organization")
        deployment = str(given.get("azure_deployment") or "")
        if not self.model.is_azure:
            path = ""
        elif version is not None and deployment:
            path = f"/openai/deployments/{deployment}"
        else:
            path, version = "/openai/v1", None
        block["base_url"] = self._address(path)
        if self.model.is_azure and version is not None:
            block["headers"] = {"api-key": self._secret()}
        else:
            block["api_key"] = self._secret()
        if organization is not None:
            block.setdefault("headers", {})["OpenAI-Organization"] = organization
        if version is not None:
            block["query"] = {"api-version": version}
        if deployment and (named := given.get("model")) and self.model.is_azure:
            self.lines.append(f"Its deployment has the model {named}.")
        sent = {"api_version": version, "organization": organization}
        for key in given:
            if key not in _READ:
                self._lost(key, f"`{key}` says nothing that a connection could")
            elif key in sent and sent[key] is None and given[key]:
                self._lost(key, f"`{key}` is not sent")
        self.importing.draft.define("connections", self.name, block)
        if self.lines:
            self.importing.draft.remark(("connection", self.name), *self.lines)

    def _address(self, path: str) -> str:
        """The `base_url`, below which Azure has `path`.

        One that no block can say is a variable without a default.
        """
        given = self.model.configuration
        found = [key for key in _ADDRESSES if given.get(key)]
        for key in found[1:]:
            self._lost(key, f"`{found[0]}` is the address that is asked")
        if not found:
            return self._unsaid_address(path)
        key = found[0]
        if "/openai/" in f"{given[key]}/":
            path = ""
        setting = self._setting(key)
        if setting is not None and not path and re.match(r"https?://|env\(", setting):
            return setting
        whole = f"{str(given[key]).rstrip('/')}{path}"
        if re.match(r"https?://", whole) and not re.search(r"\$\{|\{\{", whole):
            return whole
        return self._left_address(key, whole)

    def _unsaid_address(self, path: str) -> str:
        """The address of a file that has none."""
        given = self.model.configuration
        is_unsaid = not self.model.is_azure and not given.keys() & {
            "type",
            "connection",
        }
        if self.model.kind == "openai" or is_unsaid:
            return f'env("{self.key}_BASE_URL", "{OPENAI_ADDRESS}")'
        variable = f"{self.key}_BASE_URL"
        self.lines.append(f"Its address is not in the file: {variable} has it.")
        if self.model.is_azure:
            address = f"https://RESOURCE.openai.azure.com{_shown(path)}"
            self.lines.append(f"On Azure it is {address}.")
        return f'env("{variable}")'

    def _left_address(self, key: str, whole: str) -> str:
        """A variable for an address that is put together when the file is run."""
        variable = f"{self.key}_BASE_URL"
        shown = _shown(whole)
        label = self.model.document.label(self.model.configuration_at[key])
        what = f"`{key}` is not all of the address that a connection asks"
        way_out = f"set {variable} to {shown}"
        self.importing.lost(what, label, way_out)
        self.lines.append(f"{variable} has to be {shown}")
        return f'env("{variable}")'

    def _secret(self) -> str:
        """The key, which is never in a spec."""
        given = self.model.configuration.get("api_key")
        match = VARIABLE.fullmatch(given) if isinstance(given, str) else None
        if match is not None and is_variable(match[1]) and not match[2]:
            return f'env("{match[1]}")'
        variable = f"{self.key}_API_KEY"
        if given:
            what = f"the key is read from the variable {variable}"
            label = self.model.document.key_label(
                self.model.configuration_at["api_key"]
            )
            way_out = "the file has it written out: renew it if others have that"
            self.importing.changed(what, label, way_out)
        return f'env("{variable}")'

    def _setting(self, key: str) -> str | None:
        """A value that a connection can have as it stands; else none."""
        given = self.model.configuration.get(key)
        if given in (None, ""):
            return None
        text = str(given)
        match = VARIABLE.fullmatch(text)
        if match is None:
            return None if re.search(r"\$\{|\{\{|^\s*env\(", text) else text
        name, default = match[1], match[2] or ""
        if not is_variable(name) or re.search(r'["\\\n]', default):
            return None
        return f'env("{name}", "{default}")' if default else f'env("{name}")'

    def _lost(self, key: str, what: str) -> None:
        loc = self.model.configuration_at[key]
        self.importing.lost(what, self.model.document.key_label(loc))
        value = self.model.configuration[key]
        is_shown = not _SECRET.search(key) or VARIABLE.search(str(value))
        self.lines.append(f"{key}: {flow(value)}" if is_shown else f"{key}: ...")


def _shown(address: str) -> str:
    """An address with variables of the environment as a shell has them."""
    return VARIABLE.sub(lambda found: f"${found[1]}", address)
