"""Records of errors in the place of what joins count."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from ..run.background import Uncounted
from ..run.records import is_being_cancelled
from .error_records import error_record

__all__ = ["or_uncounted"]

T = TypeVar("T")


async def or_uncounted(work: Awaitable[T]) -> T | Uncounted:
    """Return the value of `work`, or the record of its error, which joins do not count."""
    try:
        return await work
    except Exception as error:
        # The user's code may have swallowed the cancellation, which still holds.
        if is_being_cancelled():
            raise
        return Uncounted(error_record(error))
