"""The types of a spec as annotations, and the pydantic models of a module."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from n3gen.emit.code import (
    call,
    constant,
    dict_of,
    keyword,
    list_of,
    name,
    seconds,
    support_call,
)
from n3gen.emit.module_nodes import ModelType
from n3gen.emit.module_nodes import TypeField as FieldNode
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.scope import ANY, ChainScope
from n3gen.emit.texts import sentence
from n3gen.emit.variables import OPTIONAL, optional
from n3gen.expressions import Code, literal
from n3gen.names import outside
from n3gen.semantics.value_types import state_type
from n3gen.spec.model import (
    Data,
    InputField,
    Step,
    TypeDef,
    TypeField,
    TypeRef,
)
from n3gen.spec.type_fit import fits
from n3gen.spec.values import seconds as duration_seconds

__all__ = [
    "annotation",
    "asked_type",
    "checked_type",
    "declared_types",
    "field_default",
    "optional",
    "returned_by",
    "step_annotation",
    "type_model",
    "type_text",
]

_SCALARS = {
    "str": name("str", "str"),
    "int": name("int", "int"),
    "float": name("float", "float"),
    "bool": name("bool", "bool"),
    "any": ANY,
    "none": name("None"),
    "date": name("date", "date"),
    "datetime": name("datetime", "datetime"),
    "duration": name("timedelta", "timedelta"),
    "uuid": name("UUID", "UUID"),
    "file": name("str", "str"),
}

_PLAIN_TYPES = frozenset(
    ("str", "int", "float", "bool", "any", "none", "list", "union", "one of")
)
"""Types that are no objects, and that providers are asked for inside of one."""

_CHECKED = {**_SCALARS, "duration": name("Duration", "Duration")}
"""Scalars as pydantic is to read them."""


def annotation(
    module: ModuleScope, type_: TypeRef, scalars: Mapping[str, Code] = _SCALARS
) -> Code:
    """The Python annotation of a type."""
    parts = [annotation(module, argument, scalars) for argument in type_.args]
    sources = [part.source for part in parts]
    match type_.name:
        case "list" | "dict":
            return Code(f"{outside(type_.name)}[{', '.join(sources)}]")
        case "union":
            is_optional = any(one.name == "none" for one in type_.args)
            kind = OPTIONAL if is_optional else ""
            return Code(" | ".join(sources), kind=kind, parts=tuple(sources))
        case "one of":
            return Code(
                f"{outside('Literal')}[{', '.join(map(literal, type_.values))}]"
            )
        case known:
            return scalars.get(known) or name(module.types[known])


def checked_type(module: ModuleScope, type_: TypeRef) -> Code:
    """A type as what data is checked against and read by, which spells durations."""
    return annotation(module, type_, _CHECKED)


def asked_type(module: ModuleScope, type_: TypeRef) -> Code:
    """The type of an answer: of an object, or of what is wrapped in one."""
    kind = "TypedValue" if type_.name in _PLAIN_TYPES else "Typed"
    return support_call(kind, checked_type(module, type_))


def type_text(type_: TypeRef) -> str:
    """A type as the spec writes it, for messages."""
    parts = [type_text(argument) for argument in type_.args]
    match type_.name:
        case "list" | "dict":
            return f"{type_.name}[{', '.join(parts)}]"
        case "union":
            return " | ".join(parts)
        case "one of":
            return f"one of {', '.join(map(literal, type_.values))}"
        case known:
            return known


def declared_types(type_: TypeRef) -> set[str]:
    """The names of declared types in a type."""
    if type_.name not in ("list", "dict", "union", "one of", *_SCALARS):
        return {type_.name}
    return set().union(*map(declared_types, type_.args))


def step_annotation(scope: ChainScope, step: Step) -> Code:
    """The type of a step's result, unless the step is skipped."""
    type_ = scope.output(step)
    if type_ is not None:
        return annotation(scope.module, type_)
    kept = state_type(step, {n: s.type for n, s in scope.module.states.known.items()})
    if kept is not None:
        return annotation(scope.module, kept)
    return name("str", "str") if scope.gives_text(step) else ANY


def returned_by(scope: ChainScope, step: Step) -> Code:
    """The type of what the function of a step, or its task, which may be cancelled, returns."""
    type_ = step_annotation(scope, step)
    is_none = step.may_be_skipped or step.name in scope.cancelled
    return optional(type_) if is_none else type_


def type_model(module: ModuleScope, type_: TypeDef) -> ModelType:
    """The pydantic model of a declared type."""
    return ModelType(
        module.types[type_.name],
        sentence(type_.description or f"Type `{type_.name}`."),
        tuple(_field(module, field) for field in type_.fields),
        has_aliases=any(field.alias is not None for field in type_.fields),
        is_late="duration" in _names_within(module, type_),
    )


def _names_within(module: ModuleScope, type_: TypeDef) -> set[str]:
    """The names of the types that a declared type consists of, at any depth."""
    known = {one.name: one for one in module.spec.types}
    found: set[str] = set()
    waiting = [field.type for field in type_.fields]
    while waiting:
        part = waiting.pop()
        waiting += part.args
        if part.name in known and part.name not in found:
            waiting += [field.type for field in known[part.name].fields]
        found.add(part.name)
    return found


def _field(module: ModuleScope, field: TypeField) -> FieldNode:
    default = field_default(field)
    arguments = {
        # A checker takes `alias` for the only name, and a keyword can be none.
        "validation_alias": field.alias,
        "serialization_alias": field.alias,
        "description": field.description,
        **{_BOUNDS[bound]: value for bound, value in field.bounds.items()},
    }
    arguments = {key: value for key, value in arguments.items() if value is not None}
    if arguments:
        parts = [] if default is None else [keyword("default", default)]
        parts += [keyword(key, constant(value)) for key, value in arguments.items()]
        default = call("Field", parts, "Field")
    return FieldNode(field.name, checked_type(module, field.type), default)


_BOUNDS = {
    "min": "ge",
    "max": "le",
    "min_length": "min_length",
    "max_length": "max_length",
    "pattern": "pattern",
}
"""What pydantic calls the bounds of a field."""


def field_default(field: InputField) -> Code | None:
    """The default of a field as Python; none for one that is required."""
    return None if field.required else typed_constant(field.default, field.type)


def typed_constant(value: Data, type_: TypeRef) -> Code:
    """Plain data that is of a type, as the value that it spells."""
    match type_.name:
        case "date":
            day = date.fromisoformat(value)
            return call("date", map(constant, (day.year, day.month, day.day)), "date")
        case "datetime":
            return call("datetime.fromisoformat", [constant(value)], "datetime")
        case "uuid":
            return call("UUID", [constant(value)], "UUID")
        case "duration":
            length = keyword("seconds", seconds(duration_seconds(value, zero=True)))
            return call("timedelta", [length], "timedelta")
        case "list":
            return list_of(typed_constant(item, type_.args[0]) for item in value)
        case "dict":
            items = {key: typed_constant(v, type_.args[1]) for key, v in value.items()}
            return dict_of(items)
        case "union":
            member = next(member for member in type_.args if fits(value, member))
            return typed_constant(value, member)
        case _:
            return constant(value)
