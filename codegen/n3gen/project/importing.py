"""Finding flows of other tools, and writing the specs that they become."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from n3gen.diagnostics.rule import Diagnostic, Label, Problems, Severity
from n3gen.importers.model import Imported, Lookup
from n3gen.names import python_name
from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.regular import open_regular, read_regular
from n3gen.project.writing import Change, apply
from n3gen.source import SourceFile, Span

__all__ = [
    "ImportedFile",
    "import_dify",
    "import_namel3ss",
    "import_promptflow",
    "import_prompties",
    "left_out",
    "write_imports",
]

_FLOW_FILES = ("flow.dag.yaml", "flow.dag.yml")
_PASSED_BY = frozenset(("node_modules", "venv", "__pycache__", "site-packages"))
_SIZE_LIMIT = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A flow, and the spec that it becomes; `path` is relative to the project's root."""

    path: str
    imported: Imported

    @property
    def remarks(self) -> int:
        """How many things are not as they were, or are left to do."""
        return sum(
            problem.severity is not Severity.ERROR for problem in self.imported.problems
        )

    def texts(self) -> Iterator[tuple[str, str]]:
        """Yield the files that it becomes: their paths, relative to the root, and texts."""
        if self.imported.text is not None:
            yield self.path, self.imported.text
            folder = self.path.rpartition("/")[0]
            for path, text in self.imported.files:
                yield f"{folder}/{path}" if folder else path, text


def import_promptflow(
    folder: str, config: Config, out: str | None
) -> list[ImportedFile]:
    """Import the flow of a folder, or all those below it; raises `ProjectError`."""
    from n3gen.importers.promptflow import import_flow

    root = os.path.join(working_directory(), folder)
    if os.path.isfile(root) and os.path.basename(root) in _FLOW_FILES:
        root = os.path.dirname(root)
    if not os.path.isdir(root):
        raise ProjectError(f"`{folder}` is not a folder; name one that holds a flow")
    target = _target(config, out)
    found: list[ImportedFile] = []
    taken: set[str] = set()
    for path in _flows(root):
        name, place = _place(os.path.dirname(path), root, target, taken)
        lookup = _lookup(config, os.path.dirname(path))
        make = partial(import_flow, lookup=lookup, chain=name)
        found.append(ImportedFile(place, _attempt(config, path, name, make)))
    for path in _files(root, (".prompty",)):
        found.append(_prompty(path, root, target, taken, config))
    if not found:
        raise ProjectError(f"there is no flow.dag.yaml in `{folder}`")
    return found


def import_prompties(
    paths: Sequence[str], config: Config, out: str | None
) -> list[ImportedFile]:
    """Import `.prompty` files, and those in folders and below; raises `ProjectError`."""
    target = _target(config, out)
    found: list[ImportedFile] = []
    taken: set[str] = set()
    for given in paths:
        path = os.path.join(working_directory(), given)
        root = path if os.path.isdir(path) else os.path.dirname(path)
        files = [*_files(path, (".prompty",))] if root == path else [path]
        if not os.path.exists(path):
            raise ProjectError(f"there is no file or folder `{given}`")
        if not files:
            raise ProjectError(f"there is no .prompty file in `{given}`")
        found += [_prompty(one, root, target, taken, config) for one in files]
    return found


def _prompty(
    path: str, root: str, target: str, taken: set[str], config: Config
) -> ImportedFile:
    """A prompty as a spec, in the folder that its own has below the root."""
    from n3gen.importers.promptflow import import_prompty

    name, place = _place(os.path.splitext(path)[0], root, target, taken)
    make = partial(import_prompty, chain=name)
    return ImportedFile(place, _attempt(config, path, name, make))


def _files(root: str, endings: tuple[str, ...]) -> Iterator[str]:
    """Yield the files below a folder that end so, in the order of their names."""
    for folder, files in _walk(root):
        for name in sorted(files):
            if name.endswith(endings):
                yield os.path.join(folder, name)


def import_dify(
    paths: Sequence[str], config: Config, out: str | None
) -> list[ImportedFile]:
    """Import exports of Dify, and those in folders and below; raises `ProjectError`."""
    from n3gen.importers.dify import import_app

    target = _target(config, out)
    parts = target.split("/")
    package = ".".join(parts) if all(part.isidentifier() for part in parts) else ""
    found: list[ImportedFile] = []
    taken: set[str] = set()
    for path in _exports(paths):
        name = python_name(os.path.splitext(os.path.basename(path))[0]) or "app"
        place, number = name, 2
        while place in taken:
            place, number = f"{name}_{number}", number + 1
        taken.add(place)
        make = partial(import_app, chain=place, package=package)
        imported = _attempt(config, path, place, make)
        found.append(ImportedFile(f"{target}/{place}.ai", imported))
    return found


def import_namel3ss(
    paths: Sequence[str], config: Config, out: str | None
) -> list[ImportedFile]:
    """Import apps of namel3ss, and those in folders and below; raises `ProjectError`."""
    from n3gen.importers.namel3ss import import_app

    target = _target(config, out)
    found: list[ImportedFile] = []
    taken: set[str] = set()
    for path, root in _apps(paths):
        folder = os.path.dirname(path)
        plain = os.path.basename(path) == "app.ai" and folder != root
        shown = folder if plain else os.path.splitext(path)[0]
        name, place = _place(shown, root, target, taken)
        make = partial(
            import_app,
            lookup=_lookup(config, folder),
            chain=name,
            modules=_modules(config, folder),
        )
        found.append(ImportedFile(place, _attempt(config, path, name, make)))
    return found


def _apps(paths: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the files that are named, and the apps of folders, with their roots."""
    for given in paths:
        path = os.path.join(working_directory(), given)
        if os.path.exists(path) and not os.path.isdir(path):
            yield path, os.path.dirname(path)
        elif os.path.isdir(path):
            inner = f"{os.sep}modules{os.sep}"
            files = [
                one
                for one in _files(path, (".ai",))
                if inner not in one.removeprefix(path) and not one.endswith("_test.ai")
            ]
            if not files:
                raise ProjectError(f"there is no .ai file in `{given}`")
            yield from ((one, path) for one in files)
        else:
            raise ProjectError(f"there is no file or folder `{given}`")


def _modules(config: Config, folder: str) -> dict[str, list[SourceFile]]:
    """The files of the modules of an app, by the names of their folders."""
    root = os.path.join(folder, "modules")
    found: dict[str, list[SourceFile]] = {}
    for path in _files(root, (".ai",)):
        name = os.path.relpath(path, root).split(os.sep)[0]
        source = _source(config, path)
        found.setdefault(name, []).extend([source] if source is not None else [])
    return found


def _exports(paths: Sequence[str]) -> Iterator[str]:
    """Yield the files that are named, and those of folders that hold an app of Dify."""
    for given in paths:
        path = os.path.join(working_directory(), given)
        if os.path.exists(path) and not os.path.isdir(path):
            yield path
        elif os.path.isdir(path):
            found = [one for one in _files(path, (".yml", ".yaml")) if _is_export(one)]
            if not found:
                raise ProjectError(f"there is no export of Dify in `{given}`")
            yield from found
        else:
            raise ProjectError(f"there is no file or folder `{given}`")


def _is_export(path: str) -> bool:
    """Whether a file says that it is an app, as exports of Dify do."""
    try:
        with open_regular(path, path) as file:
            data = file.read(_SIZE_LIMIT) if file is not None else b""
    except ProjectError:
        return True  # the reader of all of it says why that cannot be
    return re.search(rb"^kind: *[\"']?app[\"']?\s*$", data, re.MULTILINE) is not None


def _target(config: Config, out: str | None) -> str:
    """The folder that specs go to."""
    return config.shown(out) if out is not None else (config.specs or ("chains",))[0]


def left_out(folder: str, config: Config) -> list[str]:
    """Return the paths of flows that are Python, which stay."""
    root = os.path.join(working_directory(), folder)
    found = _files(root, (".flex.yaml", ".flex.yml"))
    return [config.seen(config.shown(path)) for path in found]


def _flows(root: str) -> Iterator[str]:
    """Yield the paths of the flows at and below a folder, in the order of their names."""
    for folder, files in _walk(root):
        flow = next((name for name in _FLOW_FILES if name in files), None)
        if flow is not None:
            yield os.path.join(folder, flow)


def _walk(root: str) -> Iterator[tuple[str, list[str]]]:
    """Yield the folders at and below one in the order of their names, with their files."""
    for folder, inner, files in os.walk(root):
        inner[:] = sorted(
            one for one in inner if not one.startswith(".") and one not in _PASSED_BY
        )
        yield folder, files


def _place(folder: str, root: str, target: str, taken: set[str]) -> tuple[str, str]:
    """The name of a chain, and the path of its spec; no two flows have one path."""
    name = python_name(os.path.basename(os.path.realpath(folder))) or "flow"
    above = os.path.relpath(os.path.dirname(folder), root) if folder != root else "."
    parts = [python_name(part) or "flow" for part in above.split(os.sep) if part != "."]
    parts = [target, *(parts if above != ".." else [])]
    path, number = "/".join([*parts, name]), 2
    while path in taken:
        path, number = "/".join([*parts, f"{name}_{number}"]), number + 1
    taken.add(path)
    return name, f"{path}.ai"


def _lookup(config: Config, folder: str) -> Lookup:
    return lambda path: _source(config, os.path.join(folder, path))


class _Unread(Exception):
    """A file that cannot be read; `problem` says why, in place of what reads it."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _attempt(
    config: Config, path: str, chain: str, make: Callable[[SourceFile], Imported]
) -> Imported:
    """Import a file; one that cannot be read, or that names such a file, is faulty."""
    source = SourceFile(config.shown(path), "")
    try:
        source = _source(config, path) or source
        return make(source)
    except _Unread as stop:
        problems = Problems()
        problems.add(stop.problem)
        return Imported(source, chain, None, problems)


def _source(config: Config, path: str) -> SourceFile | None:
    """The text of a file; `None` where there is none. Raises `_Unread`."""
    from n3gen.importers.import_rules import FaultyFlow

    shown = config.shown(path)
    if os.path.isdir(path) or not os.path.exists(path):
        return None
    try:
        data = read_regular(path, shown, _SIZE_LIMIT)
    except ProjectError as error:
        whole = Label(SourceFile(shown, ""), Span(0, 0))
        raise _Unread(FaultyFlow.of(str(error), whole)) from error
    if data is None:
        return None
    try:
        return SourceFile.of(shown, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        source = SourceFile.of(shown, data.decode("utf-8", "replace"))
        at = source.text.find("\ufffd")
        problem = FaultyFlow.of(
            f"`{shown}` is not UTF-8 text: it has bytes here that are no character",
            Label(source, Span(at, at + 1)),
            "save the file as UTF-8",
        )
        raise _Unread(problem) from error


def write_imports(
    files: list[ImportedFile], config: Config, *, force: bool
) -> list[str]:
    """Write the specs, all of them or none, and return the paths of those that changed.

    Raises `ProjectError` where files of other content are there and `force` is not set.
    """
    changes: list[Change] = []
    for file in files:
        for name, text in file.texts():
            path, shown = config.absolute(name), config.seen(name)
            before = read_regular(path, shown, _SIZE_LIMIT)
            after = text.encode()
            if before != after:
                changes.append(Change(path, shown, Cause.SPEC_CHANGED, before, after))
    others = [change.shown for change in changes if change.before is not None]
    if others and not force:
        raise ProjectError(_are_there(others))
    apply(changes)
    return [change.shown for change in changes]


def _are_there(paths: list[str]) -> str:
    """That files exist, which may be written by hand or be those of another flow."""
    named = ", ".join(f"`{path}`" for path in paths)
    if len(paths) == 1:
        them = "is there already, with other content; nothing is written"
        return f"{named} {them} (--force writes over it)"
    them = "are there already, with other content; nothing is written"
    return f"{named} {them} (--force writes over them)"
