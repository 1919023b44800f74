"""What is wrong inside expressions and templates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from n3gen.check.conditions import is_quoted_words
from n3gen.check.cut_texts import cut_inside
from n3gen.check.finders import chain_finder, finder
from n3gen.check.names import RESERVED
from n3gen.check.rules.reference_rules import UnknownReference
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.expressions import Shape, field_faults
from n3gen.expressions.rules import BareNamespace, UnknownField
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Written, parsed
from n3gen.semantics.walk import Places, every_entry, every_part
from n3gen.spec.model import Connection, Connector, Place
from n3gen.spec.values import shown

__all__ = ["check_connectors", "check_expressions"]


@chain_finder
def check_expressions(known: Semantics) -> Iterator[Diagnostic]:
    """Find expressions of chains that do not parse, call what is not there, misread a type."""
    for chain in known.checked:
        # A name that nothing can have is reported, and not how it is read as well.
        taken = frozenset(
            name
            for entry in every_entry(chain.steps)
            for name in (entry.name, *entry.binds)
            if name in RESERVED
        )
        shapes = known.shapes[chain.name]
        shapes = {name: shape for name, shape in shapes.items() if name not in taken}
        for part in every_part(chain):
            for problem in _faults(part, shapes, known):
                if not (taken and problem.rule in _OF_NAMES and _is_of(problem, taken)):
                    yield problem


@finder
def check_connectors(known: Semantics) -> Iterator[Diagnostic]:
    """Find the same in connectors and connections, and the names that they cannot know."""
    for connector in known.spec.connectors:
        yield from _faults(connector, {}, known)
        yield from _unknown(connector, known.places)
    for connection in known.spec.connections:
        yield from _faults(connection, {}, known)
        yield from _unknown_of_request(connection, known.places)


_OF_NAMES = (BareNamespace, UnknownField)


def _is_of(problem: Diagnostic, names: Set[str | None]) -> bool:
    """Whether a problem is about one of the names, or a field of it."""
    text, span = problem.label.file.text, problem.label.span
    before = text[: span.start].removesuffix(".")
    return text[span.start : span.end] in names or before.endswith(
        tuple(filter(None, names))
    )


def _faults(
    part: Written, shapes: Mapping[str, Shape], known: Semantics
) -> Iterator[Diagnostic]:
    document = known.documents[part.place.path]
    for text in part.texts():
        read = parsed(text)
        if read.faults and is_quoted_words(text, part, known.places):
            continue  # Reported as a text.
        if cut := cut_inside(text, part, known.places):
            yield cut
            continue
        for fault in (*read.faults, *field_faults(read, shapes)):
            yield fault.diagnostic(document, (*part.place.loc, *text.keys))


def _unknown(connector: Connector, places: Places) -> Iterator[Diagnostic]:
    """Find names in a prompt that only a chain knows, each reported once."""
    reported: set[str] = set()
    for text in connector.texts():
        for reference in parsed(text).references:
            is_chains = reference.root in ("name", "step", "state", "loop")
            if not is_chains or reference.name in reported:
                continue
            reported.add(reference.name)
            place = Place(connector.place.path, (*connector.place.loc, *text.keys))
            yield UnknownReference.connector(
                shown(reference.spelled),
                shown(connector.name),
                places.part(place, reference.start, reference.end),
                nearest(reference.name, ("payload", "options", "env", "run")),
            )


_REQUEST = ("prompt", "system", "model", "messages", "options")
"""What the `body` of a connection knows of the call that it is made from."""


def _unknown_of_request(connection: Connection, places: Places) -> Iterator[Diagnostic]:
    """Find names that neither a request's body nor its answer has, each reported once."""
    reported: set[str] = set()
    for text in connection.texts():
        known = _REQUEST if text.keys[0] == "body" else ("body",)
        for reference in parsed(text).references:
            name = reference.name
            is_known = reference.root in ("name", "options") and name in known
            if is_known or reference.root == "env" or name in reported:
                continue
            reported.add(name)
            place = Place(connection.place.path, (*connection.place.loc, *text.keys))
            yield UnknownReference.connection(
                shown(reference.spelled),
                str(text.keys[0]),
                places.part(place, reference.start, reference.end),
                known,
                nearest(name, known),
            )
