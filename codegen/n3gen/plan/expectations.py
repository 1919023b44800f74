"""What a run of a chain is expected to come to: calls, tokens, cost, time.

It is a guess that says so. Every step runs once and no try fails; of branches the
dearest is taken, and the time of the longest; of a `while` there is one round, of a
`for` as many as are given. A prompt has a token for four letters and a hundred for each
value inserted; an answer has as many as its `max_tokens` allows, or 250. A chain with
`max_depth` runs once, whatever calls it again inside of itself.

At worst, all tries and fallbacks are made, chains call themselves as deep as they may, a
`while` has all its rounds, no contender of a race is spared, and a body with `on_error`
clauses fails at its end. Of branches and clauses each measure then has the one that is
the worst for it; the rest of the guess stays. A `budget` bounds the result.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from n3gen.plan.asked import Asked, Call
from n3gen.plan.bounds import Bounds, ends_of
from n3gen.plan.budgets import at_once, capped, cut
from n3gen.plan.depths import Around, deeper, inside
from n3gen.plan.expected import (
    BLOCK_EXPECTED,
    Expected,
    ExpectedBody,
    Given,
    Request,
    Share,
    one_of,
)
from n3gen.plan.model import Plan, PlanNode
from n3gen.spec.model import Chain, ChainStep, Connector, ModelStep, Spec, Step

__all__ = ["Expectations"]

_INSERTED: Final = 100
"""Tokens of a value that is inserted into a prompt."""

_ANSWERED: Final = 250
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
        self._chains = {chain.name: chain for chain in spec.chains}
        self._known: dict[tuple[str, Around], Expected] = {}
        self._around: Around = ()

    def chain(self, chain: Chain | str) -> Expected:
        """What a run of a chain comes to, inside runs of those that bound themselves."""
        own = self._chains[chain] if isinstance(chain, str) else chain
        around = self._around
        if (own.name, around) not in self._known:
            inner = deeper(around, own, None if self._given.at_worst else 1)
            if inner is None:
                return Expected()
            with inside(inner) as self._around:
                found = self._slotted(self._body(self._plans[own.name]).whole, own)
            self._around = around
            self._known[own.name, around] = self._within(found, own)
        return self._known[own.name, around]

    def enter(self, chain: Chain) -> None:
        """Look at steps from now on as those of a run of this chain."""
        self._around = deeper(self._around, chain, 1) or self._around

    @staticmethod
    def _slotted(found: Expected, chain: Chain) -> Expected:
        """What a chain comes to of whose steps so many work at once."""
        if chain.max_parallel is None:
            return found
        seconds = max(found.seconds, found.work / chain.max_parallel)
        return found._replace(seconds=seconds)

    def _within(self, found: Expected, chain: Chain) -> Expected:
        """What a chain comes to that stops at its budget."""
        if chain.budget is None:
            return found
        if not self._given.at_worst:
            return cut(found, chain.budget)
        plans, most = self._plans, self._given.at_once
        together = at_once(plans[chain.name], plans, most, (chain.name,))
        if chain.max_parallel is not None:
            together = min(together, chain.max_parallel)
        return capped(found, chain.budget, together)

    def step(self, step: Step) -> Expected:
        """What a step comes to that has no steps of its own."""
        return self._step(step, None)

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
            lasts.insert(0, one_of(clauses, self._given))
        for last in lasts:
            whole = whole.then(last)
        return ExpectedBody(whole, members)

    def _node(self, node: PlanNode) -> Expected:
        bodies = [self._body(body) for body in node.own_bodies]
        if isinstance(node.entry, Step):
            found = self._step(node.entry, bodies[0].whole if bodies else None)
            if node.clauses is not None:
                found = found.then(self._body(node.clauses).whole)
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
            one = one._replace(work=one.seconds if step.takes_slot else 0.0)
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
        costs_nothing = connection is not None and not connection.asks_server
        unpriced = () if price or costs_nothing else (model or "no model",)
        asking, cost = 0.0, 0.0
        if price is not None:
            asking = asked * price.input / 1_000_000
            cost = (asked * price.input + answered * price.output) / 1_000_000
        return Expected(
            seconds,
            1,
            asked,
            answered,
            cost,
            frozenset(unpriced),
            tokens=asked + answered,
            requests={Request(asked, answered, cost, asking): 1},
        )


def _most_tokens(options: Mapping[str, Any]) -> int:
    """How long an answer may be by its options."""
    for name in _MOST_TOKENS:
        if isinstance(options.get(name), int):
            return int(options[name])
    return _ANSWERED


def _tokens(text: str) -> int:
    """The tokens of a template."""
    return sum(_pieces(text))


def _pieces(text: str) -> Iterator[int]:
    start = 0
    while (opened := text.find("{{", start)) >= 0:
        yield -(-(opened - start) // _LETTERS)
        yield _INSERTED
        closed = text.find("}}", opened)
        if closed < 0:
            return
        start = closed + 2
    yield -(-(len(text) - start) // _LETTERS)
