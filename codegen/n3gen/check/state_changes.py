"""What steps do with states, and what they give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from n3gen.check.rules.state_rules import LostUpdate, UnfitChange, UnfitStateValue
from n3gen.diagnostics import Diagnostic, Label
from n3gen.expressions import Name, Shape, to_python
from n3gen.names import python_name
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.shapes import shape_of
from n3gen.spec.model import Chain, Data, Place, State, StateStep, TypeRef
from n3gen.spec.steps.state import OLD_VALUE
from n3gen.spec.texts import Text
from n3gen.spec.type_fit import fits
from n3gen.spec.types import spelled
from n3gen.spec.values import described, shown

__all__ = ["LIST", "StateChange", "may_be", "unfit_change", "unfit_value"]

LIST = "a list"
_MAPPING = "a mapping"
_WANTED = {"append": LIST, "merge": _MAPPING, "key": _MAPPING}
"""What the type of a state has to be for a key of a step."""

_PLAIN = ("str", "int", "float", "bool", "list", "dict")
"""The types whose values no other of them has."""

_WRITTEN = ("date", "datetime", "duration", "uuid")
"""The types whose values are written as texts."""


@dataclass(frozen=True, slots=True)
class StateChange:
    """What one step does with a state."""

    known: Semantics
    chain: Chain
    step: StateStep
    state: State

    def faults(self) -> Iterator[Diagnostic]:
        step, state, places = self.step, self.state, self.known.places
        for key in (*step.operations, *(("key",) if step.has_key else ())):
            wanted = _WANTED.get(key)
            inner = key == "append" and step.has_key
            if wanted and not inner and not may_be(state.type, wanted):
                place = places.key(step.place / key)
                yield unfit_change(key, wanted, state, place, self.known)
                return
        for operation in step.operations:
            yield from self._value(operation)
        yield from self._lost()

    def _value(self, operation: str) -> Iterator[Diagnostic]:
        """Find a value that is surely of another type."""
        wanted = self._wanted(operation)
        if wanted is None or operation == "delete":
            return
        given = getattr(self.step, operation)
        found = self._misfit(given, wanted, operation)
        if found is not None:
            places, state = self.known.places, self.state
            label = places.value(self.step.place / operation)
            labels = label, places.key(state.place, "the state")
            type_ = shown(spelled(wanted))
            meant = _expression_in(given, operation)
            yield UnfitStateValue.of(found, shown(state.name), type_, labels, meant)

    def _wanted(self, operation: str) -> TypeRef | None:
        """The type of what an operation gives: of all, of an entry, of an item."""
        type_: TypeRef | None = self.state.type
        if self.step.has_key and type_ is not None:
            type_ = type_.args[1] if type_.name == "dict" else None
        if operation == "append" and type_ is not None:
            type_ = type_.args[0] if type_.name == "list" else None
        if operation == "merge" and (type_ is None or type_.name != "dict"):
            return None
        return type_

    def _misfit(self, given: Data, wanted: TypeRef, operation: str) -> str | None:
        """What is given, in words, where it cannot be of a type."""
        if isinstance(given, str):
            read = parsed(Text((operation,), given, "template"))
            if read.faults:
                return None
            if read.is_constant:
                return None if fits(given, wanted) else described(given)
            kind = "str" if not read.is_single else self._kind(read)
            is_other = kind in _PLAIN and not _takes(wanted, kind)
            return _WORDS.get(kind, kind) if is_other else None
        if isinstance(given, dict) and wanted.name == "dict":
            inner = (self._misfit(v, wanted.args[1], operation) for v in given.values())
            return next((found for found in inner if found), None)
        if isinstance(given, list) and wanted.name == "list":
            inner = (self._misfit(item, wanted.args[0], operation) for item in given)
            return next((found for found in inner if found), None)
        if isinstance(given, dict | list):
            kind = "dict" if isinstance(given, dict) else "list"
            return None if _takes(wanted, kind) else described(given)
        return None if fits(given, wanted) else described(given)

    def _kind(self, read: Any) -> str:
        """The kind of an expression's value, where it is sure."""
        shapes = self.known.shapes[self.chain.name]
        old = None if self.step.has_key else shape_of(self.state.type, self.known.spec)
        try:
            return to_python(read, _Open({**shapes, OLD_VALUE: old})).kind
        except KeyError:
            return ""

    def _lost(self) -> Iterator[Diagnostic]:
        """Find a change to what was made of the same state before."""
        for text in self.step.own_texts():
            operation = str(text.keys[0])
            for reference in parsed(text).references:
                if reference.root != "state" or reference.name != self.state.name:
                    continue
                # Of a mapping only the entry that is read is written over.
                is_lost = operation in ("set", "update") or (
                    operation == "merge" and text.keys[1:2] == reference.path[:1] != ()
                )
                if is_lost:
                    place = Place(
                        self.step.place.path, (*self.step.place.loc, *text.keys)
                    )
                    span = reference.start, reference.end
                    label = self.known.places.part(place, *span)
                    read = f"state.{shown(self.state.name)}"
                    yield LostUpdate.of(read, operation, label)
                    return


def _expression_in(given: Data, operation: str) -> str | None:
    """The expression that a text without braces was most likely meant as."""
    if not isinstance(given, str) or "{" in given:
        return None
    read = parsed(Text((operation,), given, "expression"))
    reads = (
        one.root in ("payload", "state")
        or (operation, one.name) == ("update", OLD_VALUE)
        for one in read.references
    )
    return shown(given.strip()) if not read.faults and any(reads) else None


class _Open(dict[str, str | Name]):
    """The names that an expression may read: of some the shapes are known."""

    def __init__(self, shapes: Mapping[str, Shape | None]) -> None:
        super().__init__()
        self.shapes = shapes

    def get(self, name: str, default: Any = None) -> Name:
        return Name(python_name(name) or "name", self.shapes.get(name))


_WORDS = {
    "str": "a text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list",
    "dict": "a mapping",
}


def _takes(wanted: TypeRef, kind: str) -> bool:
    """Whether a type may have values of a plain kind."""
    if wanted.name == "union":
        return any(_takes(member, kind) for member in wanted.args)
    if wanted.name == "one of":
        return any(type(value).__name__ == kind for value in wanted.values)
    if wanted.name == "float":
        return kind in ("int", "float")
    if wanted.name in (*_PLAIN, "none"):
        return wanted.name == kind
    # dates and the like are written as texts, declared types as mappings
    return wanted.name == "any" or kind in ("dict", "str", "int", "float")


def may_be(type_: TypeRef, wanted: str) -> bool:
    """Whether values of a type may be lists, or mappings."""
    if type_.name == "union":
        return any(may_be(member, wanted) for member in type_.args)
    if type_.name in ("any", "list", "dict"):
        return type_.name in ("any", "list" if wanted == LIST else "dict")
    plain = ("str", "int", "float", "bool", "none", "one of", "file")
    dates = ("date", "datetime", "duration", "uuid")
    return wanted == _MAPPING and type_.name not in (*plain, *dates)


def unfit_change(
    key: str, wanted: str, state: State, label: Label, known: Semantics
) -> Diagnostic:
    """What is wrong with a key that the type of a state does not have."""
    labels = label, known.places.key(state.place, "the state")
    type_ = shown(spelled(state.type))
    return UnfitChange.of(key, wanted, shown(state.name), type_, labels)


def unfit_value(
    value: Data, state: State, place: Place, known: Semantics
) -> Diagnostic:
    """What is wrong with a plain value that is of another type than a state."""
    labels = known.places.value(place), known.places.key(state.place, "the state")
    wanted = shown(spelled(state.type))
    return UnfitStateValue.of(described(value), shown(state.name), wanted, labels)
