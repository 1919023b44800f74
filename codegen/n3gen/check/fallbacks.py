"""Fallbacks: their names and types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from n3gen.check.calls import fallback_place
from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import UnknownName
from n3gen.check.rules.fallback_rules import BadFallback, FallbackType
from n3gen.check.rules.target_rules import BadTarget
from n3gen.diagnostics import Diagnostic, Label
from n3gen.diagnostics.suggest import listed
from n3gen.semantics.asked import model_call
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, all_steps, every_entry
from n3gen.spec.model import (
    Connector,
    ConnectorStep,
    Fallback,
    Place,
    Spec,
    Step,
    TypeRef,
)
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_fallbacks"]

_VECTORS = "vectors"


@finder
def check_fallbacks(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of fallbacks."""
    spec, places = known.spec, known.places
    for connector in spec.connectors:
        yield from _named(connector, connector.name, places)
    yield from _of_other_kinds(spec, places)
    whole = {c.name: c for c in spec.connectors if c.name not in spec.rejected}
    reported: set[Place] = set()
    for step in all_steps(spec):
        failed = step.called
        yield from _named(step, failed, places)
        yield from _types(step, whole, places, reported)


def _label(fallback: Fallback, places: Places) -> Label:
    """A label under the name of a fallback."""
    return places.value(fallback_place(fallback, places))


def _named(
    owner: Connector | Step, failed: str | None, places: Places
) -> Iterator[Diagnostic]:
    """Faults of names; `failed` is the connector that they replace."""
    seen: dict[str, Fallback] = {}
    for fallback in owner.fallback:
        name, label = fallback.connector, _label(fallback, places)
        if "{{" in name or not name.isprintable():
            yield BadTarget.connector(shown(name), label)
        elif name == failed:
            yield BadFallback.itself(shown(name), label)
        elif name in seen:
            first = _label(seen[name], places)
            yield BadFallback.twice(shown(name), label, first)
        seen.setdefault(name, fallback)


def _of_other_kinds(spec: Spec, places: Places) -> Iterator[Diagnostic]:
    """Fallbacks that name something of the spec which is no connector."""
    connectors = {connector.name for connector in spec.connectors}
    shared = {node.name: ("connection", node.place) for node in spec.connections}
    shared |= {chain.name: ("chain", chain.place) for chain in spec.chains}
    for connector in spec.connectors:
        yield from _other_kind(connector, connectors, shared, places)
    for chain in spec.chains:
        steps = [e for e in every_entry(chain.steps) if isinstance(e, Step)]
        known = {**shared, **{step.name: ("step", step.place) for step in steps}}
        called = {step.target for step in steps if isinstance(step, ConnectorStep)}
        called |= connectors
        for step in steps:
            yield from _other_kind(step, called, known, places)


def _other_kind(
    owner: Connector | Step,
    connectors: Set[str | None],
    others: Mapping[str, tuple[str, Place]],
    places: Places,
) -> Iterator[Diagnostic]:
    for fallback in owner.fallback:
        name = fallback.connector
        several = listed(name, connectors, are_all=False)
        if several and name not in connectors:
            label = _label(fallback, places)
            yield UnknownName.of(
                "connector", shown(name), label, None, f"write `{several}`"
            )
        elif name in others and name not in connectors:
            what, place = others[name]
            label = _label(fallback, places)
            at = places.name(place, f"this {what}")
            yield BadFallback.other_kind(shown(name), what, label, at)


def _types(
    step: Step,
    connectors: Mapping[str, Connector],
    places: Places,
    reported: set[Place],
) -> Iterator[Diagnostic]:
    """Find fallbacks of another type than their step's, each place reported once."""
    asked = model_call(step, connectors)
    wanted: TypeRef | str | None = step.output or (asked.output if asked else None)
    if asked is not None and asked.embed is not None:
        wanted = _VECTORS
    elif wanted is None and asked is not None:
        wanted = TypeRef(name="str")
    for fallback in step.fallback or (asked.fallback if asked else ()):
        other = connectors.get(fallback.connector)
        if other is None or wanted is None or fallback.place in reported:
            continue
        gives: TypeRef | str = _VECTORS if other.embed is not None else wanted
        if other.embed is None and wanted == _VECTORS:
            gives = TypeRef(name="str")
        if other.output is not None:
            gives = other.output
        if not _meets(gives, wanted):
            reported.add(fallback.place)
            key = "embed" if other.embed is not None else "output"
            given = places.key(other.place)
            if isinstance(places.data(other.place / key), str):
                given = places.value(other.place / key)
            yield FallbackType.of(
                (shown(other.name), _described(gives)),
                (shown(step.name), _described(wanted)),
                _label(fallback, places),
                given,
            )


def _meets(gives: TypeRef | str, wanted: TypeRef | str) -> bool:
    """Whether what is given can stand for what is wanted."""
    if isinstance(gives, str) or isinstance(wanted, str):
        return gives == wanted or getattr(wanted, "name", "") == "any"
    if wanted.name == "union":
        return gives == wanted or any(_meets(gives, one) for one in wanted.args)
    is_number = (gives.name, wanted.name) == ("int", "float")
    return gives == wanted or wanted.name == "any" or is_number


def _described(given: TypeRef | str) -> str:
    if isinstance(given, str):
        return given
    return "a text" if given.name == "str" else f"`{shown(spelled(given))}`"
