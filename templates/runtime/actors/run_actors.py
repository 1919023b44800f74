"""The actors of a run, from its first message to its end."""

from __future__ import annotations

import asyncio

from ..run.records import StepError, describe_error
from ..run.run import Run, chain_logger
from ..run.waits import waiting_for
from .actor import RUN_ACTORS, LiveActor, Reported

__all__ = ["RunActors"]

STOPPING = 10.0
"""Seconds that actors have to stop once their run has failed, is cancelled or too late."""


class RunActors:
    """The actors of a run, which stop at the end of the block, the last that began first.

    What is in their mailboxes is handled before; once the run has failed, is cancelled
    or too late, there is a grace for that. A chain that another one calls shares those
    of its caller.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.is_outer = False

    async def __aenter__(self) -> None:
        assert self.run.task is not None, "a run has its task before its first step"
        self.is_outer = self.run.task not in RUN_ACTORS
        RUN_ACTORS.setdefault(self.run.task, {})

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        assert self.run.task is not None, "a run has its task before its first step"
        if not self.is_outer:
            return
        live = [*RUN_ACTORS.pop(self.run.task).values()][::-1]
        if isinstance(error, GeneratorExit):  # nobody runs the event loop any more
            for one in live:
                one.kill()
        elif error is not None:
            await self.hurry(live)
        else:
            await self.finish(live)

    async def finish(self, live: list[LiveActor]) -> None:
        """Stop actors one after another; raise the first error when all have ended."""
        failures: list[StepError] = []
        while live:
            title = live[0].actor.title
            try:
                with (
                    Failed(self.run, live[0], failures),
                    waiting_for(self.run, "", f"{title} for the end of its messages"),
                ):
                    await live[0].finish()
            except BaseException:
                await self.hurry(live)
                raise
            del live[0]
        if failures:
            raise failures[0]

    async def hurry(self, live: list[LiveActor]) -> None:
        """Stop the actors of a run that is over, within a grace."""
        before = [*self.run.waits]
        # An interrupted command tells what it waits for now, an error what was late.
        self.run.waits += [one.actor.title for one in live]
        try:
            async with asyncio.timeout(STOPPING):
                while live:
                    with Reported(live[0]):
                        await live[0].finish()
                    del live[0]
        except TimeoutError:
            titles = ", ".join(one.actor.title for one in live)
            words = f"cut off after {STOPPING:g} seconds: {titles}"
            chain_logger(self.run.chain).error("%s", words)
        finally:
            self.run.waits[:] = before
            for one in live:
                await one.cut_off()


class Failed(Reported):
    """Keep the error of closing an object, if it is the first one of a run."""

    def __init__(self, run: Run, live: LiveActor, failures: list[StepError]) -> None:
        super().__init__(live)
        self.run = run
        self.failures = failures

    def __exit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> bool:
        if not isinstance(error, Exception) or self.failures:
            return super().__exit__(kind, error, trace)
        words = f"{self.live.actor.title} could not be closed: {describe_error(error)}"
        failure = StepError(words, self.run.source)
        failure.__cause__ = error
        self.failures.append(failure)
        return True
