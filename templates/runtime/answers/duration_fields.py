"""Durations within declared types and answers."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator

from ..run.input_kinds import DURATION_TEXT, read_duration

__all__ = ["Duration"]


def spelled_duration(value: Any) -> Any:
    """Read a text such as `5m`, which pydantic does not know; leave all else to it."""
    is_spelled = isinstance(value, str) and DURATION_TEXT.fullmatch(value)
    return read_duration(value) if is_spelled else value


Duration = Annotated[timedelta, BeforeValidator(spelled_duration)]
"""A `timedelta` that may be given as a number of seconds, as `5m` or as `PT5M`."""
