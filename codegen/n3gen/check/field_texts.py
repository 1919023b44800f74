"""Templates in what fields and types say of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from n3gen.check.finders import finder
from n3gen.check.rules.plain_text_rules import NoTemplate
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import parse_template
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Connector, InputField, Place, Spec, Step
from n3gen.spec.type_refs import TypeRef

__all__ = ["OF_RUNS", "check_choices", "check_field_texts", "fields_of"]

OF_RUNS: Final = ("payload", "options", "env", "run", "state")
"""The names that mean the same wherever an expression stands."""

_TEXTS: Final = ("description", "alias")


@finder
def check_field_texts(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions about a run in descriptions and aliases."""
    for owner in fields_of(known.spec):
        for key in _TEXTS:
            place = owner.place / key
            text = getattr(owner, key, None)
            if text and text == known.places.data(place) and _reads_run(text):
                yield _found(key, text, place, known.places)


@finder
def check_choices(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions about a run in the choices of types."""
    for place, type_ in _types(known.spec):
        if any(map(_reads_run, _choices(type_))):
            typed = place / "type"
            at = typed if known.places.data(typed) is not None else place
            text = known.places.data(at)
            yield _found("one of", text, at, known.places)


def fields_of(spec: Spec) -> Iterator[InputField]:
    """The fields of a spec: those of inputs and of types."""
    for chain in spec.chains:
        yield from chain.input or ()
    for type_ in spec.types:
        yield from type_.fields


def _types(spec: Spec) -> Iterator[tuple[Place, TypeRef]]:
    """The types that are written in a spec, and where."""
    for field in fields_of(spec):
        yield field.place, field.type
    asked: list[Connector | Step] = [*spec.connectors]
    for chain in spec.chains:
        asked += [e for e in every_entry(chain.steps) if isinstance(e, Step)]
    for node in asked:
        if node.output is not None:
            yield node.place / "output", node.output


def _choices(type_: TypeRef) -> Iterator[str]:
    yield from (value for value in type_.values if isinstance(value, str))
    for inner in type_.args:
        yield from _choices(inner)


def _reads_run(text: str) -> bool:
    references = parse_template(text).references if "{{" in text else ()
    return any(reference.root in OF_RUNS for reference in references)


def _found(key: str, text: object, place: Place, places: Places) -> Diagnostic:
    label = places.value(place)
    if isinstance(text, str) and "{{" in text:
        start = text.index("{{")
        end = text.find("}}", start) + 2
        label = places.part(place, start, end if end > 1 else len(text))
    return NoTemplate.of(key, label, "write a plain text")
