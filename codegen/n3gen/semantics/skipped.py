"""The names whose values are none where a step is skipped or no branch is taken."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.semantics.reads import references_of
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, Entry, If, Match, Step

__all__ = ["maybe_absent", "maybe_replaced", "maybe_skipped", "needed_by"]


def maybe_skipped(chain: Chain) -> Mapping[str, Entry]:
    """The steps that may be skipped and the blocks that may take no branch, by name."""
    return {
        entry.name: entry
        for entry in every_entry(chain.steps)
        if entry.name is not None and _may_be_skipped(entry)
    }


def maybe_replaced(chain: Chain) -> frozenset[str]:
    """The names that a block gives, one of whose bodies has clauses that may run instead."""
    return frozenset(
        name
        for entry in every_entry(chain.steps)
        if any(
            inner.is_ending and inner.has_value
            for body in entry.bodies
            for inner in body
        )
        for name in entry.gives
    )


def needed_by(step: Step, spot: Spot) -> list[Entry]:
    """Return the entries that the step at `spot` depends on or reads."""
    found: dict[int, Entry] = {}
    for name in (*step.depends_on, *sorted(references_of(step))):
        known = None if name in spot.block.variables else spot.block.lookup(name)
        if known is not None and known.entry is not step:
            found[id(known.entry)] = known.entry
    return list(found.values())


def maybe_absent(chain: Chain) -> Mapping[str, tuple[Entry, Step]]:
    """The entries that may end without a value, by name, each with the step that allows it.

    That is one that cancels them, or one that does not need all of them to succeed.
    """
    entries = {e.name: e for e in every_entry(chain.steps) if e.name is not None}
    found: dict[str, tuple[Entry, Step]] = {}
    for step in every_entry(chain.steps):
        if not isinstance(step, Step):
            continue
        members = () if step.join is None else step.depends_on
        for name in (step.cancelled, *members):
            if name is not None and name in entries:
                found.setdefault(name, (entries[name], step))
    return found


def _may_be_skipped(entry: Entry) -> bool:
    if isinstance(entry, Step):
        return entry.may_be_skipped
    return isinstance(entry, If | Match) and entry.otherwise is None
