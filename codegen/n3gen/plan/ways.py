"""The longest way through a chain: how much each step of it weighs, and where it leads.

Of a race the contenders that end first count, as many as must succeed; a `within` takes
no longer than its deadline; of other blocks the heaviest body counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from n3gen.plan.bounds import ends_of
from n3gen.plan.expected import Given
from n3gen.plan.model import Plan, PlanNode
from n3gen.registration import Forms
from n3gen.spec.model import Block, ChainStep, Step

__all__ = ["BLOCK_WAYS", "BlockWay", "Scale", "Way", "WayBody", "way_through"]


class Way(NamedTuple):
    """The longest path through a block, and how long all of its entries take.

    `work` is the part of all that counts for `max_parallel`.
    """

    names: tuple[str, ...] = ()
    nodes: tuple[PlanNode, ...] = ()
    length: float = 0.0
    total: float = 0.0
    work: float = 0.0

    def then(self, last: Way) -> Way:
        """This way, and another one behind it."""
        return Way(
            self.names + last.names,
            self.nodes + last.nodes,
            self.length + last.length,
            self.total + last.total,
            self.work + last.work,
        )

    def times(self, rounds: int, at_once: int) -> Way:
        """So many rounds of this way, of which some run at once."""
        return self.working(self.length * -(-rounds // at_once), rounds)

    def working(self, length: float, times: float) -> Way:
        """This way in so long a time, with so many times all of its work."""
        return self._replace(
            length=length, total=self.total * times, work=self.work * times
        )


class WayBody(NamedTuple):
    """The way through a body as a whole, and through each of its members."""

    whole: Way
    members: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """What steps weigh: seconds where `in_seconds` says so, or units.

    A step that holds others weighs as much as its longest way; `work` says what comes
    of all of them, else it is the weight, and nothing for a step that waits. `given` says how many rounds loops have, where the weights are those of a guess.
    """

    weigh: Callable[[Step], float]
    in_seconds: bool
    given: Given | None = None
    work: Callable[[Step], float] | None = None

    def step(self, step: Step) -> tuple[float, float, float]:
        """How long a step takes, how long all in it takes, and what of that is work."""
        weight = self.weigh(step)
        holds = isinstance(step, ChainStep)
        if self.work is not None:
            work = self.work(step)
        else:
            work = weight if holds or step.takes_slot else 0.0
        return weight, max(weight, work), work

    def most(self, seconds: float) -> float:
        """A bound of seconds, which units do not have."""
        return seconds if self.in_seconds else math.inf


BlockWay = Callable[[Any, str, Sequence[WayBody], Scale], Way]
"""Says how one gets through a block, by its node, its name and its bodies."""

BLOCK_WAYS: Forms[type[Block], BlockWay] = Forms("n3gen.plan.blocks")
"""The ways through those blocks that are not just that through their heaviest body."""


def way_through(plan: Plan, scale: Scale) -> Way:
    """The longest way through a plan, with what runs last."""
    return _body(plan, scale).whole


def _body(plan: Plan, scale: Scale) -> WayBody:
    ways = tuple(_node(node, scale) for node in plan.nodes)
    ends = ends_of(plan, [way.length for way in ways])
    hops = ends_of(plan, [1.0] * len(ways))

    def latest(indexes: Iterable[int]) -> int | None:
        # Of several that end together the one that most had to run before.
        return max(indexes, key=lambda i: (ends[i], hops[i], -i), default=None)

    passed: list[int] = []
    at = latest(range(len(ways)))
    while at is not None:
        passed.append(at)
        at = latest(plan.nodes[at].awaited(ends))
    names = [name for at in reversed(passed) for name in ways[at].names]
    nodes = [node for at in reversed(passed) for node in ways[at].nodes]
    total, work = sum(way.total for way in ways), sum(way.work for way in ways)
    longest = Way(tuple(names), tuple(nodes), max(ends, default=0.0), total, work)
    return WayBody(_ended(longest, plan, scale), ways)


def _ended(way: Way, plan: Plan, scale: Scale) -> Way:
    """The way through a body, and then through what runs last; clauses do not count."""
    for node in plan.endings:
        if not node.entry.has_value:
            way = way.then(_node(node, scale))
    return way


def _node(node: PlanNode, scale: Scale) -> Way:
    entry = node.entry
    if isinstance(entry, Step) and not node.own_bodies:
        way = Way((node.name,), (node,), *scale.step(entry))
        return way if node.clauses is None else _ended(way, node.clauses, scale)
    bodies = [_body(body, scale) for body in node.own_bodies]
    form = BLOCK_WAYS.get(type(entry)) if isinstance(entry, Block) else None
    if form is not None:
        found = form(entry, node.name, bodies, scale)
    else:
        found = max((body.whole for body in bodies), key=lambda way: way.length)
    if node.is_shell:
        return found._replace(nodes=(node, *found.nodes))
    names = tuple(f"{node.name}/{name}" for name in found.names)
    return found._replace(names=(node.name, *names), nodes=(node, *found.nodes))
