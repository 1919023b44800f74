"""Types: unknown ones, defaults, names of fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel

from n3gen.check.finders import finder
from n3gen.check.names import type_names
from n3gen.check.rules.type_rules import (
    BadDefault,
    FieldNameTaken,
    TypeNameTaken,
    UnknownType,
)
from n3gen.diagnostics import Diagnostic, Label
from n3gen.diagnostics.suggest import nearest
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps
from n3gen.spec.model import (
    Connector,
    InputField,
    Place,
    Spec,
    State,
    Step,
    TypeDef,
    TypeRef,
)
from n3gen.spec.type_fit import fits
from n3gen.spec.types import (
    MEANT,
    PLAIN_TYPES,
    TYPE_WORDS,
    TypeFault,
    parse_field,
    spelled,
)
from n3gen.spec.values import shown

__all__ = ["check_types", "names_known_types"]

_RECORD_MEMBERS: Final = frozenset(
    name
    for name in (*dir(BaseModel), *dir(type(BaseModel)))
    if not name.startswith("_")
)
_COMMENT: Final = "write a description as a comment (`#`), or "
_SUGGESTED: Final = 100
"""How many unknown types get a suggestion: each one is compared with all that there are."""

_CALL: Final = re.compile(r"[A-Za-z_][\w.]*\(.*\)", re.DOTALL)
"""A text without quotes that is written like a call, such as `Field(alias="x")`."""

_BUILTIN: Final = frozenset(("str", "int", "float", "bool", "list", "dict"))


@finder
def check_types(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of types."""
    spec, places = known.spec, known.places
    yield from _unknown(spec, places)
    for record in spec.types:
        yield from _record(record, spec, places)
    typed: tuple[InputField | State, ...] = (*_fields(spec), *spec.states)
    for field in typed:
        if names_known_types(field, spec):
            yield from _default(field, places)


def names_known_types(field: InputField | State, spec: Spec) -> bool:
    """Whether all types that a field names are there, so that its values can be judged."""
    known = {*TYPE_WORDS, *(record.name for record in spec.types)}
    return known.issuperset(type_names(field.type))


def _fields(spec: Spec) -> Iterator[InputField]:
    for chain in spec.chains:
        yield from chain.typed_fields
    for record in spec.types:
        yield from record.fields


def _written(spec: Spec, places: Places) -> Iterator[tuple[TypeRef, Place]]:
    for field in _fields(spec):
        yield field.type, type_place(field, places)
    for state in spec.states:
        yield state.type, type_place(state, places)
    nodes: tuple[Connector | Step, ...] = (*spec.connectors, *all_steps(spec))
    for node in nodes:
        if node.output is not None:
            yield node.output, node.place / "output"


def _unknown(spec: Spec, places: Places) -> Iterator[Diagnostic]:
    """Find names of types that do not exist, each reported once."""
    known = {*TYPE_WORDS, *spec.rejected, *(record.name for record in spec.types)}
    candidates = (*PLAIN_TYPES, "list", "dict", *(r.name for r in spec.types))
    suggestions = iter(range(_SUGGESTED))
    for written, place in _written(spec, places):
        for name in type_names(written):
            if name not in known:
                known.add(name)
                meant = MEANT.get(name)
                if meant is None and next(suggestions, None) is not None:
                    meant = nearest(name, candidates)
                if meant is None and spec.lacks_files:
                    continue
                label = _inside(name, place, places)
                also = _COMMENT if place.loc[-1] == "description" else ""
                yield UnknownType.of(shown(name), label, meant, also)


def _inside(name: str, place: Place, places: Places) -> Label:
    """A label under `name` in the text of the type at `place`."""
    text = places.data(place)
    start = text.find(name) if isinstance(text, str) else -1
    if start < 0:
        return places.value(place)
    return places.part(place, start, start + len(name))


def type_place(field: InputField | State, places: Places) -> Place:
    """The place of a field's type: the field's own, or one in its mapping."""
    data = places.data(field.place)
    is_mapping = isinstance(data, dict) and "type" in data
    return field.place / "type" if is_mapping else field.place


def _record(record: TypeDef, spec: Spec, places: Places) -> Iterator[Diagnostic]:
    if record.name in TYPE_WORDS:
        yield TypeNameTaken.of(record.name, places.key(record.place))
    types = {*_BUILTIN, *(other.name for other in spec.types)}
    for field in record.fields:
        if field.name in _RECORD_MEMBERS:
            is_method = callable(getattr(BaseModel, field.name))
            kind = "a method" if is_method else "an attribute"
            yield FieldNameTaken.member(field.name, kind, places.key(field.place))
        elif field.name in types:
            yield FieldNameTaken.type(field.name, places.key(field.place))


def _default(field: InputField | State, places: Places) -> Iterator[Diagnostic]:
    if field.required or (field.default is None and fits(None, field.type)):
        return
    label = _default_label(field, places)
    written = label.file.text[label.span.start : label.span.end]
    if not fits(field.default, field.type):
        default = shown(written or field.default)
        own = next((n for n in type_names(field.type) if n not in TYPE_WORDS), None)
        if own is not None and isinstance(field.default, dict | list):
            whole = None if fits(None, field.type) else shown(spelled(field.type))
            yield BadDefault.of_declared(default, shown(own), whole, label)
            return
        yield BadDefault.of(default, shown(spelled(field.type)), label)
    elif isinstance(field.default, str) and _CALL.fullmatch(written):
        yield BadDefault.call(shown(written), label)
    elif written == "None" and field.type.name != "one of":
        yield BadDefault.none(shown(spelled(field.type)), label)


def _default_label(field: InputField | State, places: Places) -> Label:
    """The place of a default: in the text of a type, or of its own."""
    given = places.data(field.place)
    if isinstance(given, dict) and "default" in given:
        return places.value(field.place / "default")
    place = type_place(field, places)
    text = places.data(place)
    try:
        at = parse_field(text).default_at if isinstance(text, str) else None
    except TypeFault:
        at = None
    return places.value(place) if at is None else places.part(place, *at)
