"""Run random chains as modules and by the interpreter of the tests, and compare the runs.

Compared are the results, the errors, the records of steps, and when each call began and
ended, on the virtual clock. With `--count 1` a chain that shows a fault is made small.
Besides, the steps of a chain give the same one after another and together, both layouts
of the support behave alike, a deadline cuts a run off at any moment as it does in the
interpreter, a run that goes on from one that was cut off comes to the same, and one that
its caller cancels ends at once and leaves nothing.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Literal
from unittest.mock import patch

import n3gen.check
from n3gen.compiler import Compilation, Options, compile_file
from n3gen.diagnostics import Severity
from n3gen.source import SourceFile
from n3gen.syntax import print_ai, print_yaml
from n3gen.syntax.document import Document

from tests.building import built_in, module_from, process_is_fresh, whole_support
from tests.reference.random_chains import Traits, random_chains
from tests.reference.random_lines import random_pipeline
from tests.soak.findings import Findings, arguments, report
from tests.soak.hurried import hurried
from tests.soak.seen_runs import Data, Given, Seen, expected_of, path_of, seen_of
from tests.soak.shrinking import shrunk

__all__ = ["fuzz_runs"]

NEEDED = ("name", "target", "options", "seconds", "payload", "k", "n", "input", "c")
"""What shrinking leaves alone: without these, times are no longer each its own."""

LAYOUTS: tuple[Literal["standalone", "shared"], ...] = ("standalone", "shared")
CHECKED, IN_LAYOUTS = 0.25, 0.03
"""The shares of chains that are checked, and that are built in both layouts."""


def fuzz_runs(count: int, seed: int, *, shrinks: bool = False) -> Findings:
    """Compare runs of `count` chains; `shrinks` makes those with a fault small."""
    findings = Findings(count)
    with process_is_fresh(), whole_support() as package, hurried() as collect:
        for number in range(seed, seed + count):
            _check_seed(number, package, findings, shrinks=shrinks)
            if number % 10 == 0:
                collect()
    return findings


def _check_seed(seed: int, package: str, findings: Findings, *, shrinks: bool) -> None:
    """Check the chains of one seed."""
    random = Random(seed)
    traits = Traits(
        failing=random.random() < 0.7,
        timed=random.random() < 0.7,
        limited=random.random() < 0.3,
    )
    data = random_chains(seed, traits, random_pipeline)
    found = fault_of(data, seed, traits, package)
    if found is None:
        return
    kind = found[0]

    def shows(smaller: Data) -> bool:
        with suppress(Exception):  # what is left need not be the data of a spec
            fault = fault_of(smaller, seed, traits, package)
            return fault is not None and fault[0] == kind
        return False

    if shrinks:
        data = shrunk(data, shows, NEEDED)
        found = fault_of(data, seed, traits, package) or found
    text = spelled(data, is_ai=True).text
    findings.add(kind, f"--seed {seed} --count 1\n{found[1]}", text)


def spelled(data: Data, *, is_ai: bool) -> SourceFile:
    """Return a spec in one of the spellings."""
    document = Document(SourceFile("x.yaml", ""), data)
    if is_ai:
        return SourceFile.of("specs/x.ai", print_ai(document))
    return SourceFile.of("specs/x.yaml", print_yaml(document))


def fault_of(
    data: Data, seed: int, traits: Traits, package: str
) -> tuple[str, str] | None:
    """Return the first fault of a spec, its kind and what shows it."""
    random = Random(seed)
    source = spelled(data, is_ai=random.random() < 0.5)
    try:
        compilation = compiled(source, is_checked=random.random() < CHECKED)
    except Exception as error:
        return f"the compiler raises {type(error).__name__}", str(error)
    if compilation.body is None:
        return rejection(compilation)
    module = module_from(compilation.body, package)
    try:
        for n in random.sample(range(6), 2):
            check_runs(module, data, n, traits, random)
        if random.random() < IN_LAYOUTS:
            check_layouts(module, source)
    except Fault as fault:
        return fault.args
    except Exception as error:
        return type(error).__name__, str(error)
    finally:
        del sys.modules[module.__name__]
    return None


def compiled(source: SourceFile, *, is_checked: bool) -> Compilation:
    """Compile a spec; the checks take a third of the time of those that are right."""
    options = Options(runtime="shared")
    if is_checked:
        return compile_file(source, options)
    with patch.object(n3gen.check, "check", lambda *_: []):
        return compile_file(source, options)


def rejection(compilation: Compilation) -> tuple[str, str]:
    """Return why a spec did not compile."""
    errors = [p for p in compilation.problems if p.severity is Severity.ERROR]
    codes = ", ".join(sorted({error.rule.code for error in errors}))
    told = "; ".join(error.message for error in errors)
    return f"a chain does not compile: {codes}", told


class Fault(Exception):
    """Runs differ; has the kind of the difference, and what shows it."""


def require_same(kind: str, what: str, one: Seen, other: Seen) -> None:
    """Raise a `Fault` where two runs differ."""
    if found := one.difference(other):
        part, _, detail = found.partition("\n")
        raise Fault(f"{kind} {part}", f"{what}\n{detail}")


def check_layouts(module: ModuleType, source: SourceFile) -> None:
    """Compare a run of a module with those of modules built in each of the layouts."""
    given = Given({"n": 2, "k": 0.5}, parallel=True, permits=50, timeout=1000)
    own = seen_of(module, given)
    for layout in LAYOUTS:
        with (
            TemporaryDirectory() as folder,
            built_in(layout, source.text, Path(folder), path=source.path) as other,
        ):
            kind = f"in the {layout} layout, another"
            require_same(kind, str(given), own, seen_of(other, given))


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
    # So does what has been sent when a loop over a channel fails.
    may_break = traits.failing and "channels" in data
    is_timeless = not (traits.timed or traits.limited or has_clauses or may_break)
    is_timeless &= in_sequence.status != "timeout"  # one may take longer than all have
    if is_timeless and together.outcome != in_sequence.outcome:
        raise Fault("in sequence, another result", str(ends))
    check_cancelled(module, given, in_sequence, moment * in_sequence.elapsed)
    if together.elapsed:
        late = replace(given, parallel=True, timeout=moment * together.elapsed)
        cut_off = check_deadline(module, data, late)
        if is_timeless and together.status != "timeout":
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


def main() -> None:
    given = arguments("Compare runs of random chains with an interpreter.", 400)
    findings = fuzz_runs(given.count, given.seed, shrinks=given.count == 1)
    report("fuzz_runs", given.seed, findings)


if __name__ == "__main__":
    main()
