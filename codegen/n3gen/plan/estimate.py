"""What a chain costs by its plan: its critical path, its time, its calls.

Nothing is known of how long a step takes, so what is weighed is a guess that
says so: where every step of a chain has a timeout, a step weighs that many
seconds; else each weighs 1, as seconds and units cannot be added. A `value` step
weighs nothing. Of an `if` or a `match` the heaviest branch counts, of a loop one
round, of a sub-chain 1 or its timeout, as of any step; `finally` counts, as it always
runs, and an `on_error` clause does not.

The worst case is no guess but a bound, queueing and what a server asks to wait
aside: the timeouts along the way for which their sum is highest, with all tries, the
longest delays between them, all fallbacks, and all rounds of a `while`, or the
chain's own timeout where that is less. A step without a timeout and a `for` have no
bound. Where a chain has `max_parallel`, the work that steps wait for counts too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from n3gen.plan.bounds import Bounds, Calls, ends_of
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.signals import signals_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, For, Spec, Step, While

__all__ = ["Calls", "Estimate", "estimate_chain"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a chain costs.

    `critical_path` are the names along the longest way; those inside a block
    follow it as `block/step`. `critical_nodes` are the nodes of the same way. `in_seconds` says whether `sequential` (one after
    another) and `parallel` (together as far as the plan allows) are seconds, or
    numbers of steps. `worst_case` is in seconds, `None` without a bound.
    `model_calls` counts what `llm` and `connector` steps ask, with their tries and
    rounds of tools, and the fallbacks of steps.
    """

    batches: int
    critical_path: tuple[str, ...]
    critical_nodes: tuple[PlanNode, ...]
    in_seconds: bool
    sequential: float
    parallel: float
    worst_case: float | None
    model_calls: Calls

    @property
    def speed_up(self) -> float:
        """How many times as fast the plan is as its steps one after another."""
        return self.sequential / self.parallel if self.parallel else 1.0


def estimate_chain(
    chain: Chain, plans: Mapping[str, Plan], spec: Spec, deadline: float | None = None
) -> Estimate:
    """The estimate for a chain by the plans of all chains of its spec.

    `deadline` are the seconds that a chain without a timeout of its own has.
    """
    plan = plans[chain.name]
    timeouts = [
        entry.timeout
        for entry in every_entry(chain.steps)
        if isinstance(entry, Step) and entry.takes is None and entry.kind != "stage"
    ]
    in_seconds = bool(timeouts) and None not in timeouts
    way = _weigh(plan, in_seconds=in_seconds)
    bounds = Bounds(plans, spec)
    seconds, calls = bounds.chain(chain)
    if chain.timeout is None and deadline is not None:
        seconds = min(seconds, deadline + _waited(chain, spec))
    return Estimate(
        batches=len(plan.batches),
        critical_path=way.names,
        critical_nodes=way.nodes,
        in_seconds=in_seconds,
        sequential=way.total,
        parallel=max(way.length, way.total / (chain.max_parallel or math.inf)),
        worst_case=None if seconds == math.inf else seconds,
        model_calls=calls,
    )


def _waited(chain: Chain, spec: Spec) -> float:
    """How long the usual deadline of a chain may stand still, as its steps wait."""
    chains = {one.name: one for one in spec.chains}
    waiting = [step for steps in signals_of(chain, chains).values() for step in steps]
    if not waiting:
        return 0.0
    if any(isinstance(entry, For | While) for entry in every_entry(chain.steps)):
        return math.inf  # nobody knows how often
    return sum(math.inf if step.timeout is None else step.timeout for step in waiting)


class _Way(NamedTuple):
    """The longest path through a block, and how long all of its entries take."""

    names: tuple[str, ...]
    nodes: tuple[PlanNode, ...]
    length: float
    total: float


def _weigh(plan: Plan, *, in_seconds: bool) -> _Way:
    ways = [_node(node, in_seconds=in_seconds) for node in plan.nodes]
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
    total = sum(way.total for way in ways)
    longest = _Way(tuple(names), tuple(nodes), max(ends, default=0.0), total)
    return _ended(longest, plan, in_seconds)


def _ended(way: _Way, plan: Plan, in_seconds: bool) -> _Way:
    """The way through a body, and then through what runs last; clauses do not count."""
    for node in plan.endings:
        if not node.entry.has_value:
            last = _node(node, in_seconds=in_seconds)
            way = _Way(
                way.names + last.names,
                way.nodes + last.nodes,
                way.length + last.length,
                way.total + last.total,
            )
    return way


def _node(node: PlanNode, *, in_seconds: bool) -> _Way:
    if isinstance(node.entry, Step) and not node.own_bodies:
        weight = (node.entry.timeout or 0.0) if in_seconds else 1.0
        takes = node.entry.takes
        if takes is not None:
            weight = takes if in_seconds else float(takes > 0)
        way = _Way((node.name,), (node,), weight, weight)
        return way if node.clauses is None else _ended(way, node.clauses, in_seconds)
    inner = [_weigh(body, in_seconds=in_seconds) for body in node.own_bodies]
    if node.is_shell:
        return inner[0]._replace(nodes=(node, *inner[0].nodes))
    heaviest = max(inner, key=lambda way: way.length)
    names = tuple(f"{node.name}/{name}" for name in heaviest.names)
    nodes = (node, *heaviest.nodes)
    return _Way((node.name, *names), nodes, heaviest.length, heaviest.total)
