"""References to environment variables in the texts of connections."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["Env", "is_variable", "looks_like_env", "parse_env"]

_QUOTED: Final = r"(?:\"([^\"\\]*)\"|'([^'\\]*)')"
_ENV: Final = re.compile(rf"env\(\s*{_QUOTED}\s*(?:,\s*{_QUOTED}\s*)?\)")
_START: Final = re.compile(r"\s*env\s*\(")
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Env:
    """A variable of the environment and what stands in for it, if anything."""

    name: str
    default: str | None = None


def is_variable(name: str) -> bool:
    """Whether `name` is one that an environment variable can have everywhere."""
    return _NAME.fullmatch(name) is not None


def looks_like_env(text: str) -> bool:
    """Whether `text` begins as a reference to the environment does."""
    return _START.match(text) is not None


def parse_env(text: str) -> Env | None:
    """`env("NAME")` or `env("NAME", "default")`; `None` for any other text."""
    found = _ENV.fullmatch(text.strip())
    if found is None:
        return None
    name = found[1] or found[2] or ""
    if not is_variable(name):
        return None
    return Env(name, found[3] if found[3] is not None else found[4])
