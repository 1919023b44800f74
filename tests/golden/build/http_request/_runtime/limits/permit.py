"""The permit and the timeout of a step's work."""

from __future__ import annotations

from types import TracebackType

from ..run.process import Limiter
from ..run.records import StepTimeout
from ..run.run import Step
from ..run.time_limit import TimeLimit
from .durations import in_seconds


class Permit:
    """A step's work: with a permit of its `limiter`, and from then on in its `timeout`.

    The wait for the permit counts as queued, not as work.
    """

    time_limit: TimeLimit | None = None

    def __init__(
        self, step: Step, limiter: Limiter | None = None, timeout: float | None = None
    ) -> None:
        self.step = step
        self.limiter = None if step.is_kept else limiter
        self.seconds = timeout

    async def __aenter__(self) -> None:
        step = self.step
        if self.limiter is not None and not self.limiter.try_acquire():
            await step.wait_for(self.limiter)
        if self.seconds is not None:
            self.time_limit = TimeLimit(self.seconds)
            step.timeout, step.cut_off = self.time_limit.timeout, ""
            await self.time_limit.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.limiter is not None:
            self.limiter.release()
        if self.time_limit is not None:
            try:
                await self.time_limit.__aexit__(kind, error, trace)
            except TimeoutError:
                late = f"timed out after {in_seconds(self.seconds)}"
                raise StepTimeout(late + self.step.cut_off) from None
