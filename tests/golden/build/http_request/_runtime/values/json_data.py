"""Values that JSON has no form of their own for, as data."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID


def json_data(value: Any) -> Any:
    """Return a model, a date, a duration or a UUID as JSON data, as pydantic writes them.

    Raises `TypeError` for any other value.
    """
    kind = cast(Any, type(value))  # which answers whatever its object makes of names
    dump = getattr(kind, "model_dump", None)
    if callable(dump):
        return dump(value, mode="json")
    if issubclass(kind, date):
        return value.isoformat()
    if issubclass(kind, timedelta):
        return duration_text(value)
    if issubclass(kind, UUID):
        return str(value)
    raise TypeError(f"a value of type {kind.__name__} is not JSON")


def plain_json(value: Any) -> Any:
    """Return a value as plain JSON data; raise `TypeError` or `ValueError`."""
    return json.loads(json.dumps(value, default=json_data))


def duration_text(value: timedelta) -> str:
    """Return a duration as ISO 8601 has it, such as `PT1M30S`."""
    if value < timedelta():
        return f"-{duration_text(-value)}"
    minutes, seconds = divmod(value.seconds, 60)
    fraction = f".{value.microseconds:06}".rstrip("0") if value.microseconds else ""
    hours, minutes = divmod(minutes, 60)
    days = f"{value.days}D" if value.days else ""
    time = f"{hours}H" if hours else ""
    time += f"{minutes}M" if minutes else ""
    time += f"{seconds}{fraction}S" if seconds or fraction or not (days or time) else ""
    return f"P{days}T{time}" if time else f"P{days}"
