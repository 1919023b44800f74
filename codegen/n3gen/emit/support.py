"""The run-time support as text: its files, their definitions, and what each one uses."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from importlib.resources import files
from typing import Final

from n3gen.emit.global_names import global_names, identifiers
from n3gen.pages import trace_page

__all__ = ["Definition", "Import", "Support", "SupportFile", "support"]


@dataclass(frozen=True, slots=True)
class Import:
    """What an import brings in: a member of a module, or without one the module."""

    module: str
    member: str | None = None


@dataclass(frozen=True)
class Definition:
    """One top-level definition: its file, its name, its text as it stands there."""

    file: str
    name: str
    text: str
    tree: ast.stmt = field(repr=False, compare=False)

    @cached_property
    def uses(self) -> frozenset[str]:
        """The names that it reads from its module, builtins among them."""
        return global_names(self.tree)


@dataclass(slots=True)
class SupportFile:
    """One file of the support, `run/group`.

    `imports` are those from other packages by the name that they give, `others` the
    files of the support that names come from. Names in `typing_only` are imported for
    annotations alone.
    """

    path: str
    doc: str
    imports: dict[str, Import] = field(default_factory=dict[str, Import])
    others: dict[str, str] = field(default_factory=dict[str, str])
    typing_only: set[str] = field(default_factory=set[str])
    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])


@dataclass(frozen=True)
class Support:
    """The whole run-time support.

    `files` are in linking order: each stands after those that it imports. `rooms` have
    the docstrings of its folders, `homes` the file of each definition by name.
    """

    files: Mapping[str, SupportFile]
    rooms: Mapping[str, str]
    homes: Mapping[str, str]
    imports: Mapping[str, Import]

    @cached_property
    def identifiers(self) -> frozenset[str]:
        """All names that stand anywhere in it, variables of functions among them."""
        trees = (
            d.tree for file in self.files.values() for d in file.definitions.values()
        )
        return frozenset(self.imports).union(*map(identifiers, trees))

    @cached_property
    def digest(self) -> str:
        """What changes with any definition of it."""
        texts = (
            d.text for file in self.files.values() for d in file.definitions.values()
        )
        return sha256("\n".join(texts).encode()).hexdigest()

    def closure(self, names: Iterable[str]) -> tuple[Definition, ...]:
        """The definitions that `names` need, themselves among them, in linking order."""
        reached: set[tuple[str, str]] = set()
        waiting = [(self.homes[name], name) for name in names if name in self.homes]
        while waiting:
            place = waiting.pop()
            if place in reached:
                continue
            reached.add(place)
            file = self.files[place[0]]
            for name in file.definitions[place[1]].uses:
                if name in file.definitions:
                    waiting.append((file.path, name))
                elif name in file.others:
                    waiting.append((file.others[name], name))
        return tuple(
            definition
            for file in self.files.values()
            for definition in file.definitions.values()
            if (file.path, definition.name) in reached
        )


# What chain code alone names: declared types are pydantic models.
_OF_CHAINS = {
    **{name: Import("pydantic", name) for name in ("BaseModel", "ConfigDict", "Field")},
    **{n: Import("datetime", n) for n in ("date", "datetime", "timedelta")},
    "UUID": Import("uuid", "UUID"),
}


@lru_cache(maxsize=1)
def support() -> Support:
    """The run-time support of this installation, read once."""
    folder = files("n3gen.templates").joinpath("runtime")
    texts: dict[str, str] = {}
    rooms: dict[str, str] = {}
    for room in sorted(folder.iterdir(), key=lambda entry: entry.name):
        is_room = "." not in room.name and room.name != "__pycache__"
        for entry in room.iterdir() if is_room else ():
            name = entry.name.removesuffix(".py")
            if name == "__init__":
                doc = ast.get_docstring(ast.parse(entry.read_text(encoding="utf-8")))
                rooms[room.name] = doc or ""
            elif name != entry.name:
                texts[f"{room.name}/{name}"] = entry.read_text(encoding="utf-8")
    texts[_PAGE] = _with_page(texts[_PAGE])
    trees = {path: ast.parse(texts[path]) for path in sorted(texts)}
    found = {path: _file(path, trees[path], texts[path]) for path in trees}
    ordered = {path: found[path] for path in _linking_order(found)}
    homes: dict[str, str] = {}
    imports = dict(_OF_CHAINS)
    for file in ordered.values():
        imports.update(file.imports)
        for name in file.definitions:
            homes.setdefault(name, file.path)
    return Support(ordered, rooms, homes, imports)


_PAGE: Final = "traces/trace_page"
"""The file of the support that holds the page of a trace."""


def _with_page(text: str) -> str:
    """The text of that file, with the page as its template has it."""
    page = trace_page().rstrip("\n")
    assert '"""' not in page and not page.endswith(("\\", '"'))
    return text.replace('TRACE_PAGE = ""', f'TRACE_PAGE = r"""{page}"""')


_ADDED: Final = ("durable", "telemetry", "traces")
"""Rooms that few modules need, behind all that others have, which they leave as it is."""


def _linking_order(found: Mapping[str, SupportFile]) -> list[str]:
    """The files, each after those that it imports; alphabetical where that is open."""
    order: list[str] = []

    def visit(path: str) -> None:
        if path in order:
            return
        file = found[path]
        needed = {file.others[n] for n in file.others if n not in file.typing_only}
        for other in sorted(needed):
            visit(other)
        order.append(path)

    for path in sorted(
        found, key=lambda path: (path.partition("/")[0] in _ADDED, path)
    ):
        visit(path)
    return order


def _file(path: str, tree: ast.Module, text: str) -> SupportFile:
    file = SupportFile(path, ast.get_docstring(tree) or "")
    for node in tree.body:
        if isinstance(node, ast.If):  # `if TYPE_CHECKING:`
            before = file.others.keys() | file.imports.keys()
            for inner in node.body:
                _note_import(file, inner)
            file.typing_only |= (file.others.keys() | file.imports.keys()) - before
        else:
            _note_import(file, node)
    _note_definitions(file, tree, text.splitlines())
    return file


def _note_import(file: SupportFile, node: ast.stmt) -> None:
    if isinstance(node, ast.Import):
        for alias in node.names:
            file.imports[alias.asname or alias.name] = Import(alias.name)
    elif isinstance(node, ast.ImportFrom) and node.level:
        room = file.path.partition("/")[0]
        module = (node.module or "").replace(".", "/")
        home = f"{room}/{module}" if node.level == 1 else module
        file.others.update(dict.fromkeys((alias.name for alias in node.names), home))
    elif isinstance(node, ast.ImportFrom) and node.module != "__future__":
        for alias in node.names:
            name = alias.asname or alias.name
            file.imports[name] = Import(node.module or "", alias.name)


def _note_definitions(file: SupportFile, tree: ast.Module, lines: list[str]) -> None:
    for index, node in enumerate(tree.body):
        name = _defined_name(node)
        if name is None or name == "__all__":
            continue
        first = min([node.lineno, *(d.lineno for d in _decorators(node))])
        while first > 1 and lines[first - 2].startswith("#"):
            first -= 1
        last = node.end_lineno or node.lineno
        after = tree.body[index + 1] if index + 1 < len(tree.body) else None
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            last = after.end_lineno or last
        text = "\n".join(lines[first - 1 : last])
        file.definitions[name] = Definition(file.path, name, text, node)


def _decorators(node: ast.stmt) -> list[ast.expr]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return node.decorator_list
    return []


def _defined_name(node: ast.stmt) -> str | None:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name):
            return name
        case ast.AsyncFunctionDef(name=name):
            return name
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case _:
            return None
