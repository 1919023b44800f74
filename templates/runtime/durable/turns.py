"""The order in which what a run has stored comes back in its next life."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

from ..run.settling import all_settled

__all__ = ["Turns", "is_failure"]


class Turns:
    """Lets outcomes come back one after another, as they were stored.

    Of two branches that fail, the first to do so ends the other. In a later life both
    failures are there at once: without an order it would be the first in the spec, or
    the one with the shorter way. What was stored before the first failure has no need of
    one. An outcome that nobody asks for holds up no other.
    """

    def __init__(self, outcomes: Mapping[str, Any]) -> None:
        self.ranks: dict[str, int] = {}
        for rank, (place, outcome) in enumerate(outcomes.items()):
            if self.ranks or is_failure(outcome):
                self.ranks[place] = rank
        self.waiting: list[tuple[int, str, asyncio.Future[None]]] = []
        self.giving: asyncio.Task[None] | None = None

    async def take(self, place: str) -> None:
        """Wait until the outcome of a place may come back."""
        rank = self.ranks.get(place)
        if rank is None:
            return
        turn = asyncio.get_running_loop().create_future()
        heappush(self.waiting, (rank, place, turn))
        if self.giving is None:
            self.giving = asyncio.create_task(self.give())
        await turn

    async def give(self) -> None:
        """Give turns as long as one is awaited, each when the one before has done its part."""
        while self.waiting:
            await all_settled()
            _, _, turn = heappop(self.waiting)
            if not turn.done():
                turn.set_result(None)
        self.giving = None

    async def close(self) -> None:
        """Give no turn any more."""
        if self.giving is not None:
            self.giving.cancel()
            await asyncio.wait([self.giving])


def is_failure(outcome: Any) -> bool:
    """Say whether an outcome ends what is around it: that of a step, or of a late block."""
    found: dict[str, Any] = outcome or {}
    return "failure" in found or bool(found.get("late"))
