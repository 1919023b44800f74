"""Run random chains as modules and by the interpreter of the tests, and compare the runs.

Compared are the results, the errors, the records of steps, and when each call began and
ended, on the virtual clock. With `--count 1` a chain that shows a fault is made small.
Besides, the steps of a chain give the same one after another and together, both layouts
of the support behave alike, a deadline cuts a run off at any moment as it does in the
interpreter, a run that goes on from one that was cut off comes to the same, and one that
its caller cancels ends at once and leaves nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from unittest.mock import patch

from n3gen.compiler import Options, compile_file
from n3gen.emit import assemble
from n3gen.source import SourceFile
from n3gen.syntax import print_ai, print_yaml
from n3gen.syntax.document import Document

from tests.building import built_in, module_from, process_is_fresh
from tests.clock import run
from tests.reference.callables import Callables
from tests.reference.constructs import Interpreter
from tests.reference.model import Run
from tests.reference.random_chains import Traits, random_chains
from tests.soak.findings import Findings, arguments, report
from tests.soak.shrinking import shrunk

__all__ = ["fuzz_runs"]

PLACE = re.compile(r" \(specs/x\.(ai|yaml):\d+\)$")
Data = dict[str, Any]
NEEDED = ("name", "target", "options", "seconds", "payload", "k", "n", "input", "c")
"""What shrinking leaves alone: without these, times are no longer each its own."""


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
            if mine == theirs:
                continue
            if not isinstance(mine, list):
                return f"{part}\nmodule:      {mine}\ninterpreter: {theirs}"
            only = [f"module:      {x}" for x in mine if x not in theirs]
            only += [f"interpreter: {x}" for x in theirs if x not in mine]
            return "\n".join([part, *(only or ["the same more often"])])
        return ""


def fuzz_runs(count: int, seed: int, *, shrinks: bool = False) -> Findings:
    """Compare runs of `count` chains; `shrinks` makes those with a fault small."""
    logging.disable(logging.CRITICAL)
    findings = Findings(count)
    try:
        with process_is_fresh(), unformatted():
            for number in range(seed, seed + count):
                _check_seed(number, findings, shrinks=shrinks)
    finally:
        logging.disable(logging.NOTSET)
    return findings


@contextmanager
def unformatted() -> Iterator[None]:
    """Leave modules as the templates write them, as formatting takes half of the time."""
    with (
        patch.object(assemble, "format_python", str),
        patch.object(assemble, "format_once", str),
    ):
        yield


def _check_seed(seed: int, findings: Findings, *, shrinks: bool) -> None:
    """Check the chains of one seed."""
    random = Random(seed)
    traits = Traits(
        failing=random.random() < 0.7,
        timed=random.random() < 0.7,
        limited=random.random() < 0.3,
    )
    data = random_chains(seed, traits)
    found = fault_of(data, seed, traits)
    if found is None:
        return
    kind = found[0]

    def shows(smaller: Data) -> bool:
        with suppress(Exception):  # what is left need not be the data of a spec
            fault = fault_of(smaller, seed, traits)
            return fault is not None and fault[0] == kind
        return False

    if shrinks:
        data = shrunk(data, shows, NEEDED)
        found = fault_of(data, seed, traits) or found
    text = spelled(data, is_ai=True).text
    findings.add(kind, f"--seed {seed} --count 1\n{found[1]}", text)


def spelled(data: Data, *, is_ai: bool) -> SourceFile:
    """Return a spec in one of the spellings."""
    document = Document(SourceFile("x.yaml", ""), data)
    if is_ai:
        return SourceFile.of("specs/x.ai", print_ai(document))
    return SourceFile.of("specs/x.yaml", print_yaml(document))


def fault_of(data: Data, seed: int, traits: Traits) -> tuple[str, str] | None:
    """Return the first fault of a spec, its kind and what shows it."""
    random = Random(seed)
    source = spelled(data, is_ai=random.random() < 0.5)
    try:
        compilation = compile_file(source, Options())
    except Exception as error:
        return f"the compiler raises {type(error).__name__}", str(error)
    if compilation.body is None:
        told = "; ".join(problem.message for problem in compilation.problems)
        return "a chain does not compile", told
    module = module_from(compilation.body)
    try:
        for n in random.sample(range(6), 3):
            check_runs(module, data, n, traits, random)
        if random.random() < 0.1:
            check_layouts(module, source)
    except Fault as fault:
        return fault.args
    except Exception as error:
        return type(error).__name__, str(error)
    finally:
        del sys.modules[module.__name__]
    return None


class Fault(Exception):
    """Runs differ; has the kind of the difference, and what shows it."""


def require_same(kind: str, what: str, one: Seen, other: Seen) -> None:
    """Raise a `Fault` where two runs differ."""
    if found := one.difference(other):
        part, _, detail = found.partition("\n")
        raise Fault(f"{kind} {part}", f"{what}\n{detail}")


def check_layouts(module: ModuleType, source: SourceFile) -> None:
    """Compare a run of a module with one of the shared layout."""
    given = Given({"n": 2, "k": 0.5}, parallel=True, permits=50, timeout=1000)
    own = seen_of(module, given)
    with (
        TemporaryDirectory() as folder,
        built_in("shared", source.text, Path(folder), path=source.path) as shared,
    ):
        require_same("in the layouts, another", str(given), own, seen_of(shared, given))


def check_runs(
    module: ModuleType, data: Data, n: int, traits: Traits, random: Random
) -> None:
    """Run a chain with one payload: as the interpreter, in sequence, and cancelled."""
    timeout = random.choice([1000, 1000, 40.5]) if traits.timed else 1000
    permits = random.choice([1, 2, 3]) if traits.limited else 50
    moment = random.random()
    ends: list[Seen] = []
    for parallel in (True, False):
        given = Given({"n": n, "k": 0.5}, parallel, permits, timeout)
        seen = seen_of(module, given)
        require_same("another", str(given), seen, expected_of(data, given))
        ends.append(seen)
    together, in_sequence = ends
    # What a clause finds of its body depends on what ran beside the step that failed.
    has_clauses = "'as': " in repr(data)
    is_timeless = not traits.timed and not traits.limited and not has_clauses
    if is_timeless and together.outcome != in_sequence.outcome:
        raise Fault("in sequence, another result", str(ends))
    check_cancelled(module, given, in_sequence, moment * in_sequence.elapsed)
    if together.elapsed:
        late = replace(given, parallel=True, timeout=moment * together.elapsed)
        cut_off = check_deadline(module, data, late)
        if is_timeless:
            check_resumed(module, replace(late, timeout=1000), cut_off, together)


def check_cancelled(
    module: ModuleType, given: Given, whole: Seen, moment: float
) -> None:
    """Cancel a run at some moment: up to there it is the same as a whole one."""
    seen = seen_of(module, replace(given, cancelled_at=moment))
    before = [item for item in whole.log if item[0] < moment]
    same = [item for item in seen.log if item[0] < moment]
    if before != same:
        raise Fault("another run up to a cancellation", str(moment))


def check_deadline(module: ModuleType, data: Data, given: Given) -> Data:
    """Compare runs that a deadline cuts off, and return the record of the module's."""
    kept: list[Data] = []
    seen = seen_of(module, given, kept)
    require_same("cut off, another", str(given), seen, expected_of(data, given))
    return kept[0]


def check_resumed(module: ModuleType, given: Given, record: Data, whole: Seen) -> None:
    """Go on from the record of a run that was cut off, once and then again."""
    for _ in range(2):
        kept: list[Data] = []
        through_json = json.loads(module.to_json(record))
        seen = seen_of(module, replace(given, resume=through_json), kept)
        if seen.outcome != whole.outcome:
            raise Fault("gone on from, another result", f"{record}\n{seen}\n{whole}")
        record = kept[0]
        paths = {path_of(step) for step in record["steps"] if step.get("kept")}
        again = {
            path_of(step) for step in through_json["steps"] if step["status"] == "ok"
        }
        if not paths <= again:
            raise Fault("kept what did not end well", str(paths - again))


def path_of(step: Data) -> str:
    path: str = step.get("path") or step["name"]
    return path


def expected_of(data: Data, given: Given) -> Seen:
    """Return what the interpreter makes of a chain."""
    callables = Callables()

    async def main() -> tuple[Run, float]:
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
            *(path_of(step), step["status"], step["result"]),
            *(step["error"], step["attempts"], step["queued_ms"]),
            *(step["started_ms"], step["elapsed_ms"]),
        )
        for step in record["steps"]
    ]
    error = record["error"] and PLACE.sub("", record["error"])
    return Seen(
        record["status"],
        record["result"],
        error,
        sorted_(steps),
        sorted(callables.log),
        elapsed,
    )


def permits_held() -> dict[str, int]:
    """Return the permits that are held or waited for on this event loop."""
    process, loop = vars(sys.modules["_n3gen_process_1"]), asyncio.get_running_loop()
    state = process["loops"].get(loop, {})
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


def main() -> None:
    given = arguments("Compare runs of random chains with an interpreter.", 400)
    findings = fuzz_runs(given.count, given.seed, shrinks=given.count == 1)
    report("fuzz_runs", given.seed, findings)


if __name__ == "__main__":
    main()
