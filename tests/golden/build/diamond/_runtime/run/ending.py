"""The end of a run: its record and its line in the log."""

from __future__ import annotations

import logging
import math
from typing import Any, Literal

from .chain import Chain
from .process import process_state
from .records import Foreseen, RunCancelled, RunResult, StepError
from .run import Run, chain_logger


def record_of(
    chain: Chain,
    run: Run,
    status: Literal["ok", "error", "timeout", "cancelled"],
    result: Any,
    error: Exception | None,
) -> RunResult:
    """Return the record of a run that has just ended."""
    elapsed, seconds = run.time() - run.started, run.seconds
    dropped, sequential, queued = run.dropped
    for step in run.steps:
        queued += step.queued
        if step.inner is None and step.ended is not None:
            sequential += step.ended - step.started
    whole = int(seconds) if seconds % 1 == 0 else seconds
    plural = "" if whole == 1 else "s"
    message: str | None = None
    if status == "timeout":
        late = f"timed out after {whole} second{plural}"
        message = f"Chain '{chain.name}' execution {late}"
        if run.waits:
            message += f", waiting: {'; '.join(run.waits)}"
    elif error is not None:
        message = str(error)
        if isinstance(error, StepError) and error.place:
            message += f" ({error.place})"
    log_end(chain, elapsed, message, error)
    record: RunResult = {
        "status": status,
        "result": result,
        "steps": [step.record() for step in run.steps],
        "error": message,
        "metadata": {
            "run_id": run.id,
            "chain": chain.name,
            "elapsed_ms": round(elapsed * 1000),
            # JSON has no infinity.
            "timeout_seconds": None if math.isinf(seconds) else whole,
            "sequential_ms": round(sequential * 1000),
            "queued_ms": round(queued * 1000),
            "speedup": round(sequential / elapsed, 2) if elapsed else 1.0,
            "parallel": run.parallel,
            "pending": [] if status == "ok" else steps_not_started(chain, run),
            "payload_digest": run.payload_digest,
            **({"dropped_steps": dropped} if dropped else {}),
        },
    }
    if (earlier := run.earlier) is not None:
        counts = {"kept": earlier.kept, "changed": earlier.changed}
        record["metadata"]["resumed"] = {"from": earlier.run_id, **counts}
    if run.usage:
        record["metadata"]["usage"] = run.usage
    return record


def steps_not_started(chain: Chain, run: Run) -> list[str]:
    """Return the steps of a chain that a run never came to."""
    started = {s.name for s in run.steps if s.run.callers == run.callers}
    started.update(run.results)
    return [name for name in chain.steps if name not in started]


def log_end(
    chain: Chain, elapsed: float, message: str | None, error: Exception | None
) -> None:
    """Log how a run ended; a failing step has logged its own error."""
    logger = chain_logger(chain.name)
    if message is None:
        if logger.isEnabledFor(logging.INFO):
            took = f"{elapsed * 1000:,.0f}"
            logger.info("Chain '%s' completed in %sms", chain.name, took)
    elif isinstance(error, RunCancelled):
        logger.warning("%s", message)
    elif isinstance(error, StepError) and error.step:
        logger.error("Chain '%s' failed: %s", chain.name, message)
    else:
        log = process_state().get("log_error", logging.Logger.error)
        reason = error and error.__cause__
        is_told = isinstance(reason, Foreseen) or not (reason and reason.__traceback__)
        message = getattr(error, "logged", message)  # without parts of the payload
        log(logger, "%s", message, exc_info=None if is_told else reason)
