"""Takes the environment; hands on the settings of a run, checked."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Defaults:
    """What the configuration says for a module where the environment is silent."""

    parallel_steps: bool
    llm_calls: int
    chain_seconds: float


def variable(name: str) -> str | None:
    """An environment variable, `None` where it is not set or blank."""
    if name not in os.environ:  # much cheaper than the `KeyError` inside of `get`
        return None
    return os.environ.get(name, "").strip() or None


def flag_setting(name: str, default: bool) -> bool:
    """An environment variable that is true or false; raises `ValueError` otherwise."""
    text = variable(name)
    if text is None:
        return default
    value = text.lower()
    if value in ("true", "1", "yes", "on"):
        return True
    if value in ("false", "0", "no", "off"):
        return False
    raise ValueError(f"{name} must be true or false, not {text!r}")


def count_setting(name: str, default: int) -> int:
    """An environment variable that is a whole number from 1; raises `ValueError`."""
    text = variable(name)
    if text is None:
        return default
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise ValueError(f"{name} must be a whole number from 1, not {text!r}")


def seconds_setting(name: str, default: float) -> float:
    """An environment variable that is a number of seconds above 0; raises `ValueError`."""
    text = variable(name)
    if text is None:
        return default
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if seconds > 0:
        return seconds
    raise ValueError(f"{name} must be a number of seconds above 0, not {text!r}")
