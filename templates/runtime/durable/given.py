"""What a durable run is started with, and the run that each of its lives makes of it."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any, TypedDict

from ..run.chain import Chain, Module, Options
from ..run.deadline import Deadline
from ..run.execute import new_run
from ..run.run import Run
from ..values.json_data import plain_json
from .shared_limits import SharedLimiter

__all__ = ["Given", "given_of", "run_of"]


class Given(TypedDict):
    """What a run is started with, as plain data, the same in all its lives.

    `begun` is the time of its start, in seconds since 1970.
    """

    payload: Any
    begun: float
    seconds: float
    is_stated: bool
    parallel: bool


def given_of(module: Module, chain: Chain, payload: Any, options: Options) -> Given:
    """Return what a run is started with, as its caller and the environment say now."""
    run = new_run(module, chain, None, options)
    try:
        data = plain_json(payload)
    except (TypeError, ValueError) as failure:
        raise ValueError(f"the payload of a durable run is JSON: {failure}") from None
    return {
        "payload": data,
        "begun": time.time(),
        "seconds": run.seconds,
        "is_stated": run.limit.is_stated,
        "parallel": run.parallel,
    }


def run_of(module: Module, chain: Chain, run_id: str, given: Given) -> Run:
    """Return a run as it was started, with what is left of its time."""
    options = Options(parallel=given["parallel"], run_id=run_id)
    run = new_run(module, chain, given["payload"], options)
    run.started -= time.time() - given["begun"]
    run.llm = SharedLimiter(run.llm)
    run.seconds = given["seconds"]
    run.limit = Deadline(run.started + run.seconds, is_stated=given["is_stated"])
    # The time of the run is the same in each life, to the second.
    begun = datetime.fromtimestamp(given["begun"], UTC)
    run.shared["now"] = begun.replace(microsecond=0)
    return run
