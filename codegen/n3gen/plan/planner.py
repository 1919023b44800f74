"""The plan of a checked chain: what runs after what, and what together.

The rules of order are in `n3gen.semantics.order`, as the checks need them too; they
hold in every block of steps by itself. A node of the plan is one entry of a block,
a step or a whole block inside it, which runs as its bodies' plans say.

A block without a name is called after its word and its number among the blocks of
that word in its chain, `if_1`, `for_2`: its line would change with every edit above it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from n3gen.names import python_name
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.needs import Schedule
from n3gen.semantics.order import block_order
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import split_body
from n3gen.spec.model import Chain, Entry, Step

__all__ = ["plan_chain"]

_Names = Mapping[int, str]
"""Names of the unnamed blocks of a chain, by the blocks' `id`."""


def plan_chain(chain: Chain) -> Plan:
    """The plan of a chain that has passed the checks of its graph.

    Raises `ValueError` where steps wait for each other, which those checks find.
    """
    return _plan(chain.steps, chain.schedule, dict(_block_names(chain)))


def _plan(
    entries: tuple[Entry, ...],
    schedule: Schedule,
    names: _Names,
    owner: Entry | None = None,
) -> Plan:
    main, clauses = split_body(entries)
    order = block_order(main, schedule, owner)

    def node(entry: Entry, position: int | None = None) -> PlanNode:
        inner = [_plan(body, schedule, names, entry) for body in entry.bodies]
        name = names[id(entry)] if entry.name is None else entry.name
        begun = () if position is None else order.begun[position]
        members = () if position is None else order.members[position]
        return PlanNode(
            entry=entry,
            name=name,
            after=() if position is None else order.after[position],
            bodies=tuple(inner),
            begun=begun,
            members=members,
            count=_count(entry, len(members)),
            is_loose=position in order.loose,
        )

    nodes = tuple(node(main[index], at) for at, index in enumerate(order.sequence))
    endings = tuple(map(node, clauses))
    values = order.values
    is_mapping = len(values) > 1
    if owner is not None and owner.runs_together:
        places = {index: at for at, index in enumerate(order.sequence)}
        values, is_mapping = tuple(places[i] for i in range(len(main))), True
    return Plan(nodes, order.batches, order.regions, values, is_mapping, endings)


def _count(entry: Entry, members: int) -> int | None:
    """How many of so many loose members must have succeeded, where the others have."""
    if not isinstance(entry, Step) or entry.join is None or entry.join.count is None:
        return None
    if not members:
        return None
    return max(entry.join.count - (len(entry.depends_on) - members), 0)


def _block_names(chain: Chain) -> Iterator[tuple[int, str]]:
    """Names for the blocks that have none; no step or loop variable is called the same."""
    taken: set[str] = set()
    for entry in every_entry(chain.steps):
        if entry.name is not None:
            taken.add(python_name(entry.name))
        taken.update(entry.binds)
    counts: Counter[str] = Counter()
    for entry in every_entry(chain.steps):
        if isinstance(entry, Step) or entry.name is not None:
            continue
        if entry.plan_name is not None:
            yield id(entry), entry.plan_name
            continue
        word = entry.word
        counts[word] += 1
        while (name := f"{word}_{counts[word]}") in taken:
            counts[word] += 1
        yield id(entry), name
