"""Chains of specs/x.ai.

answer (at most 172800 s):
  1. draft
  2. second
  3. check
  4. approve
  5. pause
"""

from __future__ import annotations

if __name__ == "__main__" and not __package__:
    # Run as a file: run as a module of its package, as `python -m` does.
    import os
    import sys

    if not sys.flags.safe_path:
        sys.path[0] = ""
    sys.path.insert(0, os.path.abspath(f"{__file__}/../.."))
    import runpy

    runpy.run_module(
        ".".join(os.path.abspath(__file__)[:-3].split(os.sep)[-2:]),
        run_name="__main__",
        alter_sys=True,
    )

from collections.abc import AsyncGenerator
from typing import Any, TypedDict

from pydantic import BaseModel

import tests.durable.work

from ._runtime.answers.refused import answers_as
from ._runtime.answers.schemas import schema_of
from ._runtime.answers.typed import validate
from ._runtime.durable.decisions import DurableRace, DurableTimeout
from ._runtime.durable.durable_command import run_durable_command
from ._runtime.durable.durable_handles import (
    DurableHandle,
    drain_durably,
    stream_durably,
)
from ._runtime.durable.durable_runs import DurableModule, execute_durably
from ._runtime.durable.durable_steps import DurableOptionalStep, DurableStep
from ._runtime.durable.pauses import DurableSignal, sleep_durably, wait_durably
from ._runtime.durable.shared_limits import SharedPermits
from ._runtime.limits.named import NamedLimit
from ._runtime.limits.permit import Permit
from ._runtime.recovery.retries import ANY_FAILURE, Retry, try_again
from ._runtime.run.blocking import blocking
from ._runtime.run.callables import (
    Context,
    call_connector,
    connector,
    invoke,
    require_connectors,
)
from ._runtime.run.chain import Chain, Options
from ._runtime.run.expressions import computed
from ._runtime.run.inputs import STR, Fields
from ._runtime.run.metrics import Metrics
from ._runtime.run.people import Question
from ._runtime.run.records import (
    ChainError,
    ChainTimeout,
    RunResult,
    StepRecord,
    to_json,
)
from ._runtime.run.replaced import check_replaced
from ._runtime.run.run import Run
from ._runtime.run.settings import Defaults

__all__ = [
    "CHAINS",
    "ChainError",
    "ChainTimeout",
    "DurableHandle",
    "RunResult",
    "StepRecord",
    "aclose",
    "answer",
    "connector",
    "drain",
    "metrics",
    "run_chain",
    "run_chain_sync",
    "start_chain",
    "stream_chain",
    "to_json",
]


class Decision(BaseModel):
    """Type `Decision`."""

    approved: bool


async def answer(
    message: str,
    *,
    timeout: float | None = None,
    run_id: str | None = None,
) -> dict[str, Any]:
    """Run chain `answer` and return its result.

    A run that has the `run_id` already is attached to. Raises `ChainError`, or
    `ChainTimeout` past its deadline, with the record as `run`.
    """
    ended = await execute_durably(
        MODULE, "answer", {"message": message}, Options(timeout=timeout, run_id=run_id)
    )
    result: dict[str, Any] = ended.value()
    return result


class AnswerInput(TypedDict):
    """The input of chain `answer`."""

    message: str


def _check_answer_input(payload: Any) -> AnswerInput:
    """Check the input of chain `answer`; raises `InputError` with every fault."""
    fields = Fields("answer", payload)
    checked: AnswerInput = {
        "message": fields.take("message", STR),
    }
    fields.finish()
    return checked


ANSWER_FACTS: dict[str, Any] = {
    "name": "answer",
    "timeout": 172800,
    "steps": ("draft", "quick", "careful", "checked", "unchecked", "approve", "pause"),
    "connectors": ("careful_reader", "quick_reader"),
    "versions": {
        "draft": "9f689011",
        "quick": "1745b301",
        "careful": "6f878cf0",
        "checked": "03f6cf5b",
        "unchecked": "63c49dc0",
        "approve": "37445b7et",
        "pause": "8f7664a6",
    },
}


async def _run_answer(run: Run, payload: AnswerInput) -> dict[str, Any]:
    """The steps of chain `answer`."""
    require_connectors(run, "careful_reader", "quick_reader")
    check_replaced(run, given=("careful_reader", "quick_reader"))
    draft = await _draft(run)
    race = DurableRace[Any](run, line=15)
    race.add("quick", _quick, run)
    race.add("careful", _careful, run)
    second = await race.first()
    check: Any = None
    try:
        async with DurableTimeout(run, 10, line=18):
            check = await _checked(run)
    except TimeoutError:
        check = computed(run, "unchecked", "nobody had time", line=21)
    approve = await _approve(run, draft)
    await _pause(run)
    return {"sent": approve.approved, "check": check, "second": second}


async def _draft(run: Run) -> Any:
    """Python `tests.durable.work:do`."""
    async with DurableStep(run, "draft", line=10) as step:
        if step.is_kept:
            return step.kept(step.recalled())

        async def attempt() -> Any:
            async with Permit(step, SharedPermits.of(run, DESK_LIMIT)):
                return await invoke(step, tests.durable.work.do, Context(step, {}))

        return step.done(await try_again(step, attempt, Retry(2, on=ANY_FAILURE)))


async def _quick(run: Run) -> Any:
    """Connector `quick_reader`."""
    async with DurableStep(run, "quick", line=16, permit=run.llm) as step:
        if step.is_kept:
            return step.kept(step.recalled())
        return step.done(await call_connector(step, "quick_reader", {}))


async def _careful(run: Run) -> Any:
    """Connector `careful_reader`."""
    async with DurableStep(run, "careful", line=17, permit=run.llm) as step:
        if step.is_kept:
            return step.kept(step.recalled())
        return step.done(await call_connector(step, "careful_reader", {}))


async def _checked(run: Run) -> Any:
    """Python `tests.durable.work:do`."""
    async with DurableOptionalStep(run, "checked", line=19) as step:
        if step.is_kept:
            return step.kept(step.recalled())
        return step.done(await invoke(step, tests.durable.work.do, Context(step, {})))
    return None


async def _approve(run: Run, draft: Any) -> Decision:
    """Wait for an answer to `approval`."""
    async with DurableStep(run, "approve", line=22) as step:
        if step.is_kept:
            result: Decision = validate(step.recalled(), Decision)
            return step.kept(result)
        result = validate(
            await wait_durably(
                step,
                Question("approval", text=f"Send {draft}?", schema=schema_of(Decision)),
            ),
            Decision,
        )
        return step.done(result)


async def _pause(run: Run) -> Any:
    """A pause."""
    async with DurableStep(run, "pause", line=26) as step:
        if step.is_kept:
            return step.kept(step.recalled())
        await sleep_durably(step, 3600)
        return step.done(None)


async def run_chain(
    name: str,
    payload: Any = None,
    *,
    timeout: float | None = None,
    parallel: bool | None = None,
    max_concurrent_llm_calls: int | None = None,
    run_id: str | None = None,
) -> RunResult:
    """Run a chain to its end, in as many processes as that takes; return its record.

    A run that has the `run_id` already is attached to, or gone on with where its process
    is gone. Where this call is cancelled, the run goes on. What is not given is the
    chain's, the environment's or the configuration's. `timeout` is in seconds,
    `max_concurrent_llm_calls` resizes the process's limit.
    """
    options = Options(
        timeout=timeout,
        parallel=parallel,
        max_concurrent_llm_calls=max_concurrent_llm_calls,
        run_id=run_id,
    )
    return (await execute_durably(MODULE, name, payload, options)).record


def stream_chain(
    name: str,
    payload: Any = None,
    *,
    timeout: float | None = None,
    parallel: bool | None = None,
    max_concurrent_llm_calls: int | None = None,
    run_id: str | None = None,
) -> AsyncGenerator[dict[str, Any], None]:
    """Run a chain and yield its events; closing the iterator leaves the run alone."""
    options = Options(
        timeout=timeout,
        parallel=parallel,
        max_concurrent_llm_calls=max_concurrent_llm_calls,
        run_id=run_id,
    )
    return stream_durably(MODULE, name, payload, options)


def start_chain(
    name: str,
    payload: Any = None,
    *,
    timeout: float | None = None,
    parallel: bool | None = None,
    max_concurrent_llm_calls: int | None = None,
    run_id: str | None = None,
) -> DurableHandle:
    """Start a chain beside the caller; raises `LookupError` for one that is not here."""
    options = Options(
        timeout=timeout,
        parallel=parallel,
        max_concurrent_llm_calls=max_concurrent_llm_calls,
        run_id=run_id,
    )
    return DurableHandle(MODULE, name, payload, options)


async def drain(timeout: float | None = None) -> int:
    """Wait for the runs under way here, and count those that are left at the timeout."""
    return await drain_durably(MODULE, timeout)


def metrics() -> dict[str, Any]:
    """Return counts over all runs of this module."""
    return MODULE.metrics.snapshot()


async def aclose() -> None:
    """Stop executing runs here, and close what this module keeps open.

    Runs that are under way stay as they are, for the process that continues them.
    """
    await MODULE.close()


DESK_LIMIT = NamedLimit("desk", 2)
MODULE = DurableModule(
    source="specs/x.ai",
    chains={
        "answer": Chain(
            **ANSWER_FACTS,
            function=_run_answer,
            check=_check_answer_input,
            inbox=lambda: {
                "approval": DurableSignal("approval", answers_as(Decision)),
            },
        ),
    },
    defaults=Defaults(parallel_steps=False, llm_calls=50, chain_seconds=300),
    metrics=Metrics(),
    runs="n3gen_runs.db",
)
CHAINS = MODULE.chains
run_chain_sync = blocking(run_chain, aclose)

if __name__ == "__main__":
    raise SystemExit(run_durable_command(MODULE, aclose))
