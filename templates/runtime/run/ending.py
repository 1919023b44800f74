"""Takes a run that has ended; hands on its record, and counts it."""

from __future__ import annotations

import logging
import math
from typing import Any, Literal

from .chain import Chain
from .metrics import Metrics
from .records import RunResult, StepError
from .run import Run, chain_logger

__all__ = ["count_run", "record_of"]


def record_of(
    chain: Chain,
    run: Run,
    seconds: float,
    status: Literal["ok", "error", "timeout"],
    result: Any,
    error: Exception | None,
) -> RunResult:
    """The record of a run that ended now."""
    logger = chain_logger(chain.name)
    elapsed = run.time() - run.started
    sequential = queued = 0.0
    for step in run.steps:
        queued += step.queued
        if step.inner is None and step.ended is not None:
            sequential += step.ended - step.started
    whole: float | None = int(seconds) if seconds == seconds // 1 else seconds
    message: str | None = None
    if status == "timeout":
        message = f"Chain '{chain.name}' execution timed out after {whole} seconds"
        logger.error("%s", message)
    elif error is not None:
        message = str(error)
        if isinstance(error, StepError) and error.place:
            message += f" ({error.place})"
        if isinstance(error, StepError) and error.step:
            logger.error("Chain '%s' failed: %s", chain.name, message)
        else:
            logger.error("%s", message, exc_info=error.__cause__)
    elif logger.isEnabledFor(logging.INFO):
        logger.info(
            "Chain '%s' completed in %sms", chain.name, f"{elapsed * 1000:,.0f}"
        )
    record: RunResult = {
        "status": status,
        "result": result,
        "steps": [step.record() for step in run.steps],
        "error": message,
        "metadata": {
            "run_id": run.id,
            "elapsed_ms": round(elapsed * 1000),
            # Without a limit there is none to tell, and JSON has no infinity.
            "timeout_seconds": None if math.isinf(seconds) else whole,
            "sequential_ms": round(sequential * 1000),
            "queued_ms": round(queued * 1000),
            "speedup": round(sequential / elapsed, 2) if elapsed else 1.0,
            "parallel": run.parallel,
            "pending": [] if status == "ok" else steps_not_started(chain, run),
        },
    }
    if usage := usage_of(run):
        record["metadata"]["usage"] = usage
    return record


def usage_of(run: Run) -> dict[str, Any]:
    """What the steps of a run asked of models, in all; nothing where none did."""
    asked = [step for step in run.steps if step.requests]
    if not asked:
        return {}
    costs = [step.cost for step in asked if step.cost is not None]
    return {
        "requests": sum(step.requests for step in asked),
        "input_tokens": sum(step.input_tokens for step in asked),
        "output_tokens": sum(step.output_tokens for step in asked),
        "tokens": sum(step.input_tokens + step.output_tokens for step in asked),
        "cost": sum(costs) if len(costs) == len(asked) else None,
    }


def steps_not_started(chain: Chain, run: Run) -> list[str]:
    """The steps of a chain that a run never came to."""
    started = {step.name for step in run.steps if step.run is run}
    return [name for name in chain.steps if name not in started]


def count_run(metrics: Metrics, run: Run, record: RunResult) -> None:
    """Adds an ended run to the module's counts."""
    metrics.runs[record["status"]] += 1
    metrics.parallel += run.used_parallel
    metrics.queued += record["metadata"]["queued_ms"] / 1000
    metrics.sequential += record["metadata"]["sequential_ms"] / 1000
    metrics.elapsed += record["metadata"]["elapsed_ms"] / 1000
