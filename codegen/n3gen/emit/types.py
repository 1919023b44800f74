"""The types of a spec as annotations, and the pydantic models of a module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from n3gen.emit.code import (
    call,
    constant,
    dict_of,
    keyword,
    list_of,
    name,
    seconds,
)
from n3gen.emit.fact_forms import FACT_FORMS
from n3gen.emit.givers import givers
from n3gen.emit.module_nodes import ModelType
from n3gen.emit.module_nodes import TypeField as FieldNode
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.scope import ANY, ChainScope, Variable
from n3gen.emit.texts import sentence
from n3gen.expressions import Code, Shape, literal
from n3gen.names import LAST_ROUND, outside, own_record_of, python_name
from n3gen.semantics.reads import references_of
from n3gen.semantics.shapes import shapes_of
from n3gen.semantics.value_types import ValueTypes, state_type
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Block,
    Data,
    Entry,
    For,
    InputField,
    OnError,
    Step,
    TypeDef,
    TypeField,
    TypeRef,
    ValueStep,
)
from n3gen.spec.type_fit import fits
from n3gen.spec.values import seconds as duration_seconds

__all__ = [
    "annotation",
    "checked_type",
    "declare_results",
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

_CHECKED = {**_SCALARS, "duration": name("Duration", "Duration")}
"""Scalars as pydantic is to read them."""

_RECORD = name("dict[str, Any]", "Any", "dict", "str")


_OPTIONAL = "optional"
"""The kind of the annotation of a value that may be `None`."""


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
            return Code(" | ".join(sources), kind=_OPTIONAL if is_optional else "")
        case "one of":
            return Code(
                f"{outside('Literal')}[{', '.join(map(literal, type_.values))}]"
            )
        case known:
            return scalars.get(known) or name(module.types[known])


def checked_type(module: ModuleScope, type_: TypeRef) -> Code:
    """A type as what data is checked against and read by, which spells durations."""
    return annotation(module, type_, _CHECKED)


def optional(type_: Code) -> Code:
    """The annotation of a value that may be `None`."""
    if type_ == ANY or type_.kind == _OPTIONAL:
        return type_
    return Code(f"{type_.source} | None", kind=_OPTIONAL)


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
    """The type of what the function of a step returns."""
    type_ = step_annotation(scope, step)
    return optional(type_) if step.may_be_skipped else type_


def declare_results(scope: ChainScope) -> None:
    """Give the entries of a chain variables of the types of their results.

    Entries of one name that give it to what follows their block share a variable. It may
    be of any type where they are not of one, or some are blocks or computed. Of the
    others, those of one type share a variable, and each block has its own.
    """
    shapes = shapes_of(scope.chain, scope.module.spec)
    types = ValueTypes.of(scope.chain, scope.module.spec).names
    found: dict[str, list[Entry]] = {}
    shared: dict[int, int] = {}
    for entry in every_entry(scope.chain.steps):
        for given in entry.gives:
            first, *others = (id(one) for one in givers(entry, given))
            shared |= dict.fromkeys([first, *others], shared.get(first, first))
        for bound in entry.binds:
            variable = scope.variables[bound]
            if (shape := shapes.get(bound)) is not None:
                typed = _bound(scope, entry, types.get(bound))
                variable = (
                    variable if typed is None else Variable(variable.name, typed, shape)
                )
            scope.bound[bound] = variable
        if entry.name is not None:
            found.setdefault(entry.name, []).append(entry)
    for known, entries in found.items():
        scope.shared |= {known} if len(entries) > 1 else set()
        results = [_result(scope, entry, shapes) for entry in entries]
        _declare(scope, known, [*zip(entries, results, strict=True)], shared)
    _declare_facts(scope)
    _declare_counts(scope)


def _bound(scope: ChainScope, entry: Entry, type_: TypeRef | None) -> Code | None:
    """The annotation of a name that an entry binds: a record of an error, or an item."""
    if isinstance(entry, OnError):
        return _RECORD
    if isinstance(entry, For) and not entry.comes_over_time and type_ is not None:
        return annotation(scope.module, type_)
    return None


def _declare_facts(scope: ChainScope) -> None:
    """Give the facts about entries that are read variables."""
    entries = [*every_entry(scope.chain.steps)]
    parts = (scope.chain, *entries)
    read = frozenset[str]().union(*map(references_of, parts))
    for entry in entries:
        for fact in entry.facts:
            if fact in read and fact not in scope.facts:
                form = FACT_FORMS[entry.facts[fact]]
                own = scope.fresh(python_name(fact))
                scope.facts[fact] = Variable(own, form.annotation, form.shape)
                if entry.facts[fact] == "record":
                    scope.records.add(fact)
                    scope.variables[own_record_of(fact)] = scope.facts[fact]


def _declare_counts(scope: ChainScope) -> None:
    """Give what rounds read of `loop` variables, which functions take as parameters."""
    entries = [*every_entry(scope.chain.steps)]
    read = frozenset[str]().union(*map(references_of, entries))
    for known, wanted, kind in (
        ("loop", "index", "int"),
        (LAST_ROUND, "is_last", "bool"),
    ):
        if known in read:
            variable = Variable(scope.fresh(wanted), name(kind, kind))
            scope.variables[known] = variable


_Result = tuple[Code, Shape | None]
"""The type of what an entry gives, and its shape where it is known."""


def _declare(
    scope: ChainScope,
    known: str,
    entries: Sequence[tuple[Entry, _Result]],
    shared: Mapping[int, int],
) -> None:
    """Give the entries of one name their variables; those of one number in `shared` one."""
    base = scope.variables[known].name
    together: dict[int, list[tuple[Entry, _Result]]] = {}
    for entry, result in entries:
        group = shared.get(id(entry), id(entry) if isinstance(entry, Block) else 0)
        together.setdefault(group, []).append((entry, result))
    variables: dict[tuple[int, Code], str] = {}
    for group, members in together.items():
        is_given = group in shared.values()
        is_mixed = is_given and _is_mixed(members)
        for entry, result in members:
            type_, shape = (ANY, None) if is_mixed else result
            if (group, type_) not in variables:
                number = len(variables) + (2 if known in scope.bound else 1)
                spelled = base if number == 1 else scope.fresh(f"{base}_{number}")
                variables[group, type_] = spelled
            variable = Variable(variables[group, type_], type_, shape)
            scope.entries[id(entry)] = variable
            if is_mixed:
                scope.mixed.add(variable.name)


def _is_mixed(members: Sequence[tuple[Entry, _Result]]) -> bool:
    """Whether entries that share a variable are of several types, as Python sees them."""
    if len(members) == 1:
        return False
    is_open = any(isinstance(entry, Block | ValueStep) for entry, _ in members)
    return is_open or len({type_ for _, (type_, _) in members}) > 1


def _result(scope: ChainScope, entry: Entry, shapes: Mapping[str, Shape]) -> _Result:
    """The type of what an entry gives, and its shape where it is known."""
    if not isinstance(entry, Step):
        return ANY, None
    if any(clause.has_value for clause in entry.endings):
        return ANY, None
    type_ = returned_by(scope, entry)
    if entry.name in scope.skipped and not entry.may_be_skipped:
        type_ = optional(type_)
    if entry.keeps_error and type_ != ANY:
        return Code(f"{type_.source} | {_RECORD.source}"), None
    return type_, None if entry.name in scope.skipped else shapes.get(entry.name)


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
        "alias": field.alias,
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
