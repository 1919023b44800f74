"""Secrets in templates and expressions: found, and replaced by what reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from n3gen.secrets import Secret, secret_value, secrets_in

__all__ = ["in_expression", "in_plain", "in_template"]

Keep = Callable[[str, str], str]
"""Gives the variable of the environment for a secret, by its name and its value."""

_PARTS: Final = re.compile(
    r"(?P<raw>\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\})"
    r"|(?P<code>\{\{.*?\}\}|\{%.*?%\})|(?P<note>\{#.*?#\})",
    re.DOTALL,
)
_CONSTANT: Final = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", re.DOTALL)
_NAMED: Final = re.compile(r"(?:['\"]([\w-]+)['\"]\s*:|(?<![=!<>.\w])(\w+)\s*=)\s*$")


def _secrets(name: str, text: str) -> list[Secret]:
    """The secrets in a text under a name."""
    whole = secret_value(name, text)
    return [whole] if whole is not None else list(secrets_in(text))


def in_plain(text: str, name: str, replaced: Callable[[str, str], str]) -> str:
    """A text without expressions, with its secrets replaced."""
    pieces: list[str] = []
    at = 0
    for one in _secrets(name, text):
        pieces += [text[at : one.start], replaced(one.name, text[one.start : one.end])]
        at = one.end
    return "".join([*pieces, text[at:]])


def in_template(text: str, name: str, keep: Keep) -> str:
    """A template whose secrets are read from the environment; `name` is its key."""
    if not _PARTS.search(text):
        return in_plain(text, name, lambda *one: f"{{{{ env.{keep(*one)} }}}}")
    pieces: list[str] = []
    at = 0
    for found in _PARTS.finditer(text):
        pieces += [_stretch(text[at : found.start()], keep), _part(found, keep)]
        at = found.end()
    return "".join([*pieces, _stretch(text[at:], keep)])


def _stretch(text: str, keep: Keep) -> str:
    """What stands beside expressions, which no name says to be a secret as a whole."""
    return in_plain(text, "", lambda *one: f"{{{{ env.{keep(*one)} }}}}")


def _part(found: re.Match[str], keep: Keep) -> str:
    text = found[0]
    if found["raw"]:
        value = "{{% endraw %}}{{{{ env.{} }}}}{{% raw %}}"
        return in_plain(text, "", lambda *one: value.format(keep(*one)))
    return in_expression(text, keep) if found["code"] else text


def in_expression(text: str, keep: Keep) -> str:
    """An expression, in whose constants secrets are read from the environment."""

    def constant(found: re.Match[str]) -> str:
        inner = found[1] if found[1] is not None else found[2]
        named = _NAMED.search(text, 0, found.start())
        name = (named[1] or named[2]) if named else ""
        secrets = _secrets(name, inner)
        if not secrets:
            return found[0]
        mark, at = found[0][0], 0
        pieces: list[str] = []
        for one in secrets:
            if before := inner[at : one.start]:
                pieces.append(f"{mark}{before}{mark}")
            pieces.append(f"env.{keep(one.name, inner[one.start : one.end])}")
            at = one.end
        if rest := inner[at:]:
            pieces.append(f"{mark}{rest}{mark}")
        return pieces[0] if len(pieces) == 1 else f"({' ~ '.join(pieces)})"

    return _CONSTANT.sub(constant, text)
