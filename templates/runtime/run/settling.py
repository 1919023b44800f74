"""Time for what has just ended to have its effect on the tasks around it."""

from __future__ import annotations

import asyncio

__all__ = ["all_settled"]

ITERATIONS = 30
"""Iterations of the event loop in which an end has passed through the blocks around."""


async def all_settled() -> None:
    """Let what has just ended have its effect on the tasks around it."""
    for _ in range(ITERATIONS):
        await asyncio.sleep(0)
