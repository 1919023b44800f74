"""What a chain costs by its plan: its critical path, its time, its calls.

Nothing is known of how long a step takes, so what is weighed is a guess that
says so. Where times of calls are given, steps weigh what is expected of them. Else,
where every step of a chain has a timeout, a step weighs that many seconds; where some
wait for a time that is known, the others weigh a second beside them; and else each
weighs 1. A `value` step weighs nothing. Of an `if` or a `match` the heaviest branch
counts, of a race the contenders that end first, of a loop one round or those that are
given, of a sub-chain 1 or its timeout, as of any step; `finally` counts, as it always
runs, and an `on_error` clause does not.

The worst case is no guess but a bound, where nothing else takes permits of the same
limits, and rates and what a server asks to wait aside: the timeouts along the way for
which their sum is highest, with all tries, the longest delays between them, all
fallbacks, and all rounds of a `while`, or the chain's own timeout where that is less. A
step without a timeout and a `for` have no
bound. Where the steps of a chain may take all permits of a limit, or all that its
`max_parallel` lets work, what others of them wait for counts too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from n3gen.plan.bounds import Calls
from n3gen.plan.expectations import Expectations
from n3gen.plan.expected import Given
from n3gen.plan.model import Plan, PlanNode
from n3gen.plan.queues import QueuedBounds
from n3gen.plan.ways import Scale, way_through
from n3gen.semantics.signals import signals_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, For, Spec, Step, While

__all__ = ["Calls", "Estimate", "Late", "estimate_chain"]

_ROUGHLY: Final = Given({"": 1.0})
"""The guess that each call takes a second, beside waits whose time is known."""


@dataclass(frozen=True, slots=True)
class Late:
    """A chain that is expected to take longer than it may, in seconds."""

    expected: float
    deadline: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a chain costs.

    `critical_path` are the names along the longest way; those inside a block
    follow it as `block/step`. `critical_nodes` are the nodes of the same way.
    `in_seconds` says whether `sequential` (one after another) and `parallel` (together
    as far as the plan allows) are seconds, or numbers of steps; `weighed` what the
    seconds are of. `worst_case` is in seconds, `None` without a bound. A chain that is
    `late` times out whenever it takes as long as is expected.
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
    weighed: str = ""
    late: Late | None = None

    @property
    def speed_up(self) -> float:
        """How many times as fast the plan is as its steps one after another."""
        return self.sequential / self.parallel if self.parallel else 1.0


def estimate_chain(
    chain: Chain,
    plans: Mapping[str, Plan],
    spec: Spec,
    deadline: float | None = None,
    given: Given | None = None,
) -> Estimate:
    """The estimate for a chain by the plans of all chains of its spec.

    `deadline` are the seconds that a chain without a timeout of its own has; `given` is
    what is known of the times of calls and of the rounds of loops.
    """
    plan = plans[chain.name]
    given = given or Given()
    scale, weighed = _scale(chain, plans, spec, given)
    way = way_through(plan, scale)
    bounds = QueuedBounds(plans, spec, given.at_once)
    seconds, calls = bounds.chain(chain)
    limit = chain.timeout
    if limit is None and deadline is not None:
        limit = deadline + _waited(chain, spec)
        seconds = min(seconds, limit)
    expected = Expectations(plans, spec, given).chain(chain).seconds
    is_late = limit is not None and expected > limit
    return Estimate(
        batches=len(plan.batches),
        critical_path=way.names,
        critical_nodes=way.nodes,
        in_seconds=scale.in_seconds,
        sequential=way.total,
        parallel=max(way.length, way.work / (chain.max_parallel or math.inf)),
        worst_case=None if seconds == math.inf else seconds,
        model_calls=calls,
        weighed=weighed,
        late=Late(expected, limit) if limit is not None and is_late else None,
    )


def _scale(
    chain: Chain, plans: Mapping[str, Plan], spec: Spec, given: Given
) -> tuple[Scale, str]:
    """What the steps of a chain weigh, and what that is."""
    steps = [entry for entry in every_entry(chain.steps) if isinstance(entry, Step)]
    timeouts = [
        step.timeout for step in steps if step.takes is None and step.kind != "stage"
    ]
    if not given.latencies and timeouts and None not in timeouts:
        return Scale(_timeout, in_seconds=True), "timeouts"
    if given.latencies:
        scale = _expected_scale(chain, plans, spec, given)
        return replace(scale, given=given), "expected times"
    if any(step.takes for step in steps):
        weighed = "waits and steps of 1s" if timeouts else "waits"
        return _expected_scale(chain, plans, spec, _ROUGHLY), weighed
    return Scale(lambda step: float(step.takes is None), in_seconds=False), ""


def _expected_scale(
    chain: Chain, plans: Mapping[str, Plan], spec: Spec, given: Given
) -> Scale:
    """What the steps of a chain are expected to take."""
    expected = Expectations(plans, spec, given)
    expected.enter(chain)
    return Scale(
        weigh=lambda step: expected.step(step).seconds,
        in_seconds=True,
        work=lambda step: expected.step(step).work,
    )


def _timeout(step: Step) -> float:
    return (step.timeout or 0.0) if step.takes is None else step.takes


def _waited(chain: Chain, spec: Spec) -> float:
    """How long the usual deadline of a chain may stand still, as its steps wait."""
    chains = {one.name: one for one in spec.chains}
    waiting = [step for steps in signals_of(chain, chains).values() for step in steps]
    if not waiting:
        return 0.0
    if any(isinstance(entry, For | While) for entry in every_entry(chain.steps)):
        return math.inf  # nobody knows how often
    return sum(math.inf if step.timeout is None else step.timeout for step in waiting)
