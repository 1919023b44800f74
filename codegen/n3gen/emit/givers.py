"""The entries that give the names of a chain."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.plan.model import PlanNode
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import Chain, Entry

__all__ = ["giver", "names_of", "results_of"]


def names_of(chain: Chain) -> Iterator[str]:
    """The names of a chain that get variables."""
    for entry in every_entry(chain.steps):
        yield from entry.binds
        if entry.name:
            yield entry.name


def giver(entry: Entry, name: str) -> Entry:
    """The entry that has a name: the one itself, or the first inside it."""
    while name != entry.name and name not in entry.facts:
        body = entry.bodies[0]
        entry = body[known_after(body)[name]]
    return entry


def results_of(
    node: PlanNode, given: tuple[str, ...], result: str, *, is_used: bool
) -> dict[str, str]:
    """How the names of a member of a group are read from its result."""
    names = (node.name, *given) if is_used or not given else given
    if len(names) == 1:
        return {names[0]: result}
    return {known: f"{result}[{index}]" for index, known in enumerate(names)}
