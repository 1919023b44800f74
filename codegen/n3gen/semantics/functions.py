"""Python functions that specs name, as their source has them: nothing is imported."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from n3gen.semantics.annotations import type_names
from n3gen.semantics.classes import Class, body_of, constructor_of, is_whole
from n3gen.semantics.python_types import Types
from n3gen.semantics.records import records_of
from n3gen.semantics.signatures import Function, function_of
from n3gen.semantics.statements import Facts, bound_names, statements_of

__all__ = [
    "Class",
    "Function",
    "PythonModule",
    "PythonSources",
    "defining_module",
    "read_module",
    "syntax_fault",
]


class PythonSources(Protocol):
    """The Python modules of a project, by dotted names."""

    def text(self, module: str) -> str | None:
        """Return the source of a module; `None` where the project has none."""
        ...

    def lacks(self, module: str) -> bool:
        """Say whether the project has the package that a module is in, and not the module."""
        ...

    def knows(self, module: str) -> bool:
        """Say whether the top package of a module is in the project, or installed here."""
        ...


@dataclass(frozen=True, slots=True)
class PythonModule:
    """What a module defines; of `functions` those whose parameters are sure.

    Of `classes` those that derive from no other. `values` are the names that are surely
    bound to what cannot be called: modules and literals. `imported` are names that are
    surely those of other modules, each with where it is from. `instances` are names of
    objects, each with its class among `classes`. `constructors` are what calls of classes
    take.
    """

    names: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    functions: Mapping[str, Function] = field(default_factory=dict[str, Function])
    classes: Mapping[str, Class] = field(default_factory=dict[str, Class])
    imported: Mapping[str, Imported] = field(default_factory=dict[str, "Imported"])
    instances: Mapping[str, str] = field(default_factory=dict[str, str])
    constructors: Mapping[str, Function] = field(default_factory=dict[str, Function])

    def function(self, name: str, attribute: str = "") -> Function | None:
        """What a name calls, or an attribute of an object or a class, if it is sure."""
        if not attribute and name in self.instances:
            attribute = "__call__"
        if not attribute:
            return self.functions.get(name) or self.constructors.get(name)
        if name in self.classes:
            return self.classes[name].functions.get(attribute)
        of = self.classes.get(self.instances.get(name, ""))
        return None if of is None else of.methods.get(attribute)


class Imported(NamedTuple):
    """A name out of another module; `level` are the dots before that one's name."""

    module: str
    level: int
    name: str


def defining_module(
    sources: PythonSources, module: str, name: str
) -> tuple[PythonModule, str] | None:
    """The module that defines a name, and the name there, behind the imports of others.

    `None` where a module on the way does not exist, or decides only as it runs.
    """
    for _ in range(_FARTHEST):
        text = sources.text(module) if module else None
        found = read_module(text) if text is not None else None
        if found is None:
            return None
        if name not in found.imported:
            return found, name
        imported = found.imported[name]
        module, name = _absolute(sources, module, imported), imported.name
    return None


def _absolute(sources: PythonSources, module: str, imported: Imported) -> str:
    """The name of the module that another one, or a package, imports from."""
    if not imported.level:
        return imported.module
    parts = module.split(".")
    for kept in (len(parts) - imported.level + 1, len(parts) - imported.level):
        found = ".".join([*parts[: max(kept, 0)], *filter(None, [imported.module])])
        if found != module and sources.text(found) is not None:
            return found
    return ""


_FARTHEST = 8
"""How many imports are followed to where a name is defined."""

_LITERALS = (
    *(ast.Constant, ast.JoinedStr, ast.List, ast.Tuple, ast.Dict, ast.Set),
    *(ast.ListComp, ast.DictComp, ast.SetComp),
)


@lru_cache(maxsize=64)
def syntax_fault(text: str) -> tuple[int, str] | None:
    """The line and the words of what makes a source no Python; `None` where it is some."""
    try:
        ast.parse(text)
    except SyntaxError as error:
        return error.lineno or 1, error.msg
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


@lru_cache(maxsize=256)
def read_module(text: str) -> PythonModule | None:
    """The module of a source; `None` where what it defines is known only when it runs."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    statements = [*statements_of(tree)]
    names = Counter(name for one in statements for name in bound_names(one))
    if {"*", "__getattr__"} & names.keys() or "globals()" in text:
        return None
    changed = {*_changed(tree)}
    functions, classes, constructors = _called(tree, statements, names, changed)
    values: set[str] = set()
    imported: dict[str, Imported] = {}
    instances: dict[str, str] = {}
    for statement in statements:
        match statement:
            case ast.Assign([ast.Name(id=name)], value) if isinstance(value, _LITERALS):
                values.add(name)
            case ast.ImportFrom():
                for one in statement.names:
                    origin = Imported(statement.module or "", statement.level, one.name)
                    imported[one.asname or one.name] = origin
            case ast.Import():
                values.update(bound_names(statement))
            case _:
                instances.update(_instance(statement))
    values = {one for one in values - changed if names[one] == 1}
    origins = {name: one for name, one in imported.items() if names[name] == 1}
    objects = {
        name: of
        for name, of in instances.items()
        if of in classes and names[name] == 1 and name not in changed
    }
    called = functions, classes, constructors
    tables: tuple[dict[str, Any], ...] = (*called, origins, objects)
    for name, of in _aliases(statements):
        if names[name] == 1 and not {name, of} & changed:
            for known in tables:
                known.update({name: known[of]} if of in known else {})
            values.update({name} if of in values else ())
    every, plain = frozenset(names), frozenset(values)
    return PythonModule(
        every, plain, functions, classes, origins, objects, constructors
    )


def _called(
    tree: ast.Module,
    statements: Iterable[ast.stmt],
    names: Counter[str],
    changed: set[str],
) -> tuple[dict[str, Function], dict[str, Class], dict[str, Function]]:
    """The functions, the classes and the constructors of a module that binds these names."""
    nodes = [
        one
        for one in statements
        if isinstance(one, ast.ClassDef)
        and names[one.name] == 1
        and one.name not in changed
    ]
    types, facts = type_names(tree, names), Facts.of(tree)
    known = Types(types, records_of(nodes, types, facts), facts.generators)
    functions: dict[str, Function] = {}
    for statement in statements:
        match statement:
            case ast.FunctionDef(decorator_list=[]) | ast.AsyncFunctionDef(
                decorator_list=[]
            ):
                functions[statement.name] = function_of(statement, known)
            case ast.Assign([ast.Name(id=name)], ast.Lambda() as value):
                functions[name] = function_of(value, known)
            case _:
                pass
    classes: dict[str, Class] = {}
    constructors: dict[str, Function] = {}
    for one in nodes:
        body = body_of(one, known, facts.stored_in.get(one, set()))
        if is_whole(one, body):
            classes[one.name] = body
        if made := constructor_of(one.name, body, known):
            constructors[one.name] = made
    once = {name: one for name, one in functions.items() if names[name] == 1}
    return once, classes, constructors


def _aliases(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """The names that are given to what another name is, each with that one."""
    for statement in statements:
        match statement:
            case ast.Assign([ast.Name(id=name)], ast.Name(id=of)):
                yield name, of
            case _:
                pass


def _instance(statement: ast.stmt) -> Iterator[tuple[str, str]]:
    """The name of an object that a statement makes, and that of its class."""
    match statement:
        case ast.Assign([ast.Name(id=name)], ast.Call(ast.Name(id=of))) | ast.AnnAssign(
            ast.Name(id=name), value=ast.Call(ast.Name(id=of))
        ):
            yield name, of
        case _:
            pass


def _changed(tree: ast.Module) -> Iterator[str]:
    """The names that functions bind anew, and those whose attributes are given a value."""
    for node in ast.walk(tree):
        match node:
            case ast.Global(names=names):
                yield from names
            case ast.Attribute(value=ast.Name(id=name), ctx=ast.Store()):
                yield name
            case ast.Call(ast.Name(id="setattr"), [ast.Name(id=name), *_]):
                yield name
            case _:
                pass
