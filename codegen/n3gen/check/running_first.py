"""How to let an entry run before another that reads it."""

from __future__ import annotations

from n3gen.check.mends import waiting
from n3gen.check.rules.reference_rules import Way
from n3gen.semantics.tree import Spot, described
from n3gen.semantics.walk import Places
from n3gen.spec.model import Step
from n3gen.spec.values import shown

__all__ = ["way_to_run_first"]


def way_to_run_first(spot: Spot, target: Spot, name: str, places: Places) -> Way:
    """Return what makes `target`, which is called `name`, run before its reader."""
    if spot.block.is_needed(spot.index, target.index):
        return Way(f"`{name}` needs {described(spot.entry)}, so this use has to go")
    if spot.block.parent is not None and spot.block.parent.entry.is_race:
        return Way("make both one contender, in a `do`")
    if isinstance(spot.entry, Step):
        words = f"add `depends_on: [{name}]` to `{shown(spot.entry.name)}`"
        place = spot.entry.place
        document = places.documents[place.path]
        return Way(words, waiting(document, place.loc, target.entry.name))
    order = spot.block.order
    is_later = order is not None and order.precedes(spot.index, target.index)
    if is_later or not spot.entry.parallel:
        return Way(f"move {described(spot.entry)} behind `{name}`")
    return Way(
        f"take `parallel` from {described(spot.entry)}, " f"and move it after `{name}`"
    )
