"""What expressions read of the records of steps."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import Any, Generic, TypeVar

from ..run.run import Step
from .error_records import error_record

__all__ = ["StepFacts"]

S = TypeVar("S", bound=Step)
Left_co = TypeVar("Left_co", bound="bool | None", covariant=True)


class StepFacts:
    """The facts of a step, which may be read before it begins and while it runs."""

    def __init__(self) -> None:
        self.phase = "pending"
        self.step: Step | None = None
        self.reason: dict[str, Any] | None = None

    def of(self, step: AbstractAsyncContextManager[S, Left_co]) -> Followed[S, Left_co]:
        """Return the step, to be entered, of which these are the facts."""
        return Followed(self, step)

    @property
    def status(self) -> str:
        """The status of the step's record; `pending` and `running` until it has ended."""
        if self.step is None or self.step.ended is None:
            return self.phase
        return self.step.status

    @property
    def error(self) -> dict[str, Any] | None:
        """The record of the step's error; `None` where it has none."""
        if self.status == "cancelled":
            path = None if self.step is None else self.step.path
            how = "cancelled"
            return {"kind": how, "message": how, "status": None, "step": path}
        return self.reason

    @property
    def attempts(self) -> int:
        """How often the step has been tried."""
        return 0 if self.step is None else self.step.attempts

    @property
    def elapsed_ms(self) -> int:
        """How long the step has run, without its waits for permits."""
        return 0 if self.step is None else self.step.record()["elapsed_ms"]


class Followed(Generic[S, Left_co]):
    """A step that leaves its facts where others read them."""

    def __init__(
        self, facts: StepFacts, step: AbstractAsyncContextManager[S, Left_co]
    ) -> None:
        self.facts = facts
        self.step = step

    async def __aenter__(self) -> S:
        self.facts.phase = "running"
        try:
            self.facts.step = step = await self.step.__aenter__()
        except BaseException:
            self.facts.phase = "cancelled"
            raise
        return step

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> Left_co:
        step = self.facts.step
        if error is not None and step is not None:
            record = error_record(error)
            self.facts.reason = {**record, "step": record["step"] or step.path}
        return await self.step.__aexit__(kind, error, trace)
