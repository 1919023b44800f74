"""Runs of the tests in spec files, and how each went."""

from __future__ import annotations

import asyncio
import copy
import logging
import os
import random
import time
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from n3gen import clock
from n3gen.compiler import Compilation, compile_file
from n3gen.diagnostics import Label, Problems
from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.project.in_memory import imports_from, module_in_memory
from n3gen.project.mocks import Mocks, StepMock
from n3gen.project.outcomes import Fault, faults_of
from n3gen.project.targets import replaced_targets, targets_of
from n3gen.project.texts import Texts
from n3gen.semantics.step_paths import StepPath, find_step
from n3gen.spec.model import Chain
from n3gen.spec.test_nodes import Test
from n3gen.syntax import read_document
from n3gen.syntax.document import Document

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
class Case:
    """A test, its document, and the module that has its chain.

    `targets` are the functions that the module imports.
    """

    test: Test
    document: Document
    chains: Mapping[str, Chain]
    body: str
    targets: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        return f"{self.test.name} of {self.test.chain}"

    def label(self, fault: Fault) -> Label:
        """Where the expectation stands that was not met, or the test itself."""
        is_test = fault.loc == self.test.place.loc
        label = self.document.key_label if is_test else self.document.label
        return label(fault.loc, fault.label)

    def steps(self, paths: Sequence[str]) -> dict[str, StepPath]:
        """The steps of the chain that are meant by paths."""
        chain = self.chains[self.test.chain]
        found = {path: find_step(path, chain, self.chains) for path in paths}
        return {p: step for p, step in found.items() if isinstance(step, StepPath)}


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of a project in the order of their files, and what keeps them from running."""

    config: Config
    problems: Problems
    cases: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseRun:
    """How a test went: what was not as expected, and seconds by its clock and in truth.

    `elapsed` is `None` where the run came to no end.
    """

    case: Case
    faults: tuple[Fault, ...]
    elapsed: float | None
    real: float

    @property
    def passed(self) -> bool:
        return not self.faults


def find_tests(
    config: Config, paths: Sequence[str] = (), *, recordings: bool = False
) -> Suite:
    """The tests of the selected specs, compiled; raises `ProjectError` where one is missing.

    A file that holds none is not compiled. With `recordings` the modules can record
    and replay, whatever the configuration says.
    """
    files = _Files(replace(config, recordings=recordings or config.recordings))
    cases: list[Case] = []
    for spec in find_specs(config, paths):
        if spec.selected:
            cases += files.cases(spec.path)
    found = () if files.problems.has_errors else tuple(cases)
    return Suite(config, files.problems, found)


@dataclass
class _Files:
    """The specs of a project, each compiled once."""

    config: Config
    problems: Problems = field(default_factory=Problems)
    compilations: dict[str, Compilation] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.texts = Texts(self.config)
        self.options = replace(self.config, runtime="standalone").options

    def cases(self, path: str) -> Iterator[Case]:
        """The tests of a file; what is wrong with it is added to the problems."""
        document, found = read_document(self.texts.source(path))
        # A test may be lost where the text cannot be read.
        if document is not None and "tests" not in document.data and not found:
            return
        compilation = self.compiled(path)
        spec = compilation.spec
        if document is None or spec is None or compilation.problems.has_errors:
            return
        chains = {chain.name: chain for chain in spec.chains}
        for test in spec.tests:
            # A chain of a file that is used is in the module of that file.
            home = self.compiled(chains[test.chain].place.path)
            if home.body is not None and home.spec is not None:
                targets = targets_of(home.spec)
                yield Case(test, document, chains, home.body, targets)

    def compiled(self, path: str) -> Compilation:
        if path not in self.compilations:
            source, used = self.texts.source(path), self.texts.used_sources(path)
            compilation = compile_file(source, self.options, used)
            self.problems.extend(compilation.problems)
            self.compilations[path] = compilation
        return self.compilations[path]


def run_tests(
    config: Config, cases: Sequence[Case], recordings: Recordings = Recordings()
) -> Iterator[CaseRun]:
    """Run tests one after another, on a virtual clock unless they are recorded.

    Each has a module of its own, so that none sees what another has left.
    """
    folders = [config.root, working_directory()]
    with imports_from(folders), _recordings(recordings), _quiet():
        for case in cases:
            yield _tested(case, recordings)


def _tested(case: Case, recordings: Recordings) -> CaseRun:
    started = time.perf_counter()
    record: Mapping[str, Any] | None = None
    try:
        path = case.chains[case.test.chain].place.path
        with (
            _variables(case.test.env),
            replaced_targets(case.targets),
            module_in_memory(case.body, path, _MODULE) as module,
        ):
            mocks = _mocks(case, module, recordings)
            record = _record(case, module, mocks, recordings)
        # What was not answered is why, whatever else is not as expected.
        faults = [*_refusals(case, mocks)] or [*_faults(case, record)]
    except (
        ProjectError,
        clock.Deadlock,
        clock.Leftovers,
        ValueError,
        RecursionError,
        SystemExit,
    ) as error:
        faults = [Fault(_words(error), case.test.place.loc)]
    elapsed = None if record is None else record["metadata"]["elapsed_ms"] / 1000
    return CaseRun(case, tuple(faults), elapsed, time.perf_counter() - started)


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


def _mocks(case: Case, module: ModuleType, recordings: Recordings) -> Mocks:
    mocks = {mock.step: mock for mock in case.test.mocks}
    steps = sorted(case.steps([*mocks]).items(), key=lambda item: -item[1].rounds)
    made = bool(recordings.record or recordings.replay)
    found = [StepMock(step.pattern(), mocks[path]) for path, step in steps]
    installed = Mocks(module, found, uses_network=made)
    installed.install(keeps_settings=recordings.record is not None)
    return installed


def _record(
    case: Case, module: ModuleType, mocks: Mocks, recordings: Recordings
) -> Mapping[str, Any]:
    """The record of the test's run."""
    test = case.test

    async def main() -> Mapping[str, Any]:
        try:
            record: Mapping[str, Any] = await module.run_chain(
                test.chain,
                copy.deepcopy(test.payload),
                connectors=mocks.connectors(test.chain),
                parallel=test.parallel,
            )
            return record
        finally:
            await module.aclose()

    # What runs keep for later ones, and the random part of delays: the same each time.
    module.process_state().pop("cached_results", None)
    random_state = random.getstate()
    random.seed(0)
    try:
        return _timed(main(), is_real=recordings.record is not None)
    finally:
        random.setstate(random_state)


def _timed(
    main: Coroutine[Any, Any, Mapping[str, Any]], *, is_real: bool
) -> Mapping[str, Any]:
    return asyncio.run(main) if is_real else clock.run(main, patience=_PATIENCE)


def _refusals(case: Case, mocks: Mocks) -> Iterator[Fault]:
    """The calls that were not made or not answered, which fail any test."""
    for message in mocks.refused:
        yield Fault(message, case.test.place.loc)


def _faults(case: Case, record: Mapping[str, Any]) -> Iterator[Fault]:
    expect = case.test.expect
    paths = [step.step for step in expect.steps] if expect is not None else []
    return faults_of(case.test, record, case.steps(paths))


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
