"""Kinds of input that JSON has as texts, and bounds of kinds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from .inputs import Kind, misfit, plain_kind

__all__ = ["DATE", "DATETIME", "DURATION", "FILE", "UUID_TEXT", "within"]

T = TypeVar("T")

DURATION_TEXT = re.compile(
    r"""
    (?P<number> \d+ (?:\.\d+)? ) [ ]? (?P<unit> ms | s | m | h | d )
    | P (?=[\dT]) (?: (?P<days> \d+ (?:\.\d+)? ) D )?
      (?: T (?=\d) (?: (?P<hours> \d+ (?:\.\d+)? ) H )?
          (?: (?P<minutes> \d+ (?:\.\d+)? ) M )?
          (?: (?P<seconds> \d+ (?:\.\d+)? ) S )? )?
    """,
    re.VERBOSE | re.ASCII,
)
"""A number with a unit, or what ISO 8601 has for it."""

UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def text_kind(name: str, type_: type[T], parse: Callable[[str], T]) -> Kind[T]:
    """Return the kind of a type whose values may be given as texts."""

    def read(value: Any) -> T:
        if type(value) is type_:
            return value
        if not isinstance(value, str):
            raise misfit(value)
        try:
            return parse(value)
        except ValueError:
            raise ValueError(f"not {value!r:.80}") from None

    return Kind(name, read)


def read_duration(value: Any) -> timedelta:
    """Read a number of seconds, a text such as `250ms` or `PT5M`, or a `timedelta`."""
    if isinstance(value, timedelta):
        return value
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return timedelta(seconds=value)
        found = DURATION_TEXT.fullmatch(value) if isinstance(value, str) else None
        if found is not None and found["number"]:
            return timedelta(
                seconds=float(found["number"]) * UNIT_SECONDS[found["unit"]]
            )
        if found is not None:
            parts = ("days", "hours", "minutes", "seconds")
            return timedelta(**{part: float(found[part] or 0) for part in parts})
    except OverflowError:
        raise ValueError(f"too long: {value!r:.80}") from None
    raise misfit(value)


DATE: Kind[date] = text_kind("date", date, date.fromisoformat)
DATETIME: Kind[datetime] = text_kind("datetime", datetime, datetime.fromisoformat)
DURATION: Kind[timedelta] = Kind("duration", read_duration)
UUID_TEXT: Kind[UUID] = text_kind("uuid", UUID, UUID)
FILE: Kind[str] = plain_kind("file", lambda value: isinstance(value, str))


def within(
    kind: Kind[T],
    *,
    least: float | None = None,
    most: float | None = None,
    shortest: int | None = None,
    longest: int | None = None,
    pattern: str | None = None,
) -> Kind[T]:
    """Return a kind whose values, where they are not `None`, are within bounds."""

    def read(value: Any) -> Any:
        known: Any = kind.read(value)
        if known is None:
            return None
        if least is not None and not known >= least:
            raise ValueError(f"at least {least}, not {known!r:.80}")
        if most is not None and not known <= most:
            raise ValueError(f"at most {most}, not {known!r:.80}")
        if shortest is not None and len(known) < shortest:
            raise ValueError(f"of length {shortest} or more, not {len(known)}")
        if longest is not None and len(known) > longest:
            raise ValueError(f"of length {longest} or less, not {len(known)}")
        if pattern is not None and re.search(pattern, known) is None:
            raise ValueError(f"matching {pattern!r}, not {known!r:.80}")
        return known

    return Kind(kind.name, read)
