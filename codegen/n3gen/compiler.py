"""The compiler: from the text of a spec file to that of its module, or its problems. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from n3gen.diagnostics import Problems
from n3gen.prices import Price
from n3gen.source import SourceFile

if TYPE_CHECKING:
    from n3gen.emit.module_nodes import Module
    from n3gen.expressions import Parsed
    from n3gen.plan.kept import Kept
    from n3gen.plan.model import Plan
    from n3gen.semantics.functions import PythonSources
    from n3gen.semantics.known import Semantics
    from n3gen.spec.model import Chain, Place, Spec
    from n3gen.syntax.document import Document

__all__ = [
    "Compilation",
    "Options",
    "compile_file",
    "module_code",
    "module_model",
    "package_body",
    "registry_body",
    "row_functions",
    "runtime_contents",
    "runtime_file",
    "runtime_index",
]


_KEPT_TEXTS: Final = 5_000
"""How many texts of expressions stay known while a file is being edited."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the configuration says of modules; times in seconds, prices by model.

    `version` is that of the code which durable runs are of, where it is not that of the
    module alone.
    """

    runtime: Literal["standalone", "shared"] = "standalone"
    enable_parallel_steps: bool = False
    max_concurrent_llm_calls: int = 50
    chain_timeout_seconds: float = 300.0
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    http: Literal["httpx", "httpx2"] = "httpx"
    recordings: bool = False
    handles: bool = True
    trace: bool = False
    state: str = "n3gen_state.db"
    target: str = "asyncio"
    runs: str = "n3gen_runs.db"
    telemetry: str = "none"
    metrics: str = "counts"
    version: str = ""


@dataclass(frozen=True, slots=True)
class Compilation:
    """What came of one file.

    `chains` are those that the module offers, `plans` those of all its chains.
    `body` is the module's text without its header; it is `None` where there is an
    error. `support` are the run-time definitions that it names itself, `documents` the
    file and those that it uses, by shown path. `known` is what follows from the spec.
    """

    source: SourceFile
    problems: Problems
    spec: Spec | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    chains: tuple[str, ...] = ()
    body: str | None = None
    support: frozenset[str] = frozenset()
    documents: Mapping[str, Document] = field(default_factory=dict[str, "Document"])
    known: Semantics | None = None

    def line(self, place: Place) -> int:
        """Return the line on which a part of the spec stands."""
        return self.documents[place.path].line(place.loc)


def compile_file(
    source: SourceFile,
    options: Options = Options(),
    used: Mapping[str, SourceFile] = {},
    depth: int = 0,
    emits: bool = True,
    python: PythonSources | None = None,
    kept: Kept | None = None,
) -> Compilation:
    """Compile one file.

    `used` are the files that it uses, by shown path. `depth` is how many folders
    below the out folder the module will lie. Without `emits` it stops before the
    body: enough to lint and to plan, in a tenth of the time. `python` are the modules
    of the project, in which the functions that it calls are looked up. `kept` is what
    stays of the text before, of a file that is being edited.
    """
    problems = Problems()
    documents = _documents(source, used, problems)
    if source.path not in documents or problems.has_errors:
        return Compilation(source, problems, documents=documents)
    known, plans = _planned(source, documents, problems, options, python, kept)
    if known is None:
        return Compilation(source, problems, documents=documents)
    spec = known.spec
    chains = tuple(chain.name for chain in spec.chains if not chain.used)
    if problems.has_errors or not (chains and emits):
        return Compilation(
            source, problems, spec, plans, chains, documents=documents, known=known
        )

    from n3gen.emit.assemble import render_module

    model = module_model(spec, plans, options, _Lines(documents).line)
    rendered = render_module(model, depth if options.runtime == "shared" else None)
    return Compilation(
        source,
        problems,
        spec,
        plans,
        chains,
        rendered.text,
        rendered.support,
        documents,
        known,
    )


def module_model(
    spec: Spec,
    plans: Mapping[str, Plan],
    options: Options,
    line: Callable[[Place], int] = lambda _: 1,
) -> Module:
    """Return the nodes of a module; `line` gives the line of a place."""
    from n3gen.emit.build import Settings, build_module
    from n3gen.target import TARGETS, TELEMETRIES

    telemetry = (
        TELEMETRIES["metrics"][options.metrics],
        TELEMETRIES["telemetry"][options.telemetry],
    )
    settings = Settings(
        options.enable_parallel_steps,
        options.max_concurrent_llm_calls,
        options.chain_timeout_seconds,
        options.prices,
        options.recordings,
        options.http,
        options.handles,
        options.state,
        TARGETS[options.target],
        options.runs,
        tuple(filter(None, telemetry)),
        options.trace,
        options.version,
    )
    return build_module(spec, plans, line, settings)


def module_code(compilation: Compilation, chain: Chain, options: Options) -> str:
    """Return the text of a module of one chain, which imports its run-time support.

    The chain and those that it runs must have plans.
    """
    from n3gen.emit.assemble import render_module
    from n3gen.semantics.walk import with_called

    spec = compilation.spec
    assert spec is not None
    chains = with_called([chain], {one.name: one for one in spec.chains})
    only = spec.model_copy(update={"chains": tuple(chains)})
    plans = {one.name: compilation.plans[one.name] for one in chains}
    line = _Lines(compilation.documents).line
    return render_module(module_model(only, plans, options, line), 0).text


def _documents(
    source: SourceFile, used: Mapping[str, SourceFile], problems: Problems
) -> dict[str, Document]:
    from n3gen.spec.renamed_keys import with_new_keys
    from n3gen.syntax import read_document

    documents: dict[str, Document] = {}
    for file in (source, *used.values()):
        document, found = read_document(file)
        problems.extend(found)
        if document is not None:
            documents[file.path], old = with_new_keys(document)
            problems.extend(old)
    return documents


def _planned(
    source: SourceFile,
    documents: Mapping[str, Document],
    problems: Problems,
    options: Options,
    python: PythonSources | None,
    kept: Kept | None,
) -> tuple[Semantics | None, dict[str, Plan]]:
    """What follows from the spec, and the plans of its chains if nothing is wrong."""
    from n3gen.check import check
    from n3gen.expressions import forget_texts
    from n3gen.plan.planner import plan_chain
    from n3gen.semantics.known import Semantics
    from n3gen.spec.load import load_spec

    forget_texts(0 if kept is None else _KEPT_TEXTS)
    others = {path: doc for path, doc in documents.items() if path != source.path}
    spec, found = load_spec(
        documents[source.path], others, None if kept is None else kept.chains
    )
    problems.extend(found)
    if spec is None:
        return None, {}
    known = Semantics(
        spec,
        documents,
        options.prices,
        python,
        options.target != "asyncio",
        options.chain_timeout_seconds,
    )
    problems.extend(check(known, None if kept is None else kept.problems))
    if problems.has_errors:
        return known, {}
    if kept is not None:
        return known, kept.planned(spec)
    return known, {chain.name: plan_chain(chain) for chain in spec.chains}


@dataclass(frozen=True, slots=True)
class _Lines:
    """The lines of places, over all documents."""

    documents: Mapping[str, Document]

    def line(self, place: Place) -> int:
        return self.documents[place.path].line(place.loc)


def row_functions(texts: Sequence[Parsed], parameters: Sequence[str]) -> str:
    """The text of a module with a function `text_N` for each of the texts of a test.

    Their `parameters` are the names that the texts read.
    """
    from n3gen.emit.row_functions import functions_text

    return functions_text(texts, parameters)


def registry_body(modules: Mapping[str, tuple[str, ...]]) -> str:
    """The text of the out folder's `__init__.py`, without header.

    `modules` maps dotted modules below the folder to the chains that they offer. A
    chain's key is its name; where several modules have one, `module:name`.
    """
    from n3gen.emit.registry import registry_text

    return registry_text(modules)


def package_body(path: str) -> str:
    """The text of the `__init__.py` of a folder of modules, without header."""
    from n3gen.emit.texts import doc

    return f'"""Chains of {doc(path)}."""\n'


def runtime_contents(names: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The files of the shared run-time support that hold definitions `names` and all theirs.

    Each is a path without ending, `run/group`, and comes with the definitions in it.
    """
    from n3gen.emit.runtime_package import package_contents

    return package_contents(names)


def runtime_index(contents: Mapping[str, tuple[str, ...]]) -> str:
    """The text of the `__init__.py` of the shared run-time support, without header."""
    from n3gen.emit.runtime_package import index_text

    return index_text(contents)


def runtime_file(
    path: str, names: Iterable[str] = (), http: str = "httpx", version: str = ""
) -> str:
    """Return the text of a file of the shared run-time support, without header.

    A path without a slash is a room, whose `__init__.py` is meant. `http` is the
    package that is imported as `httpx`. `version` is that of the code which uses it.
    """
    from n3gen.emit.runtime_package import package_file

    return package_file(path, names, http, version)
