"""Names that the old value of a state hides in an `update`."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import chain_finder
from n3gen.check.rules.state_rules import HiddenByOldValue
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import parse_template
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Spot
from n3gen.spec.model import Entry, Place, StateStep
from n3gen.spec.steps.state import OLD_VALUE
from n3gen.spec.values import shown

__all__ = ["check_old_values"]


@chain_finder
def check_old_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find updates that read `value` where a step or a variable of that name could be meant."""
    for chain in known.checked:
        for spot in known.trees[chain.name].spots():
            if isinstance(spot.entry, StateStep) and spot.entry.update is not None:
                yield from _hiding(known, spot, spot.entry)


def _hiding(known: Semantics, spot: Spot, step: StateStep) -> Iterator[Diagnostic]:
    hidden = _named(spot)
    if hidden is None:
        return
    for text in step.own_texts():
        found = parse_template(text.text).references if OLD_VALUE in text.own else ()
        for reference in found:
            if reference.root in ("name", "step") and reference.name == OLD_VALUE:
                place = Place(step.place.path, (*step.place.loc, *text.keys))
                label = known.places.part(place, reference.start, reference.end)
                there = known.places.name(hidden.place, "this cannot be read there")
                yield HiddenByOldValue.of(shown(step.state_name), label, there)
                return


def _named(spot: Spot) -> Entry | None:
    """What stands before a step, or binds a variable around it, by the name of old values."""
    if OLD_VALUE in spot.block.variables:
        return spot.block.variables[OLD_VALUE]
    found = spot.block.lookup(OLD_VALUE)
    if found is None or any(found.entry is one.entry for one in spot.upward()):
        return None
    is_later = found.block is spot.block and found.index > spot.index
    return None if is_later else found.entry
