"""Options that nothing reads: the step calls nothing, or a connector without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from n3gen.check.connector_options import needed_options, slips
from n3gen.check.finders import chain_finder
from n3gen.check.rules.option_rules import IdleOption
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.asked import called_connector
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import (
    ChainStep,
    Connector,
    ConnectorStep,
    HttpStep,
    ModelStep,
    PythonStep,
    Step,
)
from n3gen.spec.values import shown

__all__ = ["check_idle_options"]


@chain_finder
def check_idle_options(known: Semantics) -> Iterator[Diagnostic]:
    """Find options of steps that nothing reads."""
    read = {name: _read(one) for name, one in known.connectors.items()}
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        for step in every_entry(chain.steps):
            if isinstance(step, Step) and step.options and not step.fallback:
                yield from _idle(step, read, known)


def _read(connector: Connector) -> Set[str] | None:
    """The options that a connector reads; `None` where it may be any."""
    found: set[str] = set()
    for text in connector.texts():
        for read in parsed(text).references:
            if read.root == "options":
                if not read.path:
                    return None
                found.add(read.path[0])
    return None if connector.fallback else found


def _unread(
    step: Step, called: Connector, options: Set[str], places: Places
) -> Iterator[Diagnostic]:
    """Find options of a step of which the connector reads others."""
    reported = slips(step, needed_options(called, places)).values()
    meant = {given: option for option, given in slips(step, options).items()}
    for option in step.options:
        if option not in options and option not in reported:
            label = places.key(step.place / "options" / option)
            names = shown(called.name), shown(option)
            yield IdleOption.of(*names, label, meant.get(option))


def _idle(
    step: Step, read: Mapping[str, Set[str] | None], known: Semantics
) -> Iterator[Diagnostic]:
    places, name = known.places, shown(step.name)
    called = called_connector(step, known.connectors)
    if called is not None and called.name not in known.spec.rejected:
        options = read[called.name]
        if options is not None:
            yield from _unread(step, called, options, places)
        return
    label = places.key(step.place / "options")
    match step:
        case ModelStep() | ConnectorStep():
            return
        case PythonStep() if step.with_ is None:
            return
        case PythonStep():
            way_out = "give the function what it needs under `with:`"
        case ChainStep():
            way_out = "give the chain its input under `payload:`"
        case HttpStep():
            way_out = (
                "a request is made of `url`, `method`, `headers`, `query` and `json`"
            )
        case _:
            way_out = "remove them, or give them to the step that they are meant for"
    yield IdleOption.all_of(name, way_out, label)
