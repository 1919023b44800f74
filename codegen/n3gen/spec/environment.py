"""References to variables of the environment, as connections write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = [
    "Env",
    "foreign_env",
    "is_variable",
    "looks_like_env",
    "meant_env",
    "parse_env",
    "quoted_envs",
    "unmarked_env",
]

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
_OF_SECRET: Final = re.compile(
    r"(?=[A-Z]+[A-Z0-9]*_)(?:[A-Z0-9]+_)*"
    r"(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|PWD|CREDENTIALS?)(?:_[A-Z0-9]+)*",
    re.ASCII,
)
"""The name of a variable that holds a secret, in capitals, as no secret is."""

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


def unmarked_env(text: str) -> str | None:
    """The variable for a secret that `text` names by its name alone: `OPENAI_API_KEY`."""
    return text if _OF_SECRET.fullmatch(text) else None


def parse_env(text: str) -> Env | None:
    """`env("NAME")` or `env("NAME", "default")`; `None` for any other text."""
    found = _ENV.fullmatch(text.strip())
    if found is None:
        return None
    name = found[1] or found[2] or ""
    if not is_variable(name):
        return None
    return Env(name, found[3] if found[3] is not None else found[4])


def meant_env(text: str) -> Env | None:
    """The variable that a text means which is `env(...)` as a whole, quoted or not."""
    if not looks_like_env(text):
        return None
    name = foreign_env(text)
    return parse_env(text) or (Env(name) if name and is_variable(name) else None)


def quoted_envs(text: str) -> Iterator[tuple[int, int, Env]]:
    """Yield start, end and variable of each `env("NAME")` within a text."""
    for found in re.finditer(rf"(?<![\w.]){_ENV.pattern}", text):
        if env := parse_env(found[0]):
            yield found.start(), found.end(), env
