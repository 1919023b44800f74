"""What failures are called: their kinds, what is tried again, what a clause is for."""

from __future__ import annotations

from collections.abc import Sequence

from tests.reference.model import Data, Failed

__all__ = ["RETRIED", "described", "failed", "is_among", "is_caught", "told_why"]


def described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def failed(owner: str, error: Exception) -> Failed:
    """Return the failure of what calls something that raised an error."""
    kinds: dict[type[Exception], str] = {
        ConnectionError: "connection",
        TimeoutError: "timeout",
    }
    status = getattr(error, "status_code", None)
    kind = kinds.get(type(error), "status" if status else "error")
    return Failed(owner, described(error), kind, status)


def told_why(error: Failed, entry: Data, delay: float, over: str) -> Failed:
    """Return a failure that is no one's own code's, which says why there is no further try."""
    if entry.get("kind") != "chain" and not error.why.startswith("timed out after"):
        return error
    why = f"{error.why}; not retried, as the next try would be in {delay:.3g} s "
    why += f"and {over}"
    owner = str(error).removesuffix(f": {error.why}")
    return Failed(owner, why, error.kind, error.status)


RETRIED = ("timeout", "connection", 408, 409, 429, "5xx", "error")
"""After what a callable is tried again, unless its step says."""


def is_among(error: Failed, kinds: Sequence[str | int]) -> bool:
    """Say whether an error is one of `kinds`."""
    if error.status is None:
        return error.kind in kinds
    return error.status in kinds or f"{error.status // 100}xx" in kinds


def is_caught(error: Failed, kinds: str | Sequence[str | int]) -> bool:
    """Say whether an error is one of those that a clause is for."""
    return kinds == "any" or is_among(
        error, [kinds] if isinstance(kinds, str) else kinds
    )
