"""When a node runs: the ways out of branching nodes that lead to it.

Dify runs a node as soon as all edges that lead to it are decided and one of them is
taken. So a node runs where one of several alternatives holds, each of which is a set of
ways that were taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from n3gen.importers.dify.app import Edge, Node

__all__ = ["ALWAYS", "Alternatives", "Way", "alternatives", "in_order"]

Way = tuple[str, str]
"""A node that branches, and the way out of it."""

Alternatives = frozenset[frozenset[Way]]

ALWAYS: Alternatives = frozenset([frozenset[Way]()])

_MOST = 24
"""How many alternatives are distinguished at most."""


def in_order(
    roots: Iterable[str], nodes: Sequence[Node], edges: Iterable[Edge]
) -> tuple[list[Node], list[Node]]:
    """The nodes that can be reached in an order in which they may run; and circles.

    The order is that of the file where the edges leave a choice.
    """
    after: dict[str, list[str]] = {}
    for edge in edges:
        after.setdefault(edge.source, []).append(edge.target)
    reached: set[str] = set()
    pending = list(roots)
    while pending:
        name = pending.pop()
        if name not in reached:
            reached.add(name)
            pending += after.get(name, [])
    waits = {
        node.id: {
            e.source for e in edges if e.target == node.id and e.source in reached
        }
        for node in nodes
        if node.id in reached
    }
    done: dict[str, Node] = {}
    left = [node for node in nodes if node.id in reached]
    while left:
        ready = next((one for one in left if waits[one.id] <= done.keys()), None)
        if ready is None:
            return list(done.values()), left
        left.remove(ready)
        done[ready.id] = ready
    return list(done.values()), []


def alternatives(
    nodes: Sequence[Node],
    incoming: Mapping[str, Sequence[Edge]],
    ways_of: Callable[[Node], tuple[str, ...]],
) -> dict[str, Alternatives]:
    """The alternatives of each node of a body, given in an order in which they may run."""
    known = {node.id: node for node in nodes}
    all_ways = {node.id: ways_of(node) for node in nodes}
    found: dict[str, Alternatives] = {}
    for node in nodes:
        edges = [edge for edge in incoming.get(node.id, ()) if edge.source in known]
        if not edges:
            found[node.id] = ALWAYS
            continue
        given: set[frozenset[Way]] = set()
        for edge in edges:
            ways = all_ways[edge.source]
            taken = {(edge.source, edge.handle)} if len(ways) > 1 else set[Way]()
            given |= {one | taken for one in found[edge.source]}
        found[node.id] = _simple(given, all_ways)
    return found


def _simple(
    given: set[frozenset[Way]], all_ways: Mapping[str, tuple[str, ...]]
) -> Alternatives:
    """The alternatives without those that others say, and without choices that are none."""
    found = _distinct(given)
    merged = True
    while merged and len(found) <= _MOST:
        merged = False
        for name in sorted({way[0] for one in found for way in one}):
            joined = _joined(found, name, all_ways[name])
            if joined != found:
                found, merged = _distinct(joined), True
    return frozenset(found)


def _joined(
    found: set[frozenset[Way]], name: str, ways: tuple[str, ...]
) -> set[frozenset[Way]]:
    """Replace alternatives that are there for each way out of a node."""
    rests: dict[frozenset[Way], set[str]] = {}
    for one in found:
        for way in one:
            if way[0] == name:
                rests.setdefault(one - {way}, set()).add(way[1])
    result = set(found)
    for rest, taken in rests.items():
        if set(ways) <= taken:
            result -= {rest | {(name, way)} for way in taken}
            result.add(rest)
    return result


def _distinct(found: set[frozenset[Way]]) -> set[frozenset[Way]]:
    return {one for one in found if not any(other < one for other in found)}
