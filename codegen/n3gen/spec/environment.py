"""References to variables of the environment in the values of a connection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Env", "foreign_env", "is_variable", "looks_like_env", "parse_env"]

_QUOTED: Final = r"(?:\"([^\"\\]*)\"|'([^'\\]*)')"
_ENV: Final = re.compile(rf"env\(\s*{_QUOTED}\s*(?:,\s*{_QUOTED}\s*)?\)")
_START: Final = re.compile(r"\s*env\s*\(")
_FOREIGN: Final = re.compile(
    r"(?:"
    r"\$([A-Z_]\w*)|(?:\$\{|\$?\{\{)\s*(?:env\.|secrets\.|vars\.)?([A-Z_]\w*)\s*\}+"
    r"|(?:process\.)?env\.([A-Z_]\w*)"
    r"|(?:os\.(?:environ|getenv)|process\.env)(?:\.get)?[\[(]\s*[\"\'](\w+)[\"\'].*"
    r"|env\(\s*[\u201c\u2018]?(\w+)[\u201d\u2019]?\s*\))",
    re.ASCII,
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Env:
    """A variable of the environment, and its default if it has one."""

    name: str
    default: str | None = None


def is_variable(name: str) -> bool:
    """Whether `name` is one that an environment variable can have everywhere."""
    return _NAME.fullmatch(name) is not None


def looks_like_env(text: str) -> bool:
    """Whether `text` begins as a reference to the environment does."""
    return _START.match(text) is not None


def foreign_env(text: str) -> str | None:
    """The variable that `text` names as other languages do: `${NAME}`, `env.NAME`."""
    found = _FOREIGN.fullmatch(text.strip())
    return next(filter(None, found.groups()), None) if found else None


def parse_env(text: str) -> Env | None:
    """`env("NAME")` or `env("NAME", "default")`; `None` for any other text."""
    found = _ENV.fullmatch(text.strip())
    if found is None:
        return None
    name = found[1] or found[2] or ""
    if not is_variable(name):
        return None
    return Env(name, found[3] if found[3] is not None else found[4])
