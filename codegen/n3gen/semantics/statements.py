"""The statements of Python sources, and the names that they bind."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

__all__ = ["Facts", "bound_names", "statements_of"]


def statements_of(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements of a module, with those inside of `if`, `try`, `for` and the like."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        for child in ast.iter_child_nodes(waiting.pop()):
            if isinstance(child, ast.stmt):
                yield child
            if not isinstance(
                child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr
            ):
                waiting.append(child)


def bound_names(statement: ast.stmt) -> Iterator[str]:
    """The names that a statement gives a value."""
    match statement:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield statement.name
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            for one in names:
                yield one.asname or one.name.partition(".")[0]
        case _:
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.expr | ast.withitem):
                    yield from _stored(child)


def _stored(node: ast.AST) -> Iterator[str]:
    """The names that an expression, or a target, gives a value."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
            yield inner.id


@dataclass(frozen=True, slots=True)
class Facts:
    """What is in the depths of a module, of which the names say nothing.

    `generators` are the nodes of functions with a `yield` of their own. `stored` are the
    names of attributes that are given a value, of whatever objects: everywhere, and by the
    classes around. `parents` are the names of classes from which others derive, `names`
    those of all that is read.
    """

    generators: set[ast.AST] = field(default_factory=set[ast.AST])
    stored: set[str] = field(default_factory=set[str])
    stored_in: dict[ast.ClassDef, set[str]] = field(
        default_factory=dict[ast.ClassDef, set[str]]
    )
    parents: set[str] = field(default_factory=set[str])
    names: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, tree: ast.Module) -> Facts:
        """What is in a module, found in one go."""
        found = cls()
        waiting: list[tuple[ast.AST, ast.AST, ast.ClassDef | None]]
        waiting = [(tree, tree, None)]
        while waiting:
            node, function, class_ = waiting.pop()
            found._add(node, function, class_)
            if isinstance(node, _FUNCTIONS):
                function = node
            elif isinstance(node, ast.ClassDef):
                class_ = class_ or node
            waiting += [(c, function, class_) for c in ast.iter_child_nodes(node)]
        return found

    def _add(
        self, node: ast.AST, function: ast.AST, class_: ast.ClassDef | None
    ) -> None:
        match node:
            case ast.Yield() | ast.YieldFrom():
                self.generators.add(function)
            case ast.Name(id=name):
                self.names.add(name)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                self.stored.add(name)
                if class_ is not None:
                    self.stored_in.setdefault(class_, set()).add(name)
            case ast.Attribute(attr=name):
                self.names.add(name)
            case ast.ClassDef(bases=bases):
                self.parents.update(
                    one.id for one in bases if isinstance(one, ast.Name)
                )
            case _:
                pass


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
