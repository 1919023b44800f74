"""Settings of a run that the environment gives."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Defaults:
    """What the configuration gives a module where the environment is silent."""

    parallel_steps: bool
    llm_calls: int
    chain_seconds: float


def variable(name: str) -> str | None:
    """Return an environment variable, `None` where it is unset or blank."""
    return os.environ.get(name, "").strip() or None


def read_variable_as(
    name: str, what: str, read: Callable[[str], T | None], default: T
) -> T:
    """Return a variable as `read` reads it; raise `ValueError` where that is nothing."""
    text = variable(name)
    if text is None:
        return default
    value = read(text)
    if value is None:
        raise ValueError(f"{name} must be {what}, not {text!r}")
    return value


def flag_setting(name: str, default: bool) -> bool:
    """Return a variable that is true or false."""
    words: dict[str, bool] = {}
    for word in ("true", "1", "yes", "on"):
        words[word] = True
    for word in ("false", "0", "no", "off"):
        words[word] = False
    return read_variable_as(
        name, "true or false", lambda text: words.get(text.lower()), default
    )


def count_setting(name: str, default: int) -> int:
    """Return a variable that is a whole number from 1."""

    def read(text: str) -> int | None:
        return (int(text) or None) if text.isdecimal() else None

    return read_variable_as(name, "a whole number from 1", read, default)


def seconds_setting(name: str, default: float) -> float:
    """Return a variable that is a number of seconds above 0."""

    def read(text: str) -> float | None:
        try:
            return seconds if (seconds := float(text)) > 0 else None
        except ValueError:
            return None

    return read_variable_as(name, "a number of seconds above 0", read, default)
