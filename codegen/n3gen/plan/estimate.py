"""Takes the plan of a chain; hands on what it costs: its longest way, its time, its calls.

Nothing is known of how long a step takes, so what is weighed is a guess that
says so: where every step of a chain has a timeout, a step weighs that many
seconds; else each weighs 1, as seconds and units cannot be added. A `value` step
weighs nothing. Of an `if` or a `match` the heaviest branch counts, of a loop one
round, of a sub-chain 1 or its timeout, as of any step.

The worst case is no guess but a bound, queueing aside: the timeouts along the way
for which their sum is highest, with all rounds of a `while`, or the chain's own
timeout where that is less. A step without a timeout and a `for` have no bound.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from n3gen.check.texts import references_of
from n3gen.check.walk import every_entry
from n3gen.plan.model import Plan, PlanNode
from n3gen.spec.model import Chain, For, If, Match, Spec, Step, While

__all__ = ["Calls", "Estimate", "estimate_chain"]


class Calls(NamedTuple):
    """How many calls there are at least and at most; `most` is `None` without a bound."""

    least: int = 0
    most: int | None = 0

    def plus(self, other: Calls) -> Calls:
        """Both, one after the other."""
        unbounded = self.most is None or other.most is None
        most = None if unbounded else (self.most or 0) + (other.most or 0)
        return Calls(self.least + other.least, most)

    def times(self, least: int, most: int | None) -> Calls:
        """As many as rounds take, of which there are at least and at most so many."""
        if self.most == 0:
            return self
        bounded = self.most is not None and most is not None
        return Calls(
            self.least * least, (self.most or 0) * (most or 0) if bounded else None
        )


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a chain costs.

    `critical_path` are the names along the longest way; those inside a block
    follow it as `block/step`. `in_seconds` says whether `sequential` (one after
    another) and `parallel` (together as far as the plan allows) are seconds, or
    numbers of steps. `worst_case` is in seconds, `None` without a bound.
    `model_calls` counts `llm` and `connector` steps.
    """

    batches: int
    critical_path: tuple[str, ...]
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
        if isinstance(entry, Step) and entry.kind != "value"
    ]
    in_seconds = bool(timeouts) and None not in timeouts
    way = _weigh(plan, in_seconds=in_seconds)
    bounds = _Bounds(plans, spec)
    seconds, calls = bounds.chain(chain)
    if chain.timeout is None and deadline is not None:
        seconds = min(seconds, deadline)
    return Estimate(
        batches=len(plan.batches),
        critical_path=way.names,
        in_seconds=in_seconds,
        sequential=way.total,
        parallel=way.length,
        worst_case=None if seconds == math.inf else seconds,
        model_calls=calls,
    )


class _Way(NamedTuple):
    """The longest way through a block, and how long all that stands in it takes."""

    names: tuple[str, ...]
    length: float
    total: float


def _weigh(plan: Plan, *, in_seconds: bool) -> _Way:
    ways = [_node(node, in_seconds=in_seconds) for node in plan.nodes]
    ends = _longest(plan, [way.length for way in ways])
    hops = _longest(plan, [1.0] * len(ways))

    def latest(indexes: Iterable[int]) -> int | None:
        # Of several that end together the one that most had to run before.
        return max(indexes, key=lambda i: (ends[i], hops[i], -i), default=None)

    passed: list[int] = []
    at = latest(range(len(ways)))
    while at is not None:
        passed.append(at)
        at = latest(plan.nodes[at].after)
    names = [name for at in reversed(passed) for name in ways[at].names]
    total = sum(way.total for way in ways)
    return _Way(tuple(names), max(ends, default=0.0), total)


def _node(node: PlanNode, *, in_seconds: bool) -> _Way:
    if isinstance(node.entry, Step):
        weight = (node.entry.timeout or 0.0) if in_seconds else 1.0
        weight = 0.0 if node.entry.kind == "value" else weight
        return _Way((node.name,), weight, weight)
    inner = [_weigh(body, in_seconds=in_seconds) for body in node.bodies]
    heaviest = max(inner, key=lambda way: way.length)
    names = tuple(f"{node.name}/{name}" for name in heaviest.names)
    return _Way((node.name, *names), heaviest.length, heaviest.total)


def _longest(plan: Plan, lengths: Sequence[float]) -> list[float]:
    """When each node ends at the earliest, from the start of the block."""
    ends: list[float] = []
    for node, length in zip(plan.nodes, lengths, strict=True):
        ends.append(max((ends[i] for i in node.after), default=0.0) + length)
    return ends


class _Bounds:
    """The longest time in seconds, `inf` without a bound, and the calls, of all chains."""

    def __init__(self, plans: Mapping[str, Plan], spec: Spec) -> None:
        self.plans = plans
        self.chains = {chain.name: chain for chain in spec.chains}
        self.known: dict[str, tuple[float, Calls]] = {}

    def chain(self, chain: Chain) -> tuple[float, Calls]:
        if chain.name not in self.known:
            seconds, calls = self._plan(self.plans[chain.name])
            timeout = math.inf if chain.timeout is None else chain.timeout
            self.known[chain.name] = min(seconds, timeout), calls
        return self.known[chain.name]

    def _plan(self, plan: Plan) -> tuple[float, Calls]:
        bounds = [self._node(node) for node in plan.nodes]
        ends = _longest(plan, [seconds for seconds, _ in bounds])
        calls = Calls()
        for _, more in bounds:
            calls = calls.plus(more)
        return max(ends, default=0.0), calls

    def _node(self, node: PlanNode) -> tuple[float, Calls]:
        if isinstance(node.entry, Step):
            return self._step(node.entry)
        bodies = [self._plan(body) for body in node.bodies]
        seconds, calls = bodies[0]
        match node.entry:
            case While() as loop:
                least = 1 if _reads_body(loop) else 0
                return seconds * loop.max, calls.times(least, loop.max)
            case For():
                bound = math.inf if seconds else 0.0
                return bound, calls.times(0, None)
            case If() | Match() as choice:
                every = [calls for _, calls in bodies]
                if choice.otherwise is None:
                    every.append(Calls())
                return max(seconds for seconds, _ in bodies), _either(every)

    def _step(self, step: Step) -> tuple[float, Calls]:
        given = [] if step.timeout is None else [step.timeout]
        calls = Calls(1, 1) if step.kind in ("llm", "connector") else Calls()
        if step.kind == "value":
            given.append(0.0)
        elif step.kind == "chain" and step.target in self.chains:
            seconds, calls = self.chain(self.chains[step.target])
            given.append(seconds)
        if step.when is not None:
            calls = Calls(0, calls.most)
        return min(given, default=math.inf), calls


def _either(calls: Sequence[Calls]) -> Calls:
    """One of several."""
    most = [count.most for count in calls]
    bounded = [count for count in most if count is not None]
    least = min(count.least for count in calls)
    return Calls(least, max(bounded) if len(bounded) == len(most) else None)


def _reads_body(loop: While) -> bool:
    """Whether a condition reads its own body, so that the first round runs unasked."""
    own = {entry.name for entry in loop.steps}
    return bool(own & references_of(loop))
