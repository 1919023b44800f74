"""Steps whose outcomes are stored, and that do not run again where one is there."""

from __future__ import annotations

import asyncio
from typing import Any, Self, TypeVar

from ..recovery.failures import CallFailure, ModelError, failure_of
from ..recovery.optional_step import OptionalStep, SkippedOnError
from ..run.process import Limiter
from ..run.records import LIMITS, StepError, StepFailed, StepTimeout, describe_error
from ..run.run import Run, Step
from ..run.settling import all_settled
from ..values.json_data import plain_json
from .journal import JOURNAL
from .restored import count_places

__all__ = ["DurableOptionalStep", "DurableStep"]

T = TypeVar("T")

FORESEEN: dict[str, type[Exception]] = {
    "StepTimeout": StepTimeout,
    "StepFailed": StepFailed,
}
"""The errors of steps that come back as they were; of others the kind does."""


class DurableStep(Step):
    """A step whose outcome is stored before anything continues from it.

    Where an earlier life of the run has stored one, the step has that outcome again, be
    it a result or an error, and its work is left out. One that was cut off while the
    run went on waits to be cut off again.
    """

    place = ""
    outcome: dict[str, Any] | None = None
    # Whether another process has to do it.
    is_refused = False
    requests = 0
    # Whether it only waits, and may be left at any time.
    rests = False
    # When it has waited for answers, and the messages that had them.
    waited: tuple[float, float] | None = None
    taken: list[str]

    def start(self) -> None:
        """Start the step, and find what an earlier life has stored of it."""
        super().start()
        self.taken = []
        journal = JOURNAL.get()
        self.place = journal.place(self.path, self.line)
        self.outcome = journal.outcome(self.place)
        if self.outcome is not None:
            self.is_kept, self.permit = True, None
            return
        may_begin = journal.may_begin(self.place, is_last=self.run.is_last)
        if not self.is_kept and not may_begin:
            self.is_refused, self.permit = True, None
        # One that calls a chain has begun before all that is stored of it.
        begun = journal.begun_inside(self.path)
        self.started = min(self.started, self.run.started + begun)

    async def __aenter__(self) -> Self:
        try:
            await super().__aenter__()
        except asyncio.CancelledError as error:
            self.permit = None  # for which it has waited
            await self.leave(error)
            raise
        if self.is_refused:
            await JOURNAL.get().refuse()
        try:
            if self.outcome is not None:
                if self.outcome["status"] == "cancelled":
                    await asyncio.Event().wait()
                await JOURNAL.get().turns.take(self.place)
            elif not self.is_kept and has_no_time(self.run):
                await all_settled()  # in which it is cut off
        except asyncio.CancelledError as error:
            await self.leave(error)
            raise
        return self

    async def leave(self, error: asyncio.CancelledError) -> None:
        """End a step that is cut off before it has begun to work."""
        if self.place and not self.is_refused:
            await DurableStep.__aexit__(self, type(error), error, None)

    async def __aexit__(
        self, kind: object, error: BaseException | None, trace: object
    ) -> None:
        run = self.run
        self.ended = run.time()
        if self.permit is not None:
            self.permit.release()
        failure = None if error is None else self.fail(error)
        if failure is not None and failure is not error:
            failure.__cause__ = error
        journal = JOURNAL.get()
        if self.outcome is None and self.status == "skipped":
            self.outcome = journal.outcomes.get(self.place)
        if self.outcome is not None:
            self.recall(self.outcome)
        elif self.is_over():
            await journal.keep(self.place, self.kept_outcome(failure))
        elif self.status == "skipped":
            journal.note(self.place, self.kept_outcome(failure))
        if run.events is not None and self.status != "cancelled":
            ended = "step_complete" if error is None else "step_error"
            await run.events.append(self.event(ended))
        if failure is not None and failure is not error:
            raise failure from error

    def next_key(self) -> str:
        """Return a key for the next request of the step: the same one in every life."""
        self.requests += 1
        return f"{self.run.id}:{self.place}:{self.requests}"

    def is_over(self) -> bool:
        """Say whether later lives leave the step alone.

        One that was skipped without an error asks its condition again. One that is cut
        off is over where the run goes on without it, or where its time has.
        """
        if self.status == "cancelled":
            task, is_lost = self.run.task, JOURNAL.get().lost is not None
            if task is None or task.done() or is_lost:
                return False
            return not task.cancelling() or has_no_time(self.run)
        return self.status != "skipped" or self.error is not None

    def kept_outcome(self, failure: StepError | None) -> dict[str, Any]:
        """Return the outcome of the step as plain data."""
        assert self.ended is not None
        outcome: dict[str, Any] = {
            "status": self.status,
            "result": self.result,
            "attempts": self.attempts,
            "queued": self.queued,
            "started": self.started - self.run.started,
            "elapsed": self.ended - self.started,
        }
        if self.error is not None:
            outcome["error"] = self.error
        if failure is not None:
            outcome["failure"] = failure_data(failure)
        if self.extras:
            outcome["extras"] = self.extras
        if (version := self.record().get("version")) is not None:
            outcome["version"] = version
        if self.waited is not None:
            outcome.update(waited=self.waited, taken=self.taken)
        return outcome

    def done(self, result: T) -> T:
        """Keep the result; one without a type is what its JSON says, in every life."""
        if self.outcome is None and not (self.version or "").endswith("t"):
            result = plain_json(result)
        return super().done(result)

    def kept(self, result: T) -> T:
        """Take the result that an earlier life has stored, or the run that this one retries."""
        if self.outcome is None:
            return super().kept(result)
        return super().done(result)

    def recalled(self) -> Any:
        """Return the result that an earlier life has stored; raise the error that it was."""
        if self.outcome is None:
            return self.result
        if "failure" in self.outcome:
            raise failure_from(self.outcome["failure"])
        return self.outcome["result"]

    def recall(self, outcome: dict[str, Any]) -> None:
        """Take what an earlier life knows of the step's times and calls."""
        self.attempts, self.queued = outcome["attempts"], outcome["queued"]
        self.started = self.run.started + outcome["started"]
        self.ended = self.started + outcome["elapsed"]
        self.extras = outcome.get("extras", {})
        journal = JOURNAL.get()
        inside = journal.pass_over(self.path, self.place)
        count_places(self.run, journal, [self.place, *inside])

    def fail(self, error: BaseException) -> StepError | None:
        """Record why the step failed; what an earlier life has logged is not logged again."""
        failed = (self.outcome or {}).get("failure")
        if failed is None or not isinstance(error, StepError):
            return super().fail(error)
        assert self.outcome is not None
        self.status, self.error = self.outcome["status"], self.outcome["error"]
        if self.status == "skipped":
            self.status = "error"
        return error


class DurableSkippedOnError(SkippedOnError, DurableStep):
    """A durable step that is skipped where it fails."""


class DurableOptionalStep(OptionalStep):
    """A durable step whose failure ends only the `async with` block that it is."""

    def __init__(
        self, run: Run, name: str, *, line: int, permit: Limiter | None = None
    ) -> None:
        self.step = DurableSkippedOnError(run, name, line=line, permit=permit)


def has_no_time(run: Run) -> bool:
    """Say whether the time is over of a run, or of a block around; what runs last has its own."""
    now = run.time()
    ends = [run.deadline, *(one.when() for one in LIMITS.get())]
    return not run.is_last and any(end is not None and end <= now for end in ends)


def failure_data(failure: StepError) -> dict[str, Any]:
    """Return a failure as plain data: its words, its place, and the kind of its reason."""
    reason: BaseException = failure
    while isinstance(reason, StepError) and reason.__cause__ is not None:
        reason = reason.__cause__
    found, name = failure_of(failure), type(reason).__name__
    return {
        "message": str(failure),
        "place": failure.place,
        "step": failure.step,
        "name": name,
        "reason": failure.reason,
        "words": describe_error(reason).removeprefix(f"{name}: "),
        **found._asdict(),
    }


def failure_from(data: dict[str, Any]) -> StepError:
    """Return a failure that an earlier life has stored; its reason has the same kind."""
    words, name = data["words"], data["name"]
    parts = data["message"], data["place"], data["step"], data.get("reason", words)
    failure = StepError(*parts)
    found = CallFailure(*(data[key] for key in CallFailure._fields))
    if name in FORESEEN:
        reason = FORESEEN[name](words)
        if isinstance(reason, StepTimeout):
            reason.is_final = found.is_final
    else:
        # An error of the same name, as the class may be one that is not there any more.
        reason = type(name, (ModelError,), {})(
            "" if words == name else words,
            found.kind,
            status=found.status,
            retry_after=found.retry_after,
            should_retry=found.should_retry,
            is_final=found.is_final,
        )
    failure.__cause__ = reason
    return failure
