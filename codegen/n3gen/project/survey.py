"""What a build would change, and why: specs compared with the out folder."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from n3gen.diagnostics.rule import Problems, Severity
from n3gen.emit.header import stamp
from n3gen.project.by_path import check_stated_paths
from n3gen.project.clashes import unbuildable
from n3gen.project.compiling import Compile, Compiled, Task, compile_tasks, merged
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import SpecFile, find_specs
from n3gen.project.freshness import Cause, cause, orphan_cause, read_output
from n3gen.project.out_folder import out_folder, refuse_other_projects
from n3gen.project.outline import chain_names
from n3gen.project.output_files import python_files
from n3gen.project.packages import (
    INDEX,
    RUNTIME,
    Companion,
    companions,
    module_version,
    runtime_imports,
)
from n3gen.project.parts import module_sha
from n3gen.project.same_names import same_names
from n3gen.project.shared_numbers import shared_numbers
from n3gen.project.texts import Texts
from n3gen.project.writing import Change

__all__ = ["Request", "Survey", "survey", "together"]


@dataclass(frozen=True, slots=True)
class Request:
    """What a command asks for.

    `paths` select specs; none means all. `jobs` is 0 for one process per core.
    `recompile` compiles also what is up to date, `force` touches also files that
    n3gen did not write or that were edited, `strict` lets warnings fail.
    """

    paths: tuple[str, ...] = ()
    jobs: int = 0
    recompile: bool = False
    force: bool = False
    strict: bool = False
    compile: Compile = compile_tasks


def _no_names() -> dict[str, tuple[str, ...]]:
    return {}


@dataclass(frozen=True, slots=True)
class Survey:
    """What a build would do, in the order of paths.

    `modules` counts the modules looked at. `changes` are the files to write and
    to remove. `refused` are those that no build touches: not ours, or edited
    orphans. Where it `failed`, `uncompiled` are the stale modules and nothing
    else is known. `same_names` are the names that chains of several modules have, each
    with the places of these chains.
    """

    modules: int
    problems: Problems
    failed: bool = False
    changes: tuple[Change, ...] = ()
    refused: tuple[Change, ...] = ()
    uncompiled: tuple[tuple[str, Cause], ...] = ()
    same_names: Mapping[str, tuple[str, ...]] = field(default_factory=_no_names)

    @property
    def is_fresh(self) -> bool:
        """Whether a build would find nothing to do."""
        return not (self.changes or self.refused or self.failed)


@dataclass(slots=True)
class _Module:
    """A module on its way; `chains` are `None` until a parser or the compiler has read them."""

    spec: SpecFile
    path: str
    shown: str
    chains: tuple[str, ...] | None
    input_sha: str = ""
    cause: Cause | None = None
    before: bytes | None = None
    after: bytes | None = None
    imports: frozenset[str] = frozenset()
    version: str | None = None


@dataclass(frozen=True, slots=True)
class _Context:
    config: Config
    request: Request
    texts: Texts
    out: str
    problems: Problems = field(default_factory=Problems)

    @property
    def is_shared(self) -> bool:
        return self.config.runtime == "shared"

    @property
    def has_runtime(self) -> bool:
        """Whether modules that are there may import shared run-time support."""
        return os.path.isdir(f"{self.out}{os.sep}{RUNTIME}")


def together(surveys: Sequence[Survey]) -> Survey:
    """Return the surveys of several projects as one."""
    problems = Problems()
    for one in surveys:
        problems.extend(one.problems)
    return Survey(
        sum(one.modules for one in surveys),
        problems,
        failed=any(one.failed for one in surveys),
        changes=tuple(change for one in surveys for change in one.changes),
        refused=tuple(change for one in surveys for change in one.refused),
        uncompiled=tuple(module for one in surveys for module in one.uncompiled),
        same_names={n: at for one in surveys for n, at in one.same_names.items()},
    )


def survey(config: Config, request: Request) -> Survey:
    """Compares specs and out folder, and compiles what is stale; writes nothing.

    Raises `ProjectError` where a file of the out folder cannot be read.
    """
    out = out_folder(config)
    texts = Texts(config)
    context = _Context(config, request, texts, out)
    check_stated_paths(config)
    specs = find_specs(config, request.paths)
    modules = _modules(context, specs)
    selected = sum(module.spec.selected for module in modules)
    stale = [module for module in modules if module.cause is not None]
    problems = _compile(context, stale)
    problems.extend(unbuildable(context.texts, [m.spec for m in modules]))
    if stale:
        problems.extend(shared_numbers(texts, specs))
    if _fails(problems, request.strict):
        causes = {m.shown: m.cause for m in stale if m.cause}.items()
        uncompiled = tuple(c for c in causes if c[1] is not Cause.COMPILER_CHANGED)
        return Survey(selected, problems, failed=True, uncompiled=uncompiled)
    # Whether a spec has chains is known of some only now that they are compiled.
    selected = sum(m.spec.selected for m in modules if m.chains != ())
    changes = sorted(_changes(context, modules), key=lambda change: change.shown)
    refuse_other_projects(config, out, changes)
    refused = [change for change in changes if _is_refused(change, request.force)]
    return Survey(
        selected,
        problems,
        changes=tuple(change for change in changes if change not in refused),
        refused=tuple(refused),
        same_names=same_names(
            config, texts, [(m.spec.path, _chains(context, m)) for m in modules]
        ),
    )


def _output(context: _Context, path: str, shown: str) -> bytes | None:
    """Return the bytes of an output file; raises `ProjectError` where it is a link."""
    real = os.path.join(
        os.path.realpath(context.out), os.path.relpath(path, context.out)
    )
    if os.path.realpath(path) != real:
        raise ProjectError(
            f"`{shown}` is, or lies behind, a link to `{os.path.realpath(path)}`, which "
            "a build would overwrite; remove the link"
        )
    return read_output(path, shown)


def _fails(problems: Problems, strict: bool) -> bool:
    if not strict:
        return problems.has_errors
    return any(problem.severity is not Severity.NOTE for problem in problems)


def _is_refused(change: Change, force: bool) -> bool:
    return not force and change.cause in (Cause.NOT_OURS, Cause.EDITED_ORPHAN)


def _modules(context: _Context, specs: Sequence[SpecFile]) -> list[_Module]:
    """The modules of all specs that have chains, those selected with why they are stale."""
    modules: list[_Module] = []
    faults: list[str] = []
    for spec in specs:
        try:
            chains = chain_names(spec.path, context.texts.data(spec.path))
            if context.texts.unreadable(spec.path):
                chains = None
            if chains != ():
                modules.append(_module(context, spec, chains))
        except ProjectError as error:
            faults.append(str(error))
    if faults:
        raise ProjectError("\n".join(dict.fromkeys(faults)))
    return modules


def _module(
    context: _Context, spec: SpecFile, chains: tuple[str, ...] | None
) -> _Module:
    path = f"{context.out}{os.sep}{spec.module}.py"
    module = _Module(
        spec,
        path,
        context.config.seen(f"{context.config.out}/{spec.module}.py"),
        chains,
    )
    if not (spec.selected or context.is_shared or context.has_runtime):
        return module
    before = _output(context, path, module.shown)
    if before is not None and (context.is_shared or not spec.selected):
        module.imports = runtime_imports(before)
        module.version = module_version(before)
    if spec.selected:
        module.input_sha = module_sha(context.config, context.texts, spec.path)
        module.cause = cause(before, module.input_sha)
        if module.cause is None and context.request.recompile:
            module.cause = Cause.COMPILER_CHANGED
        if module.cause is not None:
            module.before = before
    return module


def _compile(context: _Context, stale: list[_Module]) -> Problems:
    """Compiles stale modules, and notes in each what came of it."""
    if not stale:
        return Problems()
    tasks = [_task(context, module.spec) for module in stale]
    request = context.request
    compiled = request.compile(tasks, context.config.options, request.jobs)
    for module, one in zip(stale, compiled, strict=True):
        _note(module, one, context.is_shared)
    return merged(compiled)


def _task(context: _Context, spec: SpecFile) -> Task:
    texts = context.texts
    return Task(
        texts.source(spec.path),
        texts.used_sources(spec.path),
        spec.module.count("/"),
        root=context.config.root,
        target=context.config.chosen("target", spec.path),
        telemetry=context.config.chosen("telemetry", spec.path),
        metrics=context.config.chosen("metrics", spec.path),
    )


def _note(module: _Module, compiled: Compiled, is_shared: bool) -> None:
    module.chains = compiled.chains
    if compiled.body is None:
        return
    after = stamp(compiled.body, module.spec.path, module.input_sha).encode()
    if is_shared:
        module.imports = runtime_imports(after)
        module.version = module_version(after)
    if module.before is None or module.before.replace(b"\r\n", b"\n") != after:
        module.after = after


def _changes(context: _Context, modules: list[_Module]) -> Iterator[Change]:
    modules = [module for module in modules if module.chains != ()]
    for module in modules:
        if module.after is not None and module.cause is not None:
            yield Change(
                module.path, module.shown, module.cause, module.before, module.after
            )
    chains = {module.spec: _chains(context, module) for module in modules}
    imports = frozenset[str]().union(*(module.imports for module in modules))
    beside = companions(
        chains,
        imports if context.is_shared else None,
        _runtime_index(context),
        context.config.http,
        [module.version for module in modules if module.version is not None],
    )
    expected = {module.path for module in modules}
    for companion in beside:
        path = f"{context.out}{os.sep}{companion.name}"
        expected.add(path)
        yield from _companion_change(context, companion, path)
    if not context.request.paths:
        yield from _orphans(context, context.out, expected)
    elif context.is_shared or not imports:
        # What no module needs of the support any more is known in any case.
        yield from _orphans(context, f"{context.out}{os.sep}{RUNTIME}", expected)


def _chains(context: _Context, module: _Module) -> tuple[str, ...]:
    """The chains of a module, read from its spec where they are not known otherwise."""
    if module.chains is None:
        module.chains = context.texts.chains(module.spec.path)
    return module.chains


def _companion_change(
    context: _Context, companion: Companion, path: str
) -> Iterator[Change]:
    shown = context.config.seen(f"{context.config.out}/{companion.name}")
    before = _output(context, path, shown)
    why = cause(before, companion.input_sha)
    if why is None and context.request.recompile:
        why = Cause.COMPILER_CHANGED
    if why is None:
        return
    body = companion.body()
    after = stamp(body, companion.source, companion.input_sha).encode()
    if before is None or before.replace(b"\r\n", b"\n") != after:
        yield Change(path, shown, why, before, after)


def _runtime_index(context: _Context) -> bytes | None:
    """The index of the shared run-time support, where it may be relied on."""
    if not context.is_shared or context.request.recompile:
        return None
    path = f"{context.out}{os.sep}{INDEX}"
    return read_output(path, context.config.seen(f"{context.config.out}/{INDEX}"))


def _orphans(context: _Context, folder: str, expected: set[str]) -> Iterator[Change]:
    """Files with our header in the output folder that nothing builds."""
    for path in python_files(folder):
        if path in expected:
            continue
        shown = context.config.seen(path)
        data = read_output(path, shown)
        why = orphan_cause(data) if data is not None else None
        if why is not None:
            yield Change(path, shown, why, data, None)
