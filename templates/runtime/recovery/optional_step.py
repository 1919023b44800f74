"""Steps whose failure counts as if they had been skipped."""

from __future__ import annotations

from ..run.process import Limiter
from ..run.records import StepError, is_being_cancelled
from ..run.run import Run, Step

__all__ = ["OptionalStep"]


class SkippedOnError(Step):
    """A step that is skipped where it fails; its record tells the error."""

    def fail(self, error: BaseException) -> StepError | None:
        """Record why the step failed, and that it counts as skipped."""
        failure = super().fail(error)
        if failure is not None and not is_being_cancelled():
            self.skip()
        return failure


class OptionalStep:
    """A step whose failure ends nothing but the `async with` block that it is."""

    def __init__(
        self, run: Run, name: str, *, line: int, permit: Limiter | None = None
    ) -> None:
        self.step = SkippedOnError(run, name, line=line, permit=permit)

    async def __aenter__(self) -> Step:
        return await self.step.__aenter__()

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> bool:
        try:
            await self.step.__aexit__(kind, error, trace)
        except StepError:
            if self.step.status != "skipped":
                raise
        return error is not None and self.step.status == "skipped"
