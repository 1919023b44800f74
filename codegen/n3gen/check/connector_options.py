"""The options that connectors read, and whether the steps that call them give them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from n3gen.check.calls import fallback_place
from n3gen.check.finders import finder
from n3gen.check.rules.option_rules import MissingOption
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.semantics.asked import called_connector
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Connector, ConnectorStep, ModelStep, Place, Step
from n3gen.spec.values import shown

__all__ = ["check_connector_options", "needed_options", "slips"]


@finder
def check_connector_options(known: Semantics) -> Iterator[Diagnostic]:
    """Find steps that do not give an option which the connector that they call reads."""
    rejected = known.spec.rejected
    needed = {
        name: needs
        for name, connector in known.connectors.items()
        if name not in rejected and (needs := needed_options(connector, known.places))
    }
    for chain in known.spec.chains if needed else ():
        if chain.name in rejected:
            continue
        for step in every_entry(chain.steps):
            # What stands under `with` by mistake is reported.
            if isinstance(step, Step) and not _gives_arguments(step):
                yield from _missing(step, needed, known)


def slips(step: Step, options: Iterable[str]) -> dict[str, str]:
    """What a step gives in place of some of the `options` that are read, by these."""
    unread = sorted({*options} - {*step.options})
    found = {nearest(one, unread): one for one in step.options if one not in options}
    return {meant: given for meant, given in found.items() if meant is not None}


def _gives_arguments(step: Step) -> bool:
    return isinstance(step, ConnectorStep) and step.with_ is not None


def needed_options(connector: Connector, places: Places) -> Mapping[str, Label]:
    """The options that a connector cannot do without, with the places where it reads them."""
    found: dict[str, Label] = {}
    for text in connector.texts():
        for read in parsed(text).references:
            if read.root == "options" and read.path and not read.optional:
                place = Place(connector.place.path, (*connector.place.loc, *text.keys))
                start, end = read.start, read.places[0][1]
                found.setdefault(read.path[0], places.part(place, start, end))
    return found


def _missing(
    step: Step, needed: Mapping[str, Mapping[str, Label]], known: Semantics
) -> Iterator[Diagnostic]:
    called = called_connector(step, known.connectors)
    places = known.places
    targets: list[tuple[str, Label]] = []
    if called is not None:
        targets.append((called.name, places.value(step.place / "target")))
    fallbacks = step.fallback or (called.fallback if called is not None else ())
    for fallback in fallbacks:
        place = fallback_place(fallback, places)
        if not step.fallback:
            place = step.place / "target"
        targets.append((fallback.connector, places.value(place)))
    is_model = isinstance(step, ModelStep)
    given = set[str]() if is_model else set(step.options)
    reported: set[str] = set()
    for name, label in targets:
        slipped = {} if is_model else slips(step, needed.get(name, {}))
        for option, read in needed.get(name, {}).items():
            if option in given or option in reported:
                continue
            reported.add(option)
            names = shown(step.name), shown(name), shown(option)
            if option in slipped:
                there = places.key(step.place / "options" / slipped[option])
                yield MissingOption.slip(*names, there, read)
                continue
            word = MissingOption.never if is_model else MissingOption.of
            yield word(*names, label, read)
