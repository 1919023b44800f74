"""What random chains call: it takes time, fails and cleans up as its options say."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol

__all__ = ["CURRENT", "ERRORS", "Call", "Callables", "StatusError", "items"]

CURRENT: ContextVar[Callables] = ContextVar("CURRENT")
"""Those of the run that calls functions by their names."""


class Call(Protocol):
    """What a callable is given, as far as these look at it."""

    @property
    def step(self) -> str: ...

    @property
    def options(self) -> dict[str, Any]: ...


class StatusError(Exception):
    """An HTTP status, as libraries have it."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status_code = status


ERRORS: dict[str, Callable[[], Exception]] = {
    "error": lambda: ValueError("no idea"),
    "connection": lambda: ConnectionError("line is dead"),
    "timeout": lambda: TimeoutError("too late"),
    "429": lambda: StatusError(429),
    "500": lambda: StatusError(500),
}
"""What a call fails with, by the word in its options."""


class Callables:
    """The callables of one run, with a log of what became of each call.

    Options are `seconds` that a call takes, `give` as its result, `fails` as a word of
    `ERRORS` (`spare_fails` for the spares), `times` that it fails before it succeeds, and
    `lingers`, the seconds that it takes to clean up once it is cancelled.
    """

    def __init__(self) -> None:
        self.log: list[tuple[float, str, str, float]] = []
        self.calls: Counter[tuple[str, str, float]] = Counter()
        self.by_name: dict[str, Callable[[Any], Coroutine[Any, Any, Any]]] = {
            name: partial(self.call, name) for name in ("work", "spare", "other_spare")
        }

    def note(self, what: str, step: str, seconds: float) -> None:
        """Add to the log what happens now."""
        self.log.append((asyncio.get_running_loop().time(), what, step, seconds))

    def has(self, what: str, step: str, seconds: float) -> bool:
        """Say whether something is noted that happens now."""
        now = asyncio.get_running_loop().time()
        return (now, what, step, seconds) in self.log

    async def sleep(self, step: str, seconds: float) -> None:
        """Let time pass; what is cut off in the moment in which it starts is not noted."""
        self.note("starts", step, seconds)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if self.has("starts", step, seconds):
                now = asyncio.get_running_loop().time()
                self.log.remove((now, "starts", step, seconds))
            else:
                self.note("is cancelled", step, seconds)
            raise

    async def call(self, name: str, given: Call) -> Any:
        """Do what the options say."""
        step, options = given.step, given.options
        seconds: float = options.get("seconds", 1.0)

        def note(what: str) -> None:
            self.note(what, step, seconds)

        self.calls[name, step, seconds] += 1
        try:
            await self.sleep(step, seconds)
        except asyncio.CancelledError:
            if not self.has("is cancelled", step, seconds):
                self.calls[name, step, seconds] -= 1  # nothing has come of it
            elif "lingers" in options:
                await asyncio.sleep(options["lingers"])
                note("is tidy")
            raise
        fails = options.get("fails" if name == "work" else "spare_fails")
        if fails and self.calls[name, step, seconds] <= options.get("times", 1_000):
            note("fails")
            raise ERRORS[fails]()
        note("ends")
        return options.get("give", step)


async def items(
    step: str, seconds: list[float], gives: list[Any], fails: str | None = None
) -> AsyncIterator[Any]:
    """Yield what it `gives`, each after so many seconds, and then fail where it does.

    Who asks, and when it is closed, is noted in the log of the run that asks.
    """
    callables, is_open = CURRENT.get(), False
    try:
        for number, item in enumerate(gives):
            try:
                await callables.sleep(step, seconds[number])
            except asyncio.CancelledError:
                is_open |= callables.has("is cancelled", step, seconds[number])
                raise
            is_open = True
            yield item
        if fails is not None:
            raise ERRORS[fails]()
    finally:
        if is_open:
            callables.note("is closed", step, 0.0)
