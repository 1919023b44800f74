"""Takes names that chain code uses; hands on the run-time definitions that they need.

The run-time support is read as text once: every top-level definition with the
names that it uses. A module gets the closure over those names, in an order in
which each definition stands after what it needs when it is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

__all__ = ["Definition", "Support", "definitions_text", "names_in", "support"]


@dataclass(frozen=True, slots=True)
class Definition:
    """One top-level definition: its text as it stands and the names that it uses."""

    name: str
    text: str
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Support:
    """The whole run-time support.

    `definitions` are in linking order. `imports` says by name which statement
    brings it in, as `(module, name)` or `(module, None)` for a plain `import`.
    """

    definitions: Mapping[str, Definition]
    imports: Mapping[str, tuple[str, str | None]]

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """The definitions that `names` need, themselves among them."""
        reached: set[str] = set()
        waiting = [name for name in names if name in self.definitions]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached.add(name)
                uses = self.definitions[name].uses
                waiting += [used for used in uses if used in self.definitions]
        return frozenset(reached)

    def names_used(self, names: Iterable[str]) -> frozenset[str]:
        """All names that the definitions `names` use."""
        return frozenset().union(*(self.definitions[name].uses for name in names))


def names_in(tree: ast.AST) -> frozenset[str]:
    """The names that a piece of Python reads from its module."""
    reader = _GlobalReads()
    reader.visit(tree)
    return frozenset(reader.names)


class _GlobalReads(ast.NodeVisitor):
    """Collects names that are read and are no variable of a function around them."""

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._locals: list[frozenset[str]] = []

    def visit_Name(self, node: ast.Name) -> None:
        is_local = any(node.id in names for names in self._locals)
        if isinstance(node.ctx, ast.Load) and not is_local:
            self.names.add(node.id)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for part in (*node.decorator_list, node.args, node.returns):
            if part is not None:
                self.visit(part)
        self._inside(node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self.visit(node.args)
        self._inside(node.args, [node.body])

    def _inside(self, arguments: ast.arguments, body: Sequence[ast.AST]) -> None:
        self._locals.append(_bound(arguments, body))
        for part in body:
            self.visit(part)
        self._locals.pop()


def _bound(arguments: ast.arguments, body: Sequence[ast.AST]) -> frozenset[str]:
    """The parameters of a function and the names that its body binds."""
    given = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    given += [arg for arg in (arguments.vararg, arguments.kwarg) if arg is not None]
    names = {argument.arg for argument in given}
    waiting = list(body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
        elif not isinstance(node, ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(names)


def definitions_text(names: Iterable[str]) -> str:
    """The text of the definitions `names`, in linking order, as black leaves it."""
    wanted = set(names)
    found = support().definitions
    return "\n\n\n".join(found[name].text for name in found if name in wanted)


@lru_cache(maxsize=1)
def support() -> Support:
    """The run-time support of this installation."""
    folder = files("n3gen.templates").joinpath("runtime")
    texts = {
        entry.name.removesuffix(".py"): entry.read_text(encoding="utf-8")
        for room in folder.iterdir()
        if room.is_dir()
        for entry in room.iterdir()
        if entry.name.endswith(".py") and entry.name != "__init__.py"
    }
    trees = {name: ast.parse(texts[name]) for name in sorted(texts)}
    definitions: dict[str, Definition] = {}
    # What only chain code names: declared types are pydantic models.
    imports: dict[str, tuple[str, str | None]] = {
        "BaseModel": ("pydantic", "BaseModel")
    }
    for module in _import_order(trees):
        for definition in _definitions(trees[module], texts[module].splitlines()):
            definitions.setdefault(definition.name, definition)
        imports.update(_imports(trees[module]))
    return Support(definitions, imports)


def _import_order(trees: Mapping[str, ast.Module]) -> list[str]:
    """The modules, each after those that it imports; alphabetical where that is open."""
    order: list[str] = []

    def visit(module: str) -> None:
        if module in order:
            return
        for node in trees[module].body:
            if isinstance(node, ast.ImportFrom) and node.level and node.module:
                visit(node.module.rpartition(".")[2])
        order.append(module)

    for module in sorted(trees):
        visit(module)
    return order


def _definitions(tree: ast.Module, lines: list[str]) -> list[Definition]:
    found: list[Definition] = []
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
        found.append(Definition(name, text, names_in(node)))
    return found


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


def _imports(tree: ast.Module) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                found[alias.asname or alias.name] = (alias.name, None)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            for alias in node.names:
                found[alias.name] = (node.module or "", alias.name)
    return found
