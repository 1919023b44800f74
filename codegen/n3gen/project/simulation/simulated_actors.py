"""Actors of simulated runs: no object is made, but messages are handled one at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

__all__ = ["SimulatedActors"]

Handle = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Actor:
    """An actor that has begun: the room in its mailbox, and whose turn it is."""

    room: asyncio.Semaphore
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    told: list[asyncio.Task[Any]] = field(default_factory=list[asyncio.Task[Any]])

    async def handle(self, handle: Handle) -> Any:
        """Handle a message that has room, once those before it are handled."""
        try:
            await self.turn.acquire()
        finally:
            self.room.release()
        try:
            return await handle()
        finally:
            self.turn.release()


@dataclass(frozen=True, slots=True)
class SimulatedActors:
    """The actors of simulated runs, by whose they are and their names.

    `owner` is a run, or `None` for those of the process.
    """

    found: dict[Hashable, dict[str, _Actor]] = field(
        default_factory=dict[Hashable, dict[str, _Actor]]
    )

    async def ask(self, owner: Hashable, actor: Any, handle: Handle) -> Any:
        """Return what handling a message gives."""
        live = await self._with_room(owner, actor)
        return await live.handle(handle)

    async def tell(self, owner: Hashable, actor: Any, handle: Handle) -> None:
        """Leave a message in the mailbox, waiting for room alone."""
        live = await self._with_room(owner, actor)
        live.told.append(asyncio.ensure_future(live.handle(handle)))

    async def _with_room(self, owner: Hashable, actor: Any) -> _Actor:
        of_owner = self.found.setdefault(owner, {})
        if actor.name not in of_owner:
            of_owner[actor.name] = _Actor(asyncio.Semaphore(actor.mailbox))
        live = of_owner[actor.name]
        await live.room.acquire()
        return live

    async def end(self, owner: Hashable) -> None:
        """Wait until the messages are handled that nobody waits for; errors are theirs."""
        told = [task for one in self.found.pop(owner, {}).values() for task in one.told]
        await asyncio.gather(*told, return_exceptions=True)
