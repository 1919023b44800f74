"""Joins that cannot be reached or say nothing, and members that leave their scope."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import chain_finder
from n3gen.check.rules.background_rules import LooseMember
from n3gen.check.rules.join_rules import BackgroundEnds, IdleJoin, UnreachableJoin
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Spot, described
from n3gen.semantics.walk import Places
from n3gen.spec.model import Chain, Step
from n3gen.spec.values import shown

__all__ = ["check_joins"]


@chain_finder
def check_joins(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of `depends_on` with `any`, `count` and `ended`, and of scopes."""
    for chain in known.checked:
        for spot in known.trees[chain.name].spots():
            yield from _scope_faults(spot, known.places)
            if isinstance(spot.entry, Step) and spot.entry.join is not None:
                yield from _join_faults(chain, spot, spot.entry, known.places)


def _scope_faults(spot: Spot, places: Places) -> Iterator[Diagnostic]:
    """What a member of a `parallel` or a `race` cannot have."""
    owner = spot.block.parent
    if owner is None or not owner.entry.runs_together:
        return
    entry, block = spot.entry, described(owner.entry)
    if entry.background:
        label = places.value(entry.place / "background")
        yield LooseMember.background(described(entry), block, label)
    elif isinstance(entry, Step) and entry.join and not owner.entry.is_race:
        label = places.key(entry.place / "depends_on")
        yield LooseMember.join(described(entry), block, label)


def _join_faults(
    chain: Chain, spot: Spot, step: Step, places: Places
) -> Iterator[Diagnostic]:
    own, join = shown(step.name), step.join
    found = len({*step.depends_on})
    if join is not None and join.count is not None and join.count > found:
        label = places.value(step.place / "depends_on" / "count")
        yield UnreachableJoin.of(own, join.count, found, label)
        return
    if join is not None and join.count is None and step.background:
        label = places.value(step.place / "background")
        yield BackgroundEnds.itself(own, label, places.value(step.place / "depends_on"))
    owner = spot.block.parent
    if spot.block.order is None or (owner is not None and owner.entry.runs_together):
        return
    for index, name in enumerate(step.depends_on):
        at = spot.block.indexes.get(name)
        if at is None or at == spot.index or name in step.depends_on[:index]:
            continue
        member = spot.block.entries[at]
        label = places.value(step.named_at(index))
        place = places.name(member.place)
        if join is not None and join.count is None:
            if member.background:
                yield BackgroundEnds.of(own, shown(name), label, place)
        elif not spot.block.order.is_loose(at) and not chain.used:
            yield IdleJoin.of(own, shown(name), label, place)
