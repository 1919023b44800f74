"""The fields of payloads that connectors read, and whether the chains that call them have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from n3gen.check.calls import fallback_place
from n3gen.check.finders import finder
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import Parsed, Shape, field_faults
from n3gen.expressions.rules import OtherCallers, UnknownField
from n3gen.semantics.asked import called_connector
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, Connector, Place, Stage, Step
from n3gen.spec.values import shown

__all__ = ["check_connector_payloads"]


class _Call(NamedTuple):
    """A call of a connector in a chain: where it is named, and what its payload is."""

    chain: str
    place: Place
    payload: Shape


@finder
def check_connector_payloads(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields that connectors read, and that the input of a calling chain lacks."""
    calls = {name: list[_Call]() for name in known.connectors}
    for chain in known.spec.chains:
        payload = known.shapes[chain.name].get("payload")
        for name, call in _calls(chain, payload, known) if payload else ():
            if call[::2] not in (one[::2] for one in calls[name][-1:]):
                calls[name].append(call)
    for connector in known.spec.connectors:
        if calls[connector.name] and connector.name not in known.spec.rejected:
            yield from _lacking(connector, calls[connector.name], known)


def _calls(
    chain: Chain, payload: Shape, known: Semantics
) -> Iterator[tuple[str, _Call]]:
    """The calls that the steps of a chain may make, by the connectors' names."""
    staged: dict[int, Shape] = {}
    for entry in every_entry(chain.steps):
        if isinstance(entry, Stage) and entry.parameters:
            # What a stage calls finds its parameters in the payload too.
            fields = {**payload.fields, **{one.key: None for one in entry.parameters}}
            inner = replace(payload, fields=fields)
            staged.update((id(one), inner) for one in every_entry((entry,)))
        if not isinstance(entry, Step):
            continue
        called = called_connector(entry, known.connectors)
        target, shape = entry.place / "target", staged.get(id(entry), payload)
        if called is not None:
            yield called.name, _Call(chain.name, target, shape)
        for fallback in entry.fallback or (called.fallback if called else ()):
            if fallback.connector in known.connectors:
                own = fallback_place(fallback, known.places)
                place = own if entry.fallback else target
                yield fallback.connector, _Call(chain.name, place, shape)


def _lacking(
    connector: Connector, calls: Sequence[_Call], known: Semantics
) -> Iterator[Diagnostic]:
    """Find what one connector reads that a call lacks, once for each expression."""
    reads = [(text, parsed(text)) for text in connector.texts()]
    # Chains of different inputs share a connector, which asks for what only some have.
    asked = {
        reference.path
        for _, read in reads
        for reference in read.references
        if reference.root == "payload" and reference.optional
    }
    for text, read in reads:
        place = Place(connector.place.path, (*connector.place.loc, *text.keys))
        for reference in read.references:
            if reference.root == "payload" and reference.path not in asked:
                one = replace(read, references=(reference,))
                yield from _first(one, place, calls, known)


def _first(
    read: Parsed, place: Place, calls: Sequence[_Call], known: Semantics
) -> Iterator[Diagnostic]:
    """Find the first call in which a read of one reference, in the text at `place`, fails."""
    faults = [
        (call, fault)
        for call in calls
        for fault in field_faults(read, {"payload": call.payload})
    ]
    for call, fault in faults[:1]:
        read_at = known.places.part(place, fault.start, fault.end)
        labels = read_at, known.places.value(call.place, "called here")
        is_top = fault.start == read.references[0].places[0][0]
        others: OtherCallers = "have it" if is_top else "differ"
        if len(faults) == len(calls):
            others = "lack it"
        yield UnknownField.of_caller(fault, shown(call.chain), labels, others)
