"""Times in words."""

from __future__ import annotations

__all__ = ["in_seconds"]


def in_seconds(seconds: float | None) -> str:
    """Return a time in words."""
    return "1 second" if seconds == 1 else f"{seconds:.12g} seconds"
