"""Permits of several limits, granted by walking the queue from its front."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Admission"]


@dataclass(eq=False)
class Waiter:
    """One that waits; what is in `claims` is kept for it."""

    rank: float
    priority: float
    needs: Counter[str]
    granted: asyncio.Event = field(default_factory=asyncio.Event)
    claims: list[str] = field(default_factory=list)


class Admission:
    """All permits that a step needs are taken at once, or none of them."""

    def __init__(self, limits: dict[str, Any], model_calls: int) -> None:
        self.limits = {"llm": model_calls, **limits}
        self.free = Counter(
            {
                name: limit["permits"] if isinstance(limit, dict) else limit
                for name, limit in self.limits.items()
            }
        )
        self.waiting: list[Waiter] = []

    def add(self, permits: int, within: str | None) -> str:
        """Add a limit, and return its name."""
        name = f"limit {len(self.limits)}"
        self.limits[name] = {"permits": permits}
        if within is not None:
            self.limits[name]["within"] = within
        self.free[name] = permits
        return name

    def with_parents(self, needs: dict[str, int]) -> Counter[str]:
        """Return what is taken of each limit, those around one too."""
        found: Counter[str] = Counter()
        for name, number in needs.items():
            limit: str | None = name
            while limit is not None:
                found[limit] += number
                stated = self.limits[limit]
                limit = stated.get("within") if isinstance(stated, dict) else None
        return found

    async def acquire(self, needs: dict[str, int], priority: float = 0.0) -> None:
        """Wait for permits; a priority is so many seconds of waiting."""
        now = asyncio.get_running_loop().time()
        waiter = Waiter(now - priority, priority, self.with_parents(needs))
        self.waiting.append(waiter)
        self.grant()
        try:
            await waiter.granted.wait()
        except asyncio.CancelledError:
            if waiter in self.waiting:
                self.waiting.remove(waiter)
                self.grant()
            else:
                self.release(needs)
            raise

    def release(self, needs: dict[str, int]) -> None:
        """Give permits back."""
        self.free.update(self.with_parents(needs))
        self.grant()

    def grant(self) -> None:
        """Let go whoever has room, the first first.

        For one that has none a limit is kept that it lacks, and the next only when there
        is room in those: who needs nothing of them goes ahead. For those who wait behind
        one that needs just the same nothing is kept: it would be idle.
        """
        kept: Counter[str] = Counter()
        lines: list[tuple[float, Counter[str]]] = []
        for waiter in sorted(self.waiting, key=lambda waiter: waiter.rank):
            needs = waiter.needs
            if (waiter.priority, needs) in lines:
                continue
            short = [
                name for name in needs if self.free[name] - kept[name] < needs[name]
            ]
            if not short:
                self.free.subtract(needs)
                self.waiting.remove(waiter)
                waiter.granted.set()
                continue
            lines.append((waiter.priority, needs))
            if not set(short) & set(waiter.claims):
                waiter.claims.append(short[0])
            for name in waiter.claims:
                kept[name] += needs[name]
