"""Upper bounds of chains: how long each may take, and how many calls it may make."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from n3gen.plan.asked import Asked, Call, calls_of
from n3gen.plan.depths import Around, deeper, inside
from n3gen.plan.model import Plan, PlanNode
from n3gen.registration import Forms
from n3gen.semantics.actors import has_run_actors
from n3gen.semantics.asked import called_connector
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Block,
    Chain,
    ChainStep,
    Connector,
    ConnectorStep,
    ModelCall,
    ModelStep,
    Retry,
    Spec,
    Step,
)

__all__ = ["BLOCK_BOUNDS", "Bound", "BoundBody", "Bounds", "Calls", "either", "ends_of"]

_ROUNDS: Final = 8
"""Rounds of tools where a call does not say how many."""

_GRACE: Final = 10.0
"""The seconds that `finally` and actors have once a run is past its deadline."""

_ASKED_AGAIN: Final = 0.5
"""The longest that a call waits before it asks again for an answer that does not fit."""


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


def ends_of(
    plan: Plan, lengths: Sequence[float], *, at_worst: bool = False
) -> list[float]:
    """When each node ends, from the start of the block: at the earliest or the latest."""
    ends: list[float] = []
    for node, length in zip(plan.nodes, lengths, strict=True):
        ends.append(node.starts(ends, at_worst=at_worst) + length)
    return ends


Bound = tuple[float, Calls]
"""The longest time in seconds, `inf` without a bound, and the calls."""


class BoundBody(NamedTuple):
    """What a body of a block comes to, and what each of its members does."""

    whole: Bound
    members: Sequence[Bound] = ()


BlockBound = Callable[[Any, Sequence[BoundBody]], Bound]
"""Says what a block comes to, by what its bodies come to."""

BLOCK_BOUNDS: Forms[type[Block], BlockBound] = Forms("n3gen.plan.blocks")
"""What the blocks come to."""


class Bounds:
    """What all chains come to. With `only`, the calls to others do not count."""

    def __init__(
        self, plans: Mapping[str, Plan], spec: Spec, only: Asked | None = None
    ) -> None:
        self.plans = plans
        self.spec = spec
        self.only = only
        self.chains = {chain.name: chain for chain in spec.chains}
        self.connectors = {connector.name: connector for connector in spec.connectors}
        self.actors = {actor.name: actor for actor in spec.actors}
        self.connections = {found.name: found for found in spec.connections}
        self.known: dict[tuple[str, Around], Bound] = {}
        self.around: Around = ()

    def chain(self, chain: Chain) -> Bound:
        """What a run of a chain comes to, inside runs of those that bound themselves."""
        around = self.around
        if (chain.name, around) not in self.known:
            inner = deeper(around, chain)
            if inner is None:
                return 0.0, Calls()
            with inside(inner) as self.around:
                seconds, calls = self._plan(self.plans[chain.name])
            self.around = around
            self.known[chain.name, around] = min(seconds, self.deadline(chain)), calls
        return self.known[chain.name, around]

    def deadline(self, chain: Chain) -> float:
        """When a chain ends at the latest, by its own timeout."""
        grace = _GRACE if self._has_grace(chain) else 0.0
        return math.inf if chain.timeout is None else chain.timeout + grace

    def _has_grace(self, chain: Chain) -> bool:
        """Whether something goes on behind the deadline: `finally`, or actors that stop."""
        has_last = any(not entry.has_value for entry in every_entry(chain.steps))
        return has_last or has_run_actors(chain, self.chains, self.actors)

    def _body(self, plan: Plan) -> BoundBody:
        members = [self._node(node) for node in plan.nodes]
        return BoundBody(self._plan(plan, members), members)

    def _plan(self, plan: Plan, bounds: Sequence[Bound] | None = None) -> Bound:
        if bounds is None:
            bounds = [self._node(node) for node in plan.nodes]
        ends = ends_of(plan, [seconds for seconds, _ in bounds], at_worst=True)
        calls = Calls()
        for _, more in bounds:
            calls = calls.plus(more)
        return self._ended((max(ends, default=0.0), calls), plan)

    def _ended(self, bound: Bound, plan: Plan) -> Bound:
        """What a body comes to with one of its clauses, and with what runs last."""
        seconds, calls = bound
        clauses = [node for node in plan.endings if node.entry.has_value]
        if clauses:
            # A body that fails may have asked nobody yet.
            longest, more = zip(*map(self._node, clauses), strict=True)
            spare = either(more)
            seconds += max(longest)
            least = min(calls.least, spare.least)
            calls = Calls(least, calls.plus(spare).most)
        for node in plan.endings:
            if not node.entry.has_value:
                later, more_calls = self._node(node)
                seconds, calls = seconds + later, calls.plus(more_calls)
        return seconds, calls

    def _node(self, node: PlanNode) -> Bound:
        entry = node.entry
        bodies = [self._body(body) for body in node.own_bodies]
        if isinstance(entry, Step):
            bound = self.step(entry, *(body.whole for body in bodies))
            return bound if node.clauses is None else self._ended(bound, node.clauses)
        return BLOCK_BOUNDS[type(entry)](entry, bodies)

    def step(self, step: Step, body: Bound | None = None) -> Bound:
        """What a step comes to, which may have a `body` of steps."""
        if step.takes is not None:
            return step.takes, Calls()
        (_, (seconds, calls)), *spare = self.parts(step, body)
        for _, more in spare:
            seconds += more[0]
            calls = calls.plus(more[1])
        if step.may_be_skipped or self._is_cached(step):
            calls = Calls(0, calls.most)
        return seconds, calls

    def _is_cached(self, step: Step) -> bool:
        call = called_connector(step, self.connectors) or step
        return (step.cache or call.cache) is not None

    def parts(
        self, step: Step, body: Bound | None = None
    ) -> list[tuple[Call | None, Bound]]:
        """What a step comes to by itself, which always runs, and with each fallback."""
        own, others = calls_of(step, self.spec)
        asked = called_connector(step, self.connectors)
        call = asked or step
        timeout = step.timeout
        if timeout is None and asked is not None:
            timeout = asked.timeout
        retry = self._retry_of(step)
        output = step.output or call.output
        is_typed = output is not None and output.name != "str"
        if isinstance(call, ModelCall):
            seconds, calls = _asked(call, timeout, retry, is_typed=is_typed)
        else:
            seconds, calls = self._tried(step, body)
        found: list[tuple[Call | None, Bound]] = [(own, (seconds, calls))]
        for spare in others:
            other = spare.model_call
            more: Bound = (_seconds(step.timeout), Calls(0, 1))
            if other is not None:
                time = step.timeout if other.timeout is None else other.timeout
                more = _asked(other, time, self._retry(other), is_typed=is_typed)
            found.append((spare, (more[0], Calls(0, more[1].most))))
        return [
            (one, bound if self.counts(one) else (bound[0], Calls()))
            for one, bound in found
        ]

    def counts(self, call: Call | None) -> bool:
        """Whether a call counts; those of bodies and chains have been looked at."""
        return call is None or self.only in (None, call.asked)

    def _retry(self, call: Connector | Step) -> Retry | None:
        """What a connector, or the connection of a model call, says of tries."""
        if call.retry is not None:
            return call.retry
        if not isinstance(call, Connector | ModelStep):
            return None
        connection = self.connections.get(call.connection or "")
        return None if connection is None else connection.retry

    def _retry_of(self, step: Step) -> Retry | None:
        """What a step says of tries, or what it calls does."""
        return step.retry or self._retry(
            called_connector(step, self.connectors) or step
        )

    def tries(self, step: Step) -> int:
        """How often a step is tried at most that is no model call of the spec."""
        retry = self._retry_of(step)
        return 1 + (retry.max if retry is not None else 0)

    def _tried(self, step: Step, body: Bound | None) -> Bound:
        """What is no model call of the spec, with its tries."""
        tries = self.tries(step)
        seconds = _seconds(step.timeout)
        calls = Calls(1, 1) if isinstance(step, ConnectorStep) else Calls()
        target = step.target if isinstance(step, ChainStep) else None
        if body is None and target in self.chains:
            body = self.chain(self.chains[target])
        if body is not None:
            inner, calls = body
            seconds = min(seconds, inner)
        pauses = _delays(self._retry_of(step))
        return seconds * tries + pauses, calls.times(1, tries)


def _seconds(timeout: float | None) -> float:
    return math.inf if timeout is None else timeout


def _asked(
    call: ModelCall,
    timeout: float | None,
    retry: Retry | None,
    *,
    is_typed: bool,
) -> Bound:
    """A model call with its tries, and the tools that it may have called in between.

    Each request has the time of its own, and so have the tools of each round. An
    answer that does not fit its type is asked for again once where nothing is said
    of tries.
    """
    more, delays = (0, 0.0) if retry is None else (retry.max, _delays(retry))
    if retry is None and is_typed and call.embed is None:
        more, delays = 1, _ASKED_AGAIN
    rounds = (call.rounds or _ROUNDS) if call.tools else 0
    requests = 1 + more + rounds
    return _seconds(timeout) * (requests + rounds) + delays, Calls(1, requests)


def _delays(retry: Retry | None) -> float:
    """The longest that all tries of a retry wait, in seconds."""
    if retry is None:
        return 0.0
    pauses = (
        {
            "exponential": retry.delay * 2.0**tries,
            "linear": retry.delay * (tries + 1),
            "constant": retry.delay,
        }[retry.backoff]
        for tries in range(retry.max)
    )
    return sum(min(pause, retry.max_delay) for pause in pauses)


def either(calls: Sequence[Calls]) -> Calls:
    """One of several."""
    most = [count.most for count in calls]
    bounded = [count for count in most if count is not None]
    least = min(count.least for count in calls)
    return Calls(least, max(bounded) if len(bounded) == len(most) else None)
