"""Secrets that a flow has written out, which no spec has.

Each is read from a variable of the environment, and the report says which and from where.
What cannot read one, such as the default of an input, is left out or shows three dots.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Any, Final

from n3gen.diagnostics import Label, Problems
from n3gen.diagnostics.concealed import concealed
from n3gen.importers.import_rules import ImportChange
from n3gen.importers.model import Draft
from n3gen.importers.secret_code import in_code
from n3gen.importers.secret_texts import in_expression, in_plain, in_template
from n3gen.secrets import names_secret, secrets_in
from n3gen.source import SourceFile, Span
from n3gen.spec.environment import looks_like_env, parse_env

__all__ = ["Secrets"]

_BARE: Final = ("when", "if", "while", "in", "until", "match")
"""Keys whose texts are expressions without braces."""

_UNREAD: Final = (
    "not_imported",
    "name",
    "kind",
    "target",
    "description",
    "case",
    "output",
    "connection",
)
"""Keys of steps whose texts are no templates."""

_LONG: Final = 8
"""From so many characters on, a secret is known again wherever it stands."""

_STAND_IN: Final = "secret"
_DOTS: Final = "..."


_SAID: Final = re.compile(
    r"((?<![\w-])[\"']?([\w-]+)[\"']?\s*(?::|=|\bis\b)\s*[\"']?)([^\s\"',}{]{6,})"
)
"""A setting in a comment: `token: abc`, `token is "abc"`."""


@dataclass(slots=True)
class Secrets:
    """The secrets of a flow; `sources` are the files that it was read from."""

    draft: Draft
    sources: Iterable[SourceFile]
    problems: Problems
    variables: dict[str, str] = field(default_factory=dict)
    """The variables that are read, by the values that are in the flow."""
    given: dict[tuple[str, str], str] = field(default_factory=dict)
    """Fields of payloads that have lost their default, by chain and name."""
    others: Iterable[str] = ()
    """Further variables that are read, which the spec mentions with these."""
    chain: str = ""
    owner: str = ""

    def conceal(self) -> None:
        """Take the secrets out of the draft and its files, and report them."""
        data = self.draft.data
        for name, block in data.get("connections", {}).items():
            self._connection(name, block)
        for name, block in data.get("connectors", {}).items():
            self.owner = name
            data["connectors"][name] = self._walked(block, "")
        for name, chain in data.get("chains", {}).items():
            self._chain(name, chain)
        for name, block in data.get("states", {}).items():
            self.owner = name
            self._state(name, block)
        for test in data.get("tests", {}).values():
            self._test(test)
        self.draft.files = [(at, self.code(at, text)) for at, text in self.draft.files]
        for lines in self.draft.comments.values():
            lines[:] = map(self.shown, lines)
        self.problems.reword(self.shown)
        if names := sorted({*self.variables.values(), *self.others}):
            line = f"It reads {', '.join(names)} from the environment."
            self.draft.remark((), *wrap(line, 80, break_on_hyphens=False))

    def keep(self, name: str, value: str) -> str:
        """The variable for a secret, which is reported where it is met first."""
        if value not in self.variables:
            is_named = self.owner.lower().endswith(name.lower())
            parts = [self.owner] if is_named else [self.owner, name]
            if self.owner == name:
                parts = [self.chain, name]
            variable = self._variable("_".join(parts))
            self.variables[value] = variable
            self._report(name, value, f"it is read from the variable {variable}")
        return self.variables[value]

    def code(self, path: str, text: str) -> str:
        """The text of a file beside the spec, without the secrets in it."""
        self.owner = path.rpartition("/")[2].partition(".")[0]
        found = in_code(text, self.keep) if path.endswith(".py") else text
        return self._without_known(in_plain(found, "", self._dotted), _DOTS)

    def _dotted(self, name: str, value: str) -> str:
        self.keep(name, value)
        return _DOTS

    def shown(self, text: str) -> str:
        """A text that nothing reads, with dots in place of its secrets."""
        found = in_plain(text, "", lambda *_: _DOTS)
        found = _SAID.sub(
            lambda one: f"{one[1]}{_DOTS}" if names_secret(one[2]) else one[0], found
        )
        return self._without_known(found, _DOTS)

    def _without_known(self, text: str, instead: str) -> str:
        for value in sorted(self.variables, key=len, reverse=True):
            if len(value) >= _LONG or text == value:
                text = text.replace(value, instead)
        return text

    def _variable(self, text: str) -> str:
        base = re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_").upper() or "SECRET"
        base = f"_{base}" if base[0].isdigit() else base
        known = re.findall(r"\benv(?:\.|\([\"'])(\w+)", repr(self.draft.data))
        taken = {*known, *self.variables.values()}
        name, number = base, 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        return name

    def _report(self, name: str, value: str, what: str) -> None:
        way_out = "it is in the file, so renew it if others have that"
        message = f"`{name}` is a secret: {what}"
        self.problems.add(ImportChange.of(message, self._label(value), way_out))

    def _label(self, value: str) -> Label:
        """Where a value stands; the beginning of the flow where it is written otherwise."""
        sources = list(self.sources)
        parts = [value[one.start : one.end] for one in secrets_in(value)]
        for text in (value, *parts):
            for source in sources:
                at = source.text.find(text)
                if at >= 0:
                    first = text.splitlines()[0]
                    return concealed(Label(source, Span(at, at + len(first))), first)
        return Label(sources[0], Span(0, 0))

    def _connection(self, name: str, block: dict[str, Any]) -> None:
        """Let the values of a connection be variables as a whole."""
        self.owner = name
        for key, text in block.items():
            if isinstance(text, str):
                block[key] = self._setting(key, text)
            elif isinstance(text, dict):
                block[key] = {k: self._setting(k, one) for k, one in text.items()}

    def _setting(self, key: str, text: Any) -> Any:
        if not isinstance(text, str):
            return text
        if looks_like_env(text):
            found = parse_env(text)
            default = found.default if found is not None else None
            if found is None or default is None or not any(secrets_in(default)):
                return text
            self.variables[default] = found.name
            self._report(key, default, f"it is read from the variable {found.name}")
            return f'env("{found.name}")'
        is_secret = in_plain(text, key, lambda *_: "") != text
        return f'env("{self.keep(key, text)}")' if is_secret else text

    def _chain(self, name: str, chain: dict[str, Any]) -> None:
        self.chain = name
        for key, value in list(chain.items()):
            if key == "input":
                self._inputs(name, value)
            elif key == "description":
                chain[key] = self.shown(value)
            else:
                self.owner = name
                chain[key] = self._walked(value, "")

    def _inputs(self, chain: str, fields: dict[str, Any]) -> None:
        for name, one in list(fields.items()):
            if isinstance(one, str):
                kind, sign, default = one.partition(" = ")
                default = default.strip("\"'")
                if sign and self._is_secret(name, default):
                    fields[name] = kind
                    self._left(chain, name, default)
                continue
            if "description" in one:
                one["description"] = self.shown(str(one["description"]))
            if self._is_secret(name, one.get("default")):
                self._left(chain, name, one.pop("default"))
                if one.keys() == {"type"}:
                    fields[name] = one["type"]

    def _is_secret(self, name: str, value: Any) -> bool:
        return isinstance(value, str) and in_plain(value, name, lambda *_: "") != value

    def _left(self, chain: str, name: str, value: str) -> None:
        self.given[chain, name] = value
        self._report(name, value, "the payload has to give it, as no default does")

    def _state(self, name: str, block: dict[str, Any]) -> None:
        if self._is_secret(name, block.get("default")):
            value = block.pop("default")
            self.given["", name] = value
            self._report(name, value, "the state begins without it")
        elif "default" in block:
            block["default"] = self._stood_in(block["default"], name, _DOTS)

    def _walked(self, data: Any, name: str) -> Any:
        """Data of steps, whose templates read secrets from the environment."""
        if isinstance(data, list):
            return [self._walked(one, name) for one in data]
        if isinstance(data, dict):
            return self._entry(data)
        if not isinstance(data, str):
            return data
        if name in _UNREAD:
            return self.shown(data)
        return (
            in_expression(data, self.keep)
            if name in _BARE
            else in_template(data, name, self.keep)
        )

    def _entry(self, data: dict[str, Any]) -> dict[str, Any]:
        before, step = self.owner, data.get("name")
        if isinstance(step, str) and len(data) > 1:
            self.owner = step
        found: dict[str, Any] = {}
        for key, one in data.items():
            if key == "key" and "for" in data:
                found[key] = one
            else:
                is_value = key == "value" and isinstance(step, str)
                found[key] = self._walked(one, str(step) if is_value else str(key))
        self.owner = before
        return found

    def _test(self, test: dict[str, Any]) -> None:
        """Give a test stand-ins for the secrets, and for the fields without a default."""
        chain = test.get("chain", "")
        for key in ("payload", "mock", "expect"):
            if key in test:
                test[key] = self._stood_in(test[key], "", _STAND_IN)
        payload = {name: _STAND_IN for at, name in self.given if at == chain}
        if payload:
            rest = {key: one for key, one in test.items() if key != "chain"}
            test.clear()
            test |= {
                "chain": chain,
                "payload": payload | rest.pop("payload", {}),
                **rest,
            }
        text = repr(self.draft.data["chains"].get(chain))
        names = {one for one in self.variables.values() if f"env.{one}" in text}
        if names:
            env = dict(test.get("env", {})) | dict.fromkeys(sorted(names), _STAND_IN)
            expect = test.pop("expect", None)
            test["env"] = env
            test |= {"expect": expect} if expect is not None else {}

    def _stood_in(self, data: Any, name: str, instead: str) -> Any:
        if isinstance(data, list):
            return [self._stood_in(one, name, instead) for one in data]
        if isinstance(data, dict):
            return {
                key: self._stood_in(one, str(key), instead) for key, one in data.items()
            }
        if not isinstance(data, str):
            return data
        found = in_plain(data, "", lambda *_: instead)
        for value in self.given.values():
            found = instead if found == value else found
        return self._without_known(found, instead)
