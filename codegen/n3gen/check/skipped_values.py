"""Values of steps that may be skipped, printed into texts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.none_causes import (
    NoneCause,
    NoneCauses,
    unsure_names,
    why_skipped,
)
from n3gen.check.printed_names import Printed, passed_names, printed_names
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.diagnostics import Diagnostic, Label
from n3gen.expressions import parse_expression
from n3gen.semantics.asked import called_connector
from n3gen.semantics.guards import is_condition
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import Places
from n3gen.spec.model import Connector, Entry, For, Step
from n3gen.spec.values import shown

__all__ = ["check_skipped_values"]

_Options = Mapping[str, Mapping[str, Printed]]
"""By the names of connectors: the options that their texts print, and where."""


@chain_finder
def check_skipped_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts that print the value of a step which may be skipped."""
    options = {one.name: _printed_options(one) for one in known.spec.connectors}
    for chain in known.checked:
        causes = NoneCauses.of(chain, known)
        conditions = _Conditions()
        for spot in known.trees[chain.name].spots():
            unsure = unsure_names(spot)
            if causes.are_none and not unsure:
                continue
            found = ((printed, ()) for printed in printed_names(spot.entry))
            passed = _passed(spot.entry, options, known)
            for printed, places in (*found, *passed):
                cause = _cause(printed, causes, spot, unsure)
                if cause and not conditions.require(printed, cause.entry, spot):
                    yield _prints_none(printed, cause, known.places, *places)
        for printed in printed_names(chain):
            cause = _cause(printed, causes, None, {})
            if cause is not None:
                yield _prints_none(printed, cause, known.places)


def _cause(
    printed: Printed,
    causes: NoneCauses,
    spot: Spot | None,
    unsure: Mapping[str, Entry],
) -> NoneCause | None:
    """Why what is printed may be none, unless the text asks for what makes it so."""
    name, part = printed.name, printed.part
    variables = spot.block.variables if spot is not None else {}
    if name in variables:
        loop = variables[name]
        if part or not isinstance(loop, For) or loop.variable != name:
            return None
        items = parse_expression(loop.items).tree
        if isinstance(items, nodes.List):
            return _cause_of_items(name, items, causes, spot, unsure)
        name, part = loop.items.strip(), "[]"
    found = causes.part_cause(name, part) if part else None
    if not part:
        found = causes.cause(name, spot, unsure)
    return None if found and found.entry.name in printed.asked else found


def _cause_of_items(
    variable: str,
    items: nodes.List,
    causes: NoneCauses,
    spot: Spot | None,
    unsure: Mapping[str, Entry],
) -> NoneCause | None:
    """Why an item of a list that a loop writes out may be none: a step that is skipped."""
    for item in items.items:
        if isinstance(item, nodes.Name):
            found = causes.cause(item.name, spot, unsure)
            if found is not None and found.is_skipped:
                why, there = why_skipped(variable, found.entry, causes.places)
                return found._replace(why=why, there=there)
    return None


def _printed_options(connector: Connector) -> Mapping[str, Printed]:
    return {
        printed.name.removeprefix("options."): printed
        for printed in printed_names(connector)
        if printed.name.startswith("options.")
    }


def _passed(
    entry: Entry, options: _Options, known: Semantics
) -> Iterator[tuple[Printed, tuple[Label]]]:
    """The names that a step passes to a connector which prints them, and where it does."""
    called = (
        called_connector(entry, known.connectors) if isinstance(entry, Step) else None
    )
    for option, there in (options[called.name] if called is not None else {}).items():
        label = known.places.part(there.place, there.start, there.end)
        for passed in passed_names(entry, option):
            yield passed, (Label(label.file, label.span, "printed here"),)


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What the conditions of entries read and say, worked out once for each entry."""

    known: dict[Spot, tuple[Set[str], Set[str]]] = field(
        default_factory=dict[Spot, tuple[Set[str], Set[str]]]
    )

    def require(self, printed: Printed, cause: Entry, spot: Spot) -> bool:
        """Whether what runs at `spot` runs only where what it prints is not none."""
        own = cause.when if isinstance(cause, Step) else None
        is_passed = cause.name != printed.name
        for above in spot.upward():
            names, texts = self._of(above)
            if printed.name in names or own in texts:
                return True
            if is_passed and (cause.name in names or above.entry is cause):
                return True
        return False

    def _of(self, spot: Spot) -> tuple[Set[str], Set[str]]:
        """The names that the conditions of an entry read, and the conditions themselves."""
        if spot not in self.known:
            found = [text for text in spot.entry.texts() if is_condition(text)]
            names = {read.name for text in found for read in parsed(text).references}
            self.known[spot] = names, {text.text.strip() for text in found}
        return self.known[spot]


def _prints_none(
    printed: Printed, cause: NoneCause, places: Places, *printed_at: Label
) -> Diagnostic:
    label = places.part(printed.place, printed.start, printed.end)
    if cause.instead:
        there = cause.there, *printed_at
        return MayBeNone.empty(
            shown(printed.name), cause.why, label, there, cause.instead
        )
    name = shown(printed.name + printed.part)
    if printed.part == "[]":
        name = shown(printed.name)
        way_out = f"{name} | reject('none')"
        return PrintsNone.round(name, cause.why, label, cause.there, way_out)
    return PrintsNone.of(name, cause.why, label, cause.there, *printed_at)
