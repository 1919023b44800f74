"""Rounds of a loop of which some may fail."""

from __future__ import annotations

from collections.abc import Awaitable, Sized
from typing import Any, TypeVar

from ..run.records import Foreseen
from ..run.run import Run
from .error_records import error_record, or_error

__all__ = ["Tolerance"]

T = TypeVar("T")


class TooManyFailures(Foreseen):
    """More rounds of a loop have failed than are tolerated."""


class Tolerance:
    """How many rounds of a loop may fail: a number of them, or a `percent` of all.

    Where it is not known how many rounds there are, a percentage is compared when the
    loop has ended.
    """

    def __init__(
        self,
        run: Run,
        failures: float,
        *,
        line: int,
        percent: bool = False,
        of: object = None,
    ) -> None:
        self.run = run
        self.line = line
        self.percent = failures if percent else None
        self.most = None if percent else failures
        if percent and isinstance(of, Sized):
            self.most = len(of) * failures / 100
        self.rounds = 0
        self.failed = 0

    async def or_error(self, work: Awaitable[T]) -> T | dict[str, Any]:
        """Return the value of a round or the record of its error, while that is tolerated."""
        error: Exception | None = None

        async def watched() -> T:
            nonlocal error
            try:
                return await work
            except Exception as failure:
                error = failure
                raise

        value = await or_error(watched())
        self.rounds += 1
        if error is not None:
            self.failed += 1
            if self.most is not None and self.failed > self.most:
                raise self.failure(error)
        return value

    def checked(self, values: T) -> T:
        """Return the values of a loop that has ended, if no more rounds failed than may."""
        most = self.most
        if most is None and self.percent is not None:
            most = self.rounds * self.percent / 100
        if most is not None and self.failed > most:
            raise self.failure(None)
        return values

    def failure(self, last: Exception | None) -> Exception:
        """Return the error of the loop."""
        share = f"{self.percent:g}%" if self.percent is not None else f"{self.most:g}"
        words = f"{self.failed} of {self.rounds} rounds failed, {share} are tolerated"
        if last is not None:
            words += f": {error_record(last)['message']}"
        reason = TooManyFailures(words)
        reason.__cause__ = last
        error = self.run.failure(reason, self.line, "tolerate")
        error.__cause__ = reason
        return error
