"""Takes the headers of an answer; says what the server asks of those who try again."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

__all__ = ["retry_after_of", "should_retry_of"]


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `retry-after`, a number or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = seconds_until(text)
        if 0 < seconds < math.inf:
            return seconds
    return None


def seconds_until(date: str) -> float:
    """Seconds until an HTTP date; 0 for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0


def should_retry_of(headers: Mapping[str, str]) -> bool | None:
    """The server's own word in `x-should-retry`."""
    told = headers.get("x-should-retry", "").lower()
    return {"true": True, "false": False}.get(told)
