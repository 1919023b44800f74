"""Settings of a run that the environment gives."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Defaults:
    """What the configuration gives a module where the environment is silent."""

    parallel_steps: bool
    llm_calls: int
    chain_seconds: float


def variable(name: str) -> str | None:
    """Return an environment variable, `None` where it is unset or blank."""
    return os.environ.get(name, "").strip() or None


def flag_setting(name: str, default: bool) -> bool:
    """Return a variable that is true or false."""
    on, off = ("true", "1", "yes", "on"), ("false", "0", "no", "off")
    text = variable(name)
    if text is None:
        return default
    if text.lower() not in on + off:
        raise ValueError(f"{name} must be true or false, not {text!r}")
    return text.lower() in on


def count_setting(name: str, default: int) -> int:
    """Return a variable that is a whole number from 1."""
    text = variable(name)
    if text is None:
        return default
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{name} must be a whole number from 1, not {text!r}")
    return int(text)


def seconds_setting(name: str, default: float) -> float:
    """Return a variable that is a number of seconds above 0."""
    text = variable(name)
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not seconds > 0:
        raise ValueError(f"{name} must be a number of seconds above 0, not {text!r}")
    return seconds
