"""The tests in spec files, each with the module of its chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from n3gen.compiler import Compilation, compile_file
from n3gen.diagnostics import Label, Problems
from n3gen.project.config import Config
from n3gen.project.find import find_specs
from n3gen.project.outcomes import Fault
from n3gen.project.row_files import RowsFile
from n3gen.project.rows import Rows, RowsOfSpec
from n3gen.project.targets import targets_of
from n3gen.project.texts import Texts
from n3gen.semantics.step_paths import StepPath, find_step
from n3gen.spec.model import Chain
from n3gen.spec.test_nodes import Test
from n3gen.syntax import read_document
from n3gen.syntax.document import Document

__all__ = ["Case", "Suite", "find_tests"]


@dataclass(frozen=True, slots=True)
class Case:
    """A test, its document, and the module that has its chain.

    `targets` are the functions that the module imports, `states` what the module calls
    the states.
    """

    test: Test
    document: Document
    chains: Mapping[str, Chain]
    body: str
    targets: frozenset[str] = frozenset()
    states: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def title(self) -> str:
        return f"{self.test.name} of {self.test.chain}"

    def label(self, fault: Fault) -> Label:
        """Where the expectation stands that was not met, or the test itself."""
        if fault.place is not None:
            return fault.place
        is_test = fault.loc == self.test.place.loc
        label = self.document.key_label if is_test else self.document.label
        return label(fault.loc, fault.label)

    def rows(self, config: Config) -> Rows | None:
        """The rows of the test, if it has any."""
        rows, path = self.test.rows, self.document.source.path
        match rows:
            case None:
                return None
            case str():
                return RowsFile.beside(path, rows, config)
        return RowsOfSpec(self.document, (*self.test.place.loc, "rows"), rows)

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
        self.options = replace(
            self.config,
            runtime="standalone",
            target="asyncio",
            telemetry="none",
            metrics="counts",
        ).options

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
                states = {s.name: s.key for s in spec.states}
                yield Case(test, document, chains, home.body, targets, states)

    def compiled(self, path: str) -> Compilation:
        if path not in self.compilations:
            source, used = self.texts.source(path), self.texts.used_sources(path)
            compilation = compile_file(source, self.options, used)
            self.problems.extend(compilation.problems)
            self.compilations[path] = compilation
        return self.compilations[path]
