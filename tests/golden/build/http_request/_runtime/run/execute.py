"""Runs from their start to their record, whatever happens in them."""

from __future__ import annotations

import asyncio
import os
from typing import Any, Literal, NamedTuple

from .chain import Chain, Module, Options, check_options
from .deadline import Deadline
from .earlier import Earlier
from .ending import record_of
from .inputs import InputError
from .process import llm_limiter
from .records import (
    ChainError,
    ChainTimeout,
    RunCancelled,
    RunResult,
    StepError,
    describe_error,
)
from .run import Run
from .settings import flag_setting, seconds_setting


class Ended(NamedTuple):
    """A run that has ended: its record, and the error if it failed."""

    record: RunResult
    error: Exception | None

    def value(self) -> Any:
        """Return the chain's result; raise `ChainError` or `ChainTimeout` with the record."""
        record = self.record
        if record["status"] == "ok":
            return record["result"]
        if self.error is not None:
            describe_error(self.error)  # and hide the secrets in all that is behind it
        kind = ChainTimeout if record["status"] == "timeout" else ChainError
        raise kind(record["error"] or record["status"], record) from self.error


async def execute_chain(
    module: Module, name: str, payload: Any, options: Options
) -> Ended:
    """Run a chain to its end or its deadline; a failure of the run is in its record.

    Raises the caller's own cancellation, `LookupError` for an unknown chain, and
    `ValueError` for an option or a setting that makes no sense, or a foreign record.
    """
    chain = module.chain(name)
    return await execute(module, chain, new_run(module, chain, payload, options))


async def execute(module: Module, chain: Chain, run: Run) -> Ended:
    """Run a chain to its end or its deadline, or until somebody cancels it."""
    result: Any = None
    error: Exception | None = None
    status: Literal["ok", "error", "timeout", "cancelled"] = "ok"
    module.running[run] = asyncio.Event()
    try:
        result = await chain.outcome(run)
    except asyncio.CancelledError:
        module.metrics.count(chain.name, None, parallel=run.used_parallel)
        raise
    except RunCancelled as failure:
        error, status = failure, "cancelled"
    except TimeoutError as failure:
        error, status = failure, "timeout"
    except (StepError, InputError) as failure:
        error, status = failure, "error"
    finally:
        module.running.pop(run).set()
    ended = Ended(record_of(chain, run, status, result, error), error)
    module.metrics.count(chain.name, ended.record, parallel=run.used_parallel)
    # Run and steps refer to each other: this frees the payload without the collector.
    run.steps.clear()
    if run.events is not None:
        run.events.append(chain.event(run, status, run=ended.record))
    return ended


def new_run(module: Module, chain: Chain, payload: Any, options: Options) -> Run:
    """Return a run as its arguments, the chain, the environment, the configuration say."""
    check_options(options)
    connectors, seconds, parallel, calls, run_id, resume, http = options
    if seconds is None:
        seconds = chain.timeout
    is_stated = seconds is not None
    defaults = module.defaults
    if seconds is None:
        seconds = seconds_setting("CHAIN_TIMEOUT_SECONDS", defaults.chain_seconds)
    if parallel is None:
        parallel = flag_setting("ENABLE_PARALLEL_STEPS", defaults.parallel_steps)
    limiter = llm_limiter(calls, defaults.llm_calls)
    run = Run(chain.name, module.source, limiter, connectors or {})
    run.id = run_id or os.urandom(8).hex()
    run.payload = payload
    run.versions = chain.versions
    run.parallel = parallel
    run.http = http
    run.seconds = seconds
    run.limit = Deadline(run.started + seconds, is_stated=is_stated)
    if resume is not None:
        run.earlier = Earlier(resume, chain, payload)
    return run
