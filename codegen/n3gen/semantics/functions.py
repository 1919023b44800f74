"""Python functions that specs name, as their source has them: nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from n3gen.semantics.annotations import Annotation, annotations_of, type_names

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
class Function:
    """The parameters of a plain function: those with a name, and those that it needs.

    `at_once` are the most arguments that it takes by place, `None` is any number.
    `first` is the parameter that takes the first of them; `types` are what parameters
    take, where their annotations say so.
    """

    names: tuple[str, ...]
    needed: tuple[str, ...]
    needed_by_place: int
    at_once: int | None
    takes_any_name: bool
    first: str | None = None
    types: Mapping[str, Annotation] = field(default_factory=dict[str, Annotation])


@dataclass(frozen=True, slots=True)
class Class:
    """The names that a class defines, and the `methods` whose parameters are sure.

    These are as an object of the class has them; `functions` are the same as the class
    itself has them, where a plain method takes the object too.
    """

    names: frozenset[str] = frozenset()
    methods: Mapping[str, Function] = field(default_factory=dict[str, Function])
    functions: Mapping[str, Function] = field(default_factory=dict[str, Function])


@dataclass(frozen=True, slots=True)
class PythonModule:
    """What a module defines; of `functions` those whose parameters are sure.

    Of `classes` those that derive from no other. `values` are the names that are surely
    bound to what cannot be called: modules and literals. `imported` are names that are
    surely those of other modules, each with where it is from. `instances` are names of
    objects, each with its class among `classes`.
    """

    names: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    functions: Mapping[str, Function] = field(default_factory=dict[str, Function])
    classes: Mapping[str, Class] = field(default_factory=dict[str, Class])
    imported: Mapping[str, Imported] = field(default_factory=dict[str, "Imported"])
    instances: Mapping[str, str] = field(default_factory=dict[str, str])

    def function(self, name: str, attribute: str = "") -> Function | None:
        """The function of a name, or that of an object or a class, if it is sure."""
        if not attribute:
            return self.functions.get(name)
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
    names: list[str] = []
    values: set[str] = set()
    functions: dict[str, Function] = {}
    classes: dict[str, Class] = {}
    imported: dict[str, Imported] = {}
    instances: dict[str, str] = {}
    statements = [*_statements(tree)]
    bound = (name for statement in statements for name in _bound(statement))
    types = type_names(tree, bound)
    for statement in statements:
        if isinstance(statement, ast.ClassDef):
            classes.update(_class(statement, types))
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            functions[statement.name] = _function(statement, types)
            if statement.decorator_list:
                del functions[statement.name]
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            (target,) = statement.targets
            if isinstance(target, ast.Name) and isinstance(statement.value, ast.Lambda):
                functions[target.id] = _function(statement.value, types)
            if isinstance(target, ast.Name) and isinstance(statement.value, _LITERALS):
                values.add(target.id)
        instances.update(_instance(statement))
        if isinstance(statement, ast.ImportFrom):
            for one in statement.names:
                origin = Imported(statement.module or "", statement.level, one.name)
                imported[one.asname or one.name] = origin
        if isinstance(statement, ast.Import):
            values.update(_bound(statement))
        names += _bound(statement)
    is_open = {"*", "__getattr__"} & {*names} or "globals()" in text
    if is_open:
        return None
    once = {name: found for name, found in functions.items() if names.count(name) == 1}
    changed = {*_changed(tree)}
    sure = {name: found for name, found in classes.items() if names.count(name) == 1}
    sure = {name: found for name, found in sure.items() if name not in changed}
    values -= changed
    values = {name for name in values if names.count(name) == 1}
    origins = {name: one for name, one in imported.items() if names.count(name) == 1}
    objects = {
        name: of
        for name, of in instances.items()
        if of in sure and names.count(name) == 1 and name not in changed
    }
    tables: tuple[dict[str, Any], ...] = (once, sure, origins, objects)
    for name, of in _aliases(statements):
        if names.count(name) == 1 and not {name, of} & changed:
            for known in tables:
                known.update({name: known[of]} if of in known else {})
            values.update({name} if of in values else ())
    return PythonModule(
        frozenset(names), frozenset(values), once, sure, origins, objects
    )


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


def _class(node: ast.ClassDef, types: Mapping[str, str]) -> Iterator[tuple[str, Class]]:
    """A class that has only what its body says."""
    if node.bases or node.keywords or node.decorator_list:
        return
    methods: dict[str, Function] = {}
    functions: dict[str, Function] = {}
    names: set[str] = set()
    for statement in _statements(ast.Module(node.body, [])):
        names.update(_bound(statement))
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            name, whole = statement.name, _function(statement, types)
            bound = _function(statement, types, is_method=True)
            match statement.decorator_list:
                case []:
                    methods[name], functions[name] = bound, whole
                case [ast.Name(id="staticmethod")]:
                    methods[name] = functions[name] = whole
                case [ast.Name(id="classmethod")]:
                    methods[name] = functions[name] = bound
                case _:
                    methods.pop(name, None)
                    functions.pop(name, None)
    for inner in ast.walk(node):  # an attribute may well be called
        if isinstance(inner, ast.Attribute) and isinstance(inner.ctx, ast.Store):
            names.add(inner.attr)
    if "__getattr__" not in names and "__getattribute__" not in names:
        yield node.name, Class(frozenset(names), methods, functions)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
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


def _bound(statement: ast.stmt) -> Iterator[str]:
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


def _function(
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda,
    types: Mapping[str, str],
    *,
    is_method: bool = False,
) -> Function:
    """The parameters of a function; of a method those behind the object's own."""
    given = node.args
    by_place = [*given.posonlyargs, *given.args][is_method:]
    named = [one for one in given.args if one in by_place]
    needed = by_place[: len(by_place) - len(given.defaults)]
    only_named = [
        one.arg
        for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True)
        if default is None
    ]
    return Function(
        names=tuple(one.arg for one in (*named, *given.kwonlyargs)),
        needed=(*(one.arg for one in needed), *only_named),
        needed_by_place=len(needed),
        at_once=None if given.vararg is not None else len(by_place),
        takes_any_name=given.kwarg is not None,
        first=by_place[0].arg if by_place else None,
        types=dict(annotations_of(given, types)),
    )
