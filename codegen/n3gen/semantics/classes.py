"""Classes of a Python source: their methods, how they are called, and what objects have."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Final

from n3gen.semantics.annotations import Annotation, annotation_of
from n3gen.semantics.python_types import Record, Types
from n3gen.semantics.signatures import Function, function_of
from n3gen.semantics.statements import bound_names, statements_of

__all__ = ["Class", "body_of", "constructor_of", "is_whole"]

_NOTHING: Final = Function((), (), 0, 0, takes_any_name=False)
"""What a class without a constructor of its own takes."""


@dataclass(frozen=True, slots=True)
class Class:
    """The names that a class defines, and the `methods` whose parameters are sure.

    These are as an object of the class has them; `functions` are the same as the class
    itself has them, where a plain method takes the object too.
    """

    names: frozenset[str] = frozenset()
    methods: Mapping[str, Function] = field(default_factory=dict[str, Function])
    functions: Mapping[str, Function] = field(default_factory=dict[str, Function])


def is_whole(node: ast.ClassDef, body: Class) -> bool:
    """Whether a class has only what its body says."""
    has_more = {"__getattr__", "__getattribute__"} & body.names
    return not (node.bases or node.keywords or node.decorator_list or has_more)


def body_of(node: ast.ClassDef, types: Types, stored: Set[str]) -> Class:
    """What the body of a class says; `stored` are the attributes that it gives a value."""
    methods: dict[str, Function] = {}
    functions: dict[str, Function] = {}
    names: set[str] = set()
    for statement in statements_of(ast.Module(node.body, [])):
        names.update(bound_names(statement))
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            name, whole = statement.name, function_of(statement, types)
            bound = function_of(statement, types, is_method=True)
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
    names.update(stored)  # an attribute may well be called
    return Class(frozenset(names), methods, functions)


def constructor_of(name: str, own: Class, types: Types) -> Function | None:
    """What a call of a class takes, and gives; `None` where that is not sure."""
    record = types.records.get(name)
    if record is None or record.kind == "mapping":
        return None
    given = types.of_object(name)
    if {"__new__", "__class_getitem__"} & own.names:
        return None
    if "__init__" in own.names:
        found = own.methods.get("__init__")
        return None if found is None else replace(found, returns=given, is_class=True)
    if record.kind == "plain":
        return replace(_NOTHING, returns=given, is_class=True)
    if record.is_made_otherwise:
        return None
    return replace(_of_fields(record, types.names), returns=given, is_class=True)


def _of_fields(record: Record, names: Mapping[str, str]) -> Function:
    """The constructor that is made of the fields of a class."""
    given = {name: one for name, one in record.fields.items() if one.is_given}
    by_place = [n for n, one in given.items() if not one.is_only_named]
    needed = [name for name, one in given.items() if not one.has_default]
    annotations: dict[str, Annotation] = {}
    for name, one in given.items() if record.kind != "model" else ():
        found = annotation_of(one.annotation, names)
        if found is not None and not one.is_open:
            none = {"none"} if one.may_be_none else set[str]()
            annotations[name] = replace(found, kinds=found.kinds | none)
    return Function(
        names=tuple(given),
        needed=tuple(needed),
        needed_by_place=sum(1 for name in needed if name in by_place),
        at_once=len(by_place),
        takes_any_name=False,
        first=by_place[0] if by_place else None,
        types=annotations,
    )
