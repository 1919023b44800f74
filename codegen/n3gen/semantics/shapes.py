"""The shapes of values, by the types that a chain declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal

from n3gen.expressions import Shape
from n3gen.names import state_of
from n3gen.semantics.asked import model_call
from n3gen.semantics.value_types import ValueTypes, state_type
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Chain,
    Connector,
    InputField,
    OnError,
    Spec,
    Stage,
    Step,
    TypeDef,
    TypeRef,
)

__all__ = ["shape_of", "shapes_of"]

_ERROR: Final = Shape(
    "mapping",
    {"kind": Shape("str"), "message": Shape("str"), "status": None, "step": None},
    optional=frozenset({"status", "step"}),
)
"""The record of an error."""

_LEVELS: Final = 8
"""How deep the fields of fields are known: a type may hold itself."""


def shapes_of(chain: Chain, spec: Spec) -> dict[str, Shape]:
    """The shapes of the payload, of steps' results and of items, by name, where known.

    Of what has lost a part in loading nothing is known, nor of a name that stands for
    different shapes in different bodies.
    """
    shapes: dict[str, Shape] = {}
    if chain.name in spec.rejected:
        return shapes
    types = {t.name: t for t in spec.types if t.name not in spec.rejected}
    if chain.input is not None:
        shapes["payload"] = _fields("mapping", chain.input, types, 0)
    states = {state.name: state.type for state in spec.states}
    for name, kept in states.items():
        if (shape := _shape(kept, types, 0)) is not None:
            shapes[state_of(name)] = shape
    connectors = {c.name: c for c in spec.connectors if c.name not in spec.rejected}
    variables = ValueTypes.of(chain, spec).names
    found: dict[str, list[Shape | None]] = {}
    repeated: set[int] = set()
    for entry in every_entry(chain.steps):
        shape = _ERROR if isinstance(entry, OnError) else None
        for name in entry.binds:
            type_ = variables.get(name)
            item = None if type_ is None else _shape(type_, types, 0)
            found.setdefault(name, []).append(shape or item)
        if isinstance(entry, Stage) and entry.per_item:
            repeated.add(id(entry.step))
        if entry.name is not None:
            shape = None
            if id(entry) in repeated:
                shape = Shape("list")
            elif isinstance(entry, Step) and not _may_be_other(entry):
                shape = _result(entry, connectors, types, states)
            found.setdefault(entry.name, []).append(shape)
    for name, (first, *others) in found.items():
        if first is not None and all(shape == first for shape in others):
            shapes[name] = first
    return shapes


def _may_be_other(step: Step) -> bool:
    """Whether the value may be that of a clause, or the record of an error."""
    has_clause = any(clause.has_value for clause in step.endings)
    return has_clause or step.keeps_error


def shape_of(type_: TypeRef, spec: Spec) -> Shape | None:
    """The shape of a value of a type, where it is known."""
    return _shape(type_, {t.name: t for t in spec.types}, 0)


def _result(
    step: Step,
    connectors: Mapping[str, Connector],
    types: Mapping[str, TypeDef],
    states: Mapping[str, TypeRef],
) -> Shape | None:
    """What a step gives: its `output`, its connector's, a state, or what a model answers."""
    asked = model_call(step, connectors)
    output = step.output or (asked.output if asked else state_type(step, states))
    if output is not None:
        return _shape(output, types, 0)
    if asked is None:
        return None
    return Shape("str" if asked.embed is None else "list")


def _shape(type_: TypeRef, types: Mapping[str, TypeDef], level: int) -> Shape | None:
    match type_.name:
        case "str" | "int" | "float" | "bool":
            return Shape(type_.name)
        case "file":
            return Shape("str")
        case "list":
            return Shape("list", items=_shape(type_.args[0], types, level + 1))
        case name if name in types and level < _LEVELS:
            return _fields("model", types[name].fields, types, level)
        case _:
            return None


def _fields(
    kind: Literal["mapping", "model"],
    fields: Iterable[InputField],
    types: Mapping[str, TypeDef],
    level: int,
) -> Shape:
    """The shape of a payload or a model, whose fields go by their aliases too."""
    known: dict[str, Shape | None] = {}
    others: dict[str, str] = {}
    optional: set[str] = set()
    anything: set[str] = set()
    for field in fields:
        own, other = field.name, field.key
        if kind == "mapping":
            own, other = other, own
        known[own] = _shape(field.type, types, level + 1)
        if other != own:
            others[other] = own
        if field.type.may_be_none:
            optional.add(own)
        if field.type.name == "any":
            anything.add(own)
    return Shape(kind, known, None, others, frozenset(optional), frozenset(anything))
