"""What steps of random chains call: it takes time, fails and cleans up as its options say."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Protocol

__all__ = ["ERRORS", "Call", "Callables", "StatusError"]


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

    async def call(self, name: str, given: Call) -> Any:
        """Do what the options say."""
        step, options = given.step, given.options
        seconds: float = options.get("seconds", 1.0)

        def entry(what: str) -> tuple[float, str, str, float]:
            return asyncio.get_running_loop().time(), what, step, seconds

        def note(what: str) -> None:
            self.log.append(entry(what))

        note("starts")
        self.calls[name, step, seconds] += 1
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            if (begun := entry("starts")) in self.log:
                self.log.remove(begun)  # let go and cut off in one moment, by chance
                raise
            note("is cancelled")
            if "lingers" in options:
                await asyncio.sleep(options["lingers"])
                note("is tidy")
            raise
        fails = options.get("fails" if name == "work" else "spare_fails")
        if fails and self.calls[name, step, seconds] <= options.get("times", 1_000):
            note("fails")
            raise ERRORS[fails]()
        note("ends")
        return options.get("give", step)
