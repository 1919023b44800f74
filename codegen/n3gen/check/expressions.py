"""Takes the texts of chains and connectors; hands on what is wrong inside of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from n3gen.check.graph_rules import UnknownReference
from n3gen.check.shapes import shapes_of
from n3gen.check.texts import Written, parsed
from n3gen.check.walk import Places, every_entry
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.expressions import Shape, field_faults
from n3gen.spec.model import Chain, Connection, Connector, Place, Spec
from n3gen.spec.values import shown
from n3gen.syntax.document import Document

__all__ = ["check_connectors", "check_expressions"]


def check_expressions(
    chain: Chain, spec: Spec, documents: Mapping[str, Document]
) -> list[Diagnostic]:
    """Expressions of a chain that do not parse, call what is not there, or misread a type."""
    shapes = shapes_of(chain, spec)
    parts: list[Written] = [*every_entry(chain.steps), chain]
    return [fault for part in parts for fault in _faults(part, shapes, documents)]


def check_connectors(spec: Spec, documents: Mapping[str, Document]) -> list[Diagnostic]:
    """The same for a spec's connectors and connections, and what they cannot know."""
    found: list[Diagnostic] = []
    for connector in spec.connectors:
        found += _faults(connector, {}, documents)
        found += _unknown(connector, Places(documents))
    for connection in spec.connections:
        found += _faults(connection, {}, documents)
        found += _unknown_of_request(connection, Places(documents))
    return found


def _faults(
    part: Written, shapes: Mapping[str, Shape], documents: Mapping[str, Document]
) -> Iterator[Diagnostic]:
    document = documents[part.place.path]
    for text in part.texts():
        read = parsed(text)
        for fault in (*read.faults, *field_faults(read, shapes)):
            yield fault.diagnostic(document, (*part.place.loc, *text.keys))


def _unknown(connector: Connector, places: Places) -> Iterator[Diagnostic]:
    """Names in a prompt that only a chain knows; each is told once."""
    told: set[str] = set()
    for text in connector.texts():
        for reference in parsed(text).references:
            is_chains = reference.root in ("name", "step", "state")
            if not is_chains or reference.name in told:
                continue
            told.add(reference.name)
            place = Place(connector.place.path, (*connector.place.loc, *text.keys))
            yield UnknownReference.connector(
                shown(reference.name),
                shown(connector.name),
                places.part(place, reference.start, reference.end),
                nearest(reference.name, ("payload", "options", "env", "run")),
            )


_REQUEST = ("prompt", "system", "model", "messages", "options")
"""What the `body` of a connection knows of the call that it is made from."""


def _unknown_of_request(connection: Connection, places: Places) -> Iterator[Diagnostic]:
    """Names that neither a request's body nor the answer to it has; each is told once."""
    told: set[str] = set()
    for text in connection.texts():
        known = _REQUEST if text.keys[0] == "body" else ("body",)
        for reference in parsed(text).references:
            name = reference.name
            is_known = reference.root in ("name", "options") and name in known
            if is_known or reference.root == "env" or name in told:
                continue
            told.add(name)
            place = Place(connection.place.path, (*connection.place.loc, *text.keys))
            spelled = f"run.{name}" if reference.root == "run" else name
            yield UnknownReference.connection(
                shown(spelled),
                str(text.keys[0]),
                places.part(place, reference.start, reference.end),
                known,
                nearest(name, known),
            )
