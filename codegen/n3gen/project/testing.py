"""Runs of the tests in spec files, and how each went."""

from __future__ import annotations

import copy
import logging
import os
import random
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from n3gen import clock
from n3gen.project.cases import Case, Suite, find_tests
from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError
from n3gen.project.fed_runs import fed_run, unfed_channels
from n3gen.project.in_memory import imports_from, module_in_memory
from n3gen.project.missed_rounds import MissedByRows, missed_rounds
from n3gen.project.mocks import Mocks, StepMock
from n3gen.project.outcomes import Fault, ended_as_expected, faults_of
from n3gen.project.row_runs import RowRuns
from n3gen.project.row_texts import RowTexts, Unfilled, compiled_texts
from n3gen.project.rows import BadRows, Row, Rows
from n3gen.project.states_apart import states_apart
from n3gen.project.targets import replaced_targets
from n3gen.project.termination import run_main
from n3gen.spec.test_nodes import Test

__all__ = ["Case", "CaseRun", "Recordings", "Suite", "find_tests", "run_tests"]

_PATIENCE = 60.0
"""Real seconds for which functions in threads are waited for."""

_MODULE = "n3gen_tested"


@dataclass(frozen=True, slots=True)
class Recordings:
    """The folders to record calls without a mock into, or to answer them from."""

    record: str | None = None
    replay: str | None = None


@dataclass(frozen=True, slots=True)
class CaseRun:
    """How a test went: what was not as expected, and seconds by its clock and in truth.

    `elapsed` is `None` where the run came to no end. `rows` are the runs of a test with
    rows, whose `faults` are those of no single row.
    """

    case: Case
    faults: tuple[Fault, ...]
    elapsed: float | None
    real: float
    rows: RowRuns | None = None

    @property
    def passed(self) -> bool:
        return not self.faults and not (self.rows and self.rows.failed)


def run_tests(
    config: Config, cases: Sequence[Case], recordings: Recordings = Recordings()
) -> Iterator[CaseRun]:
    """Run tests one after another, on a virtual clock unless they are recorded.

    Each has a module of its own, so that none sees what another has left.
    """
    folders = [config.root, working_directory()]
    with imports_from(folders), _recordings(recordings), _quiet():
        for case in cases:
            rows = case.rows(config)
            if rows is None:
                yield _tested(case, recordings)
            else:
                seen = config.seen(rows.path)
                yield _tested_rows(case, rows, RowRuns(seen), recordings)


def _tested(case: Case, recordings: Recordings) -> CaseRun:
    started = time.perf_counter()
    try:
        with _Bench.of(case, recordings) as bench:
            ended = bench.run(case.test)
            if ended.record is not None and not ended.faults:
                mocked = case.steps([mock.step for mock in case.test.mocks])
                ended.faults.extend(missed_rounds(case.test, ended.record, mocked))
    except ProjectError as error:
        ended = _Ended(None, [Fault(str(error), case.test.place.loc)])
    real = time.perf_counter() - started
    return CaseRun(case, tuple(ended.faults), ended.elapsed, real)


def _tested_rows(
    case: Case, rows: Rows, runs: RowRuns, recordings: Recordings
) -> CaseRun:
    """Run a test once for each row, all with one module."""
    started = time.perf_counter()
    faults: list[Fault] = []
    try:
        for _ in rows:
            pass  # What cannot be read is found before anything runs.
        with (
            _Bench.of(case, recordings) as bench,
            compiled_texts(case.test, case.document) as texts,
        ):
            faults += _run_rows(bench, rows, texts, runs)
        faults += runs.score_faults(case.test)
    except BadRows as error:
        loc = (*case.test.place.loc, "rows")
        faults.append(Fault(error.message, loc, place=error.label))
    except ProjectError as error:
        faults.append(Fault(str(error), case.test.place.loc))
    elapsed = sum(runs.seconds) if len(runs) else None
    real = time.perf_counter() - started
    return CaseRun(case, tuple(faults), elapsed, real, runs)


def _run_rows(bench: _Bench, rows: Rows, texts: RowTexts, runs: RowRuns) -> list[Fault]:
    """Run the rows up to one that never ends, as each of the others could take as long."""
    following, missed = iter(rows), MissedByRows()
    mocked = bench.case.steps([mock.step for mock in bench.case.test.mocks])
    for row in following:
        ended = _run_row(bench, row, texts, runs)
        missed.add(bench.case.test, ended.record, mocked)
        runs.add(row, ended.faults, ended.elapsed or 0.0)
        if ended.is_stuck and next(following, None) is not None:
            message = f"the rows behind row {row.number:,} did not run"
            return [Fault(message, (*texts.test.place.loc, "rows"))]
    return [*missed.faults()]


def _run_row(bench: _Bench, row: Row, texts: RowTexts, runs: RowRuns) -> _Ended:
    try:
        test = texts.test_of(row)
    except Unfilled as error:
        return _Ended(None, error.faults)
    ended = bench.run(test)
    if ended.record is None or bench.mocks.refused:
        return ended
    if ended_as_expected(test, ended.record):
        try:
            scores = texts.scores_of(row, ended.record)
            runs.score(row, scores, ended.record["result"])
        except Unfilled as error:
            ended.faults.extend(error.faults)
    return ended


@dataclass(frozen=True, slots=True)
class _Ended:
    """What a run came to; one that `is_stuck` waited for what can never happen."""

    record: Mapping[str, Any] | None
    faults: list[Fault]
    is_stuck: bool = False

    @property
    def elapsed(self) -> float | None:
        record = self.record
        return None if record is None else record["metadata"]["elapsed_ms"] / 1000


@dataclass(frozen=True, slots=True)
class _Bench:
    """The module of a test, with mocks for what it calls."""

    case: Case
    module: ModuleType
    mocks: Mocks
    recordings: Recordings

    @classmethod
    @contextmanager
    def of(cls, case: Case, recordings: Recordings) -> Iterator[_Bench]:
        """Raises `ProjectError` where the module cannot be imported."""
        path = case.chains[case.test.chain].place.path
        # What rows say of variables is not known yet.
        env = {} if case.test.has_rows else case.test.env
        with (
            _variables(env),
            replaced_targets(case.targets),
            module_in_memory(case.body, path, _MODULE) as module,
        ):
            made = bool(recordings.record or recordings.replay)
            mocks = Mocks(module, (), uses_network=made)
            mocks.install(keeps_settings=recordings.record is not None)
            yield cls(case, module, mocks, recordings)

    def run(self, test: Test) -> _Ended:
        """Run a test, which is the case's or one that a row makes of it."""
        record: Mapping[str, Any] | None = None
        self.mocks.begin(_mocks(self.case, test))
        try:
            with _variables(test.env):
                record = _record(
                    self.case, test, self.module, self.mocks, self.recordings
                )
            # What was not answered is why, whatever else is not as expected.
            faults = [*_refusals(test, self.mocks)]
            faults = faults or [*_faults(self.case, test, record)]
        except (
            ProjectError,
            clock.Deadlock,
            clock.Leftovers,
            ValueError,
            RecursionError,
            SystemExit,
        ) as error:
            faults = [Fault(_words(error), test.place.loc)]
            return _Ended(record, faults, isinstance(error, clock.Deadlock))
        return _Ended(record, faults)


def _words(error: BaseException) -> str:
    """What came of a run that has no record."""
    match error:
        case clock.Deadlock():
            return f"the run never ends: {error}"
        case clock.Leftovers():
            return f"the run ended, and not all that it began: {error}"
        case SystemExit():
            return f"a step ended the program with exit code {error.code}"
        case RecursionError():
            return "the result is too deep, or holds itself"
    return str(error)


def _mocks(case: Case, test: Test) -> list[StepMock]:
    """The mocks of a test, those first that name most of a step's rounds."""
    mocks = {mock.step: mock for mock in test.mocks}
    steps = sorted(case.steps([*mocks]).items(), key=lambda item: -item[1].rounds)
    return [StepMock(step.pattern(), mocks[path]) for path, step in steps]


def _record(
    case: Case,
    test: Test,
    module: ModuleType,
    mocks: Mocks,
    recordings: Recordings,
) -> Mapping[str, Any]:
    """The record of the test's run; states begin as given, whatever is stored."""

    async def main() -> Mapping[str, Any]:
        try:
            payload = copy.deepcopy(test.payload)
            given = {
                "connectors": mocks.connectors(test.chain),
                "parallel": test.parallel,
            }
            if test.send:
                handle = module.start_chain(test.chain, payload, **given)
                return await fed_run(handle, test.send)
            record: Mapping[str, Any]
            record = await module.run_chain(test.chain, payload, **given)
            return record
        finally:
            await module.aclose()

    # What runs keep for later ones, and the random part of delays: the same each time.
    first = {case.states[name]: value for name, value in test.state.items()}
    random_state = random.getstate()
    random.seed(0)
    try:
        with states_apart(module, first):
            return _timed(main(), is_real=recordings.record is not None)
    finally:
        random.setstate(random_state)
        if hasattr(module, "stop_actors"):
            module.stop_actors()


def _timed(
    main: Coroutine[Any, Any, Mapping[str, Any]], *, is_real: bool
) -> Mapping[str, Any]:
    return run_main(main) if is_real else clock.run(main, patience=_PATIENCE)


def _refusals(test: Test, mocks: Mocks) -> Iterator[Fault]:
    """The calls that were not made or not answered, which fail any test."""
    for message in mocks.refused:
        yield Fault(message, test.place.loc)


def _faults(case: Case, test: Test, record: Mapping[str, Any]) -> Iterator[Fault]:
    expect = test.expect
    paths = [step.step for step in expect.steps] if expect is not None else []
    if not ended_as_expected(test, record):
        unfed = unfed_channels(case.chains[test.chain], test.send, record)
        if unfed:
            return iter(
                [Fault(unfed, (*test.place.loc, "chain"), "is fed by its caller")]
            )
    return faults_of(test, record, case.steps(paths))


@contextmanager
def _recordings(recordings: Recordings) -> Iterator[None]:
    """Let the runs find the folders of recordings, and no others."""
    wanted = {"N3GEN_RECORD": recordings.record, "N3GEN_REPLAY": recordings.replay}
    folders = {name: path and os.path.abspath(path) for name, path in wanted.items()}
    with _variables(folders):
        yield


@contextmanager
def _variables(wanted: Mapping[str, str | None]) -> Iterator[None]:
    """Set environment variables, or unset them, for as long as the block lasts."""
    before = {name: os.environ.pop(name, None) for name in wanted}
    os.environ.update({n: text for n, text in wanted.items() if text is not None})
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the runs from logging: the faults say what a test is about."""
    logger = logging.getLogger("n3gen")
    before = logger.disabled, logger.propagate, logger.handlers[:]
    logger.handlers[:], logger.propagate = [logging.NullHandler()], False
    try:
        yield
    finally:
        logger.disabled, logger.propagate, logger.handlers[:] = before
