"""What a run of a chain is expected to come to: calls, tokens, cost, time.

It is a guess that says so. Every step runs once and no try fails; of branches the
dearest is taken, of a `while` there is one round, of a `for` as many as are given. A
prompt has a token for four letters and a hundred for each value inserted; an answer
has as many as its `max_tokens` allows, or 250. A chain that calls itself does so once.

At worst, all tries and fallbacks are made, a `while` has all its rounds, and no contender
of a race is spared, and a body with `on_error` clauses fails at its end, into the
dearest one; the rest of the guess stays. A `budget` bounds what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from n3gen.plan.asked import Asked, Call
from n3gen.plan.bounds import Bounds, ends_of
from n3gen.plan.model import Plan, PlanNode
from n3gen.prices import Price
from n3gen.registration import Forms
from n3gen.spec.model import (
    Block,
    Budget,
    Chain,
    ChainStep,
    Connector,
    ModelStep,
    Spec,
    Step,
)

__all__ = [
    "BLOCK_EXPECTED",
    "Expectations",
    "Expected",
    "ExpectedBody",
    "Given",
    "Share",
    "dearest",
]

INSERTED: Final = 100
"""Tokens of a value that is inserted into a prompt."""

ANSWERED: Final = 250
"""Tokens of an answer whose number nothing bounds."""

_LETTERS: Final = 4
"""Letters of a token."""

_MOST_TOKENS: Final = (
    "max_tokens",
    "max_completion_tokens",
    "max_output_tokens",
    "num_predict",
)
"""The options of the providers that bound an answer."""


_SENT: Final = ("prompt", "system", "messages", "embed")
"""The keys of a call whose texts are sent to the model."""


class Share(NamedTuple):
    """The calls that go to one model or connector, and what they cost."""

    calls: float = 0.0
    cost: float = 0.0


class Expected(NamedTuple):
    """What something comes to; `unpriced` are the models whose cost is not known.

    `shares` are the parts of those who are asked.
    """

    seconds: float = 0.0
    calls: float = 0.0
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    cost: float = 0.0
    unpriced: frozenset[str] = frozenset()
    shares: Mapping[Asked, Share] = MappingProxyType({})

    def beside(self, other: Expected) -> Expected:
        """Both, at the same time: all of both but the time, which is the longer."""
        shares = dict(self.shares)
        for asked, more in other.shares.items():
            own = shares.get(asked, Share())
            shares[asked] = Share(own.calls + more.calls, own.cost + more.cost)
        return Expected(
            max(self.seconds, other.seconds),
            self.calls + other.calls,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost + other.cost,
            self.unpriced | other.unpriced,
            shares,
        )

    def times(self, number: int, at_once: int = 1) -> Expected:
        """So many of it, of which some run at once."""
        if number == 0:
            return Expected()
        rounds = -(-number // max(at_once, 1))
        return self.scaled(number)._replace(seconds=self.seconds * rounds)

    def scaled(self, part: float) -> Expected:
        """A part of all that is asked and paid, in the same time."""
        return self._replace(
            calls=self.calls * part,
            input_tokens=self.input_tokens * part,
            output_tokens=self.output_tokens * part,
            cost=self.cost * part,
            shares={
                asked: Share(own.calls * part, own.cost * part)
                for asked, own in self.shares.items()
            },
        )


class ExpectedBody(NamedTuple):
    """A body as a whole, and each of its steps and blocks."""

    whole: Expected
    members: tuple[Expected, ...]


def dearest(found: Iterable[Expected]) -> Expected:
    """The one that costs most, or asks most, or takes longest."""
    return max(
        found,
        key=lambda one: (one.cost, one.calls, one.seconds),
        default=Expected(),
    )


@dataclass(frozen=True, slots=True)
class Given:
    """What a guess is based on: seconds and rounds by names, and prices by models.

    With `at_worst` it is a guess of the worst case. `latencies` are those of steps,
    connectors, connections and functions, under `""` that of all others; `items` are
    those of `for` blocks. `at_once` are how many rounds of `parallel: max` run
    at once.
    """

    latencies: Mapping[str, float] = field(default_factory=dict[str, float])
    items: Mapping[str, int] = field(default_factory=dict[str, int])
    prices: Mapping[str, Price] = field(default_factory=dict[str, Price])
    at_once: int = 50
    at_worst: bool = False

    def rounds(self, name: str) -> int:
        """How many items a `for` has."""
        return self.items.get(name, self.items.get("", 1))

    def seconds(self, names: Iterable[str | None]) -> float:
        """How long a call takes that goes by the first of some names that is given."""
        for name in names:
            if name is not None and name in self.latencies:
                return self.latencies[name]
        return self.latencies.get("", 0.0)


BlockExpected = Callable[[Any, str, Sequence[ExpectedBody], Given], Expected]
"""Says what a block comes to: by its node, its name, its bodies and what is given."""

BLOCK_EXPECTED: Forms[type[Block], BlockExpected] = Forms("n3gen.plan.blocks")
"""What the blocks are expected to come to."""


class Expectations:
    """What all chains of a spec are expected to come to.

    With `only`, the calls to others count as none, also where the dearest branch is
    looked for.
    """

    def __init__(
        self,
        plans: Mapping[str, Plan],
        spec: Spec,
        given: Given,
        only: Asked | None = None,
    ) -> None:
        self._plans = plans
        self._given = given
        self._connections = {one.name: one for one in spec.connections}
        self._bounds = Bounds(plans, spec, only)
        self._budgets = {chain.name: chain.budget for chain in spec.chains}
        self._known: dict[str, Expected] = {}

    def chain(self, chain: Chain | str) -> Expected:
        """What a run of a chain comes to."""
        name = chain if isinstance(chain, str) else chain.name
        if name not in self._known:
            self._known[name] = Expected()  # Of one that calls itself.
            found = self._body(self._plans[name]).whole
            self._known[name] = _within(found, self._budgets[name])
        return self._known[name]

    def seconds(self, step: Step) -> float:
        """How long a step takes that has no steps of its own."""
        return self._step(step, None).seconds

    def _body(self, plan: Plan) -> ExpectedBody:
        members = tuple(map(self._node, plan.nodes))
        ends = ends_of(plan, [one.seconds for one in members])
        whole = Expected()
        for one in members:
            whole = whole.beside(one)
        whole = whole._replace(seconds=max(ends, default=0.0))
        lasts = [self._node(one) for one in plan.endings if not one.entry.has_value]
        clauses = [self._node(one) for one in plan.endings if one.entry.has_value]
        if clauses and self._given.at_worst:  # A body may fail at its very end.
            lasts.insert(0, dearest(clauses))
        for last in lasts:
            seconds = whole.seconds + last.seconds
            whole = whole.beside(last)._replace(seconds=seconds)
        return ExpectedBody(whole, members)

    def _node(self, node: PlanNode) -> Expected:
        bodies = [self._body(body) for body in node.own_bodies]
        if isinstance(node.entry, Step):
            found = self._step(node.entry, bodies[0].whole if bodies else None)
            if node.clauses is not None:
                last = self._body(node.clauses).whole
                seconds = found.seconds + last.seconds
                found = found.beside(last)._replace(seconds=seconds)
            return found
        form = BLOCK_EXPECTED[type(node.entry)]
        return form(node.entry, node.name, bodies, self._given)

    def _step(self, step: Step, body: Expected | None) -> Expected:
        """What a step comes to, which may have a `body` of steps, or that of a chain."""
        if step.takes is not None:
            return Expected(step.takes)
        target = step.target if isinstance(step, ChainStep) else None
        if target is not None and target in self._plans:
            body = self.chain(target)
        parts = self._bounds.parts(step)
        found = Expected()
        if body is not None:
            tries = self._bounds.tries(step) if self._given.at_worst else 1
            found, parts = body.times(tries), parts[1:] if self._given.at_worst else []
        for call, (_, calls) in parts if self._given.at_worst else parts[:1]:
            named = (step.name, step.called, step.given, getattr(step, "target", None))
            one = self._call(call, named)
            most = calls.most if self._given.at_worst and call is not None else 1
            found = found.beside(one.times(most or 1))
        return found

    def _call(self, call: Call | None, named: Sequence[str | None]) -> Expected:
        """What one call comes to, which may be of a step that asks nobody."""
        asks = None if call is None else call.model_call
        connection = None if asks is None else asks.connection
        seconds = self._given.seconds((*named, connection))
        if call is None or not self._bounds.counts(call):
            return Expected(seconds)
        found = Expected(seconds, 1) if asks is None else self._request(asks, seconds)
        return found._replace(shares={call.asked: Share(found.calls, found.cost)})

    def _request(self, call: Connector | ModelStep, seconds: float) -> Expected:
        """What one request to a model comes to."""
        connection = self._connections.get(call.connection or "")
        model = call.model or (connection.model if connection is not None else None)
        asked = sum(_tokens(t.text) for t in call.call_texts() if t.keys[0] in _SENT)
        answered = 0 if call.embed is not None else _most_tokens(call.options)
        price = self._given.prices.get(model or "")
        if price is None:
            costs_nothing = connection is not None and not connection.asks_server
            unpriced = () if costs_nothing else (model or "no model",)
            return Expected(seconds, 1, asked, answered, 0.0, frozenset(unpriced))
        cost = (asked * price.input + answered * price.output) / 1_000_000
        return Expected(seconds, 1, asked, answered, cost)


def _within(found: Expected, budget: Budget | None) -> Expected:
    """What a chain comes to that stops at its budget."""
    if budget is None:
        return found
    part = 1.0
    tokens = found.input_tokens + found.output_tokens
    for most, own in (
        (budget.requests, found.calls),
        (budget.tokens, tokens),
        (budget.cost, found.cost),
    ):
        if most is not None and own > most:
            part = min(part, most / own)
    return found.scaled(part)


def _most_tokens(options: Mapping[str, Any]) -> int:
    """How long an answer may be by its options."""
    for name in _MOST_TOKENS:
        if isinstance(options.get(name), int):
            return int(options[name])
    return ANSWERED


def _tokens(text: str) -> int:
    """The tokens of a template."""
    return sum(_pieces(text))


def _pieces(text: str) -> Iterator[int]:
    start = 0
    while (opened := text.find("{{", start)) >= 0:
        yield -(-(opened - start) // _LETTERS)
        yield INSERTED
        closed = text.find("}}", opened)
        if closed < 0:
            return
        start = closed + 2
    yield -(-(len(text) - start) // _LETTERS)
