"""Records of errors: what a flow goes on with where work has failed."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, TypeVar

from ..run.records import StepError, describe_error, is_being_cancelled
from .failures import failure_of

__all__ = ["error_record", "or_error"]

T = TypeVar("T")


def error_record(error: BaseException) -> dict[str, Any]:
    """Return an error as plain data: its kind, its message, its HTTP status and its step.

    There is no status where no server gave one. Where it is a block that failed, as the
    source of a loop may, its place in the spec stands for the step.
    """
    failure = failure_of(error)
    found = error if isinstance(error, StepError) else None
    return {
        "kind": failure.kind,
        "message": found.reason if found else describe_error(error),
        "status": failure.status,
        "step": (found.step or found.place or None) if found else None,
    }


async def or_error(work: Awaitable[T]) -> T | dict[str, Any]:
    """Return the value of `work`, or the record of its error."""
    try:
        return await work
    except Exception as error:
        # The user's code may have swallowed the cancellation, which still holds.
        if is_being_cancelled():
            raise
        return error_record(error)
