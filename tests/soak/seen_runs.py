"""What is seen of a run of a random chain: of its module's, and of the interpreter's."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from tests.clock import run
from tests.reference.callables import CURRENT, Callables
from tests.reference.model import Run
from tests.reference.pipelines import Interpreter

__all__ = ["Given", "Seen", "expected_of", "path_of", "seen_of"]

PLACE = re.compile(r" \(specs/x\.(ai|yaml):\d+\)$")
Data = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What a chain is run with."""

    payload: Data
    parallel: bool
    permits: int
    timeout: float
    cancelled_at: float | None = None
    resume: Data | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Seen:
    """What is compared of a run."""

    status: str
    result: Any
    error: str | None
    steps: list[tuple[Any, ...]]
    log: list[tuple[float, str, str, float]]
    elapsed: float

    @property
    def outcome(self) -> tuple[str, Any]:
        """What of a run does not depend on when it was."""
        return self.status, self.result

    def difference(self, other: Seen) -> str:
        """Say in which part another run differs first, and how; empty where in none."""
        for part in ("status", "error", "result", "elapsed", "log", "steps"):
            mine, theirs = getattr(self, part), getattr(other, part)
            if part == "steps":
                mine, theirs = ([x for x in one if lasted(x)] for one in (mine, theirs))
            if mine == theirs:
                continue
            if not isinstance(mine, list):
                return f"{part}\nmodule:      {mine}\ninterpreter: {theirs}"
            only = [f"module:      {x}" for x in mine if x not in theirs]
            only += [f"interpreter: {x}" for x in theirs if x not in mine]
            return "\n".join([part, *(only or ["the same more often"])])
        return ""


def lasted(step: tuple[Any, ...]) -> bool:
    """Whether a step has not begun in the very moment in which it was cut off.

    Which of those that would begin in it come to that, nothing says.
    """
    status, elapsed = step[1], step[-1]
    return (status, elapsed) != ("cancelled", 0)


def path_of(step: Data) -> str:
    path: str = step.get("path") or step["name"]
    return path


def expected_of(data: Data, given: Given) -> Seen:
    """Return what the interpreter makes of a chain."""
    callables = Callables()

    async def main() -> tuple[Run, float]:
        CURRENT.set(callables)
        interpreter = Interpreter(
            data, callables.by_name, parallel=given.parallel, permits=given.permits
        )
        done = await interpreter.run("c", given.payload, given.timeout)
        return done, asyncio.get_running_loop().time()

    done, elapsed = run(main())
    steps = [
        (
            *(record.path, record.status, record.result, record.error, record.attempts),
            *(in_ms(record.queued), in_ms(record.started)),
            in_ms(record.ended - record.started),
        )
        for record in done.steps
    ]
    return Seen(
        done.status,
        done.result,
        done.error,
        sorted_(steps),
        sorted(callables.log),
        elapsed,
    )


def seen_of(
    module: ModuleType, given: Given, records: list[Data] | None = None
) -> Seen:
    """Return what a module makes of a chain; nothing may be left of the run.

    The record is added to `records`.
    """
    callables = Callables()
    threads = set(threading.enumerate())

    async def main() -> tuple[Any, float]:
        CURRENT.set(callables)
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(
            module.run_chain(
                "c",
                given.payload,
                connectors=callables.by_name,
                parallel=given.parallel,
                max_concurrent_llm_calls=given.permits,
                timeout=given.timeout,
                resume=given.resume,
            )
        )
        if given.cancelled_at is not None:
            loop.call_at(given.cancelled_at, task.cancel)
        record: Any = None
        try:
            record = await task
        except asyncio.CancelledError:
            assert given.cancelled_at is not None, "nobody has cancelled the run"
        elapsed = loop.time()
        assert not (held := permits_held()), f"permits are held: {held}"
        return record, elapsed

    record, elapsed = run(main())
    assert set(threading.enumerate()) <= threads, "a thread is left"
    if record is None:
        return Seen("cancelled", None, None, [], sorted(callables.log), elapsed)
    if records is not None:
        records.append(record)
    steps = [
        (
            *(path_of(step), step["status"], without_places(step["result"])),
            *(step["error"], step["attempts"], step["queued_ms"]),
            *(step["started_ms"], step["elapsed_ms"]),
        )
        for step in record["steps"]
    ]
    error = record["error"] and told_in_order(PLACE.sub("", record["error"]))
    return Seen(
        record["status"],
        without_places(record["result"]),
        error,
        sorted_(steps),
        sorted(callables.log),
        elapsed,
    )


def told_in_order(error: str) -> str:
    """Return an error with what was waited for in it in alphabetical order."""
    told, word, waits = error.partition(", waiting: ")
    return told + word + "; ".join(sorted(waits.split("; ")))


def without_places(value: Any) -> Any:
    """Return a value with none for the places in it, of which the interpreter knows nothing."""
    if isinstance(value, dict):
        return {key: without_places(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_places(item) for item in value]
    is_place = isinstance(value, str) and re.fullmatch(r"specs/x\.(ai|yaml):\d+", value)
    return None if is_place else value


def permits_held() -> dict[str, int]:
    """Return the permits that are held or waited for on this event loop."""
    process, loop = vars(sys.modules["_n3gen_process_1"]), asyncio.get_running_loop()
    state = process.get("loops", {}).get(loop, {})
    llm, _ = process["llm_limiters"][loop]
    limiters = {"llm": llm, **state.get("named_limits", {})}
    held = {
        name: limiter.held + len(limiter.waiters) for name, limiter in limiters.items()
    }
    queue = state.get("joint_queue")
    if queue is not None:
        held["queue"] = sum(len(line.waiters) for line in queue.lines.values())
    return {name: number for name, number in held.items() if number}


def in_ms(seconds: float) -> int:
    return round(seconds * 1000)


def sorted_(steps: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    return sorted(steps, key=lambda step: (step[6], repr(step)))
