"""What a chain may spend: checked before each request, with what finished kept."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.compiler import Options
from n3gen.prices import Price
from n3gen.templates.runtime.limits.budget import Budget
from n3gen.templates.runtime.models.models import ModelRequest, TokenUsage, UsageMeter
from n3gen.templates.runtime.models.prices import ModelPrice, Prices
from n3gen.templates.runtime.providers.local import LocalModel
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.building import build, built_text
from tests.clock import run

SPEC = """
connection desk:
    api: local
    latency: 1s

chain steps:
    budget:
        requests: 2
    step one:
        prompt: first
    step two:
        prompt: second
    step three:
        prompt: third

chain together:
    budget:
        tokens: 600
    step a:
        parallel: true
        prompt: a
    step b:
        parallel: true
        prompt: b
    step c:
        parallel: true
        prompt: c
        fallback: writer

chain outer:
    budget:
        requests: 1
    step inner:
        kind: chain
        target: steps

connector writer:
    connection: desk
    prompt: "{{ payload }}"
"""


def record_of(chain: str) -> Any:
    module = build(SPEC)
    return run(module.run_chain(chain, "x", parallel=True))


def test_a_spent_budget_ends_the_run_and_keeps_what_finished() -> None:
    record = record_of("steps")
    assert record["status"] == "error"
    assert "the chain's budget of 2 requests is spent" in record["error"]
    assert "(specs/x.ai:13)" in record["error"]
    ended = [(step["name"], step["status"]) for step in record["steps"]]
    assert ended == [("one", "ok"), ("two", "ok"), ("three", "error")]
    assert record["steps"][2]["attempts"] == 1
    assert record["metadata"]["usage"]["requests"] == 2
    assert record["metadata"]["elapsed_ms"] == 2000


def test_requests_under_way_count_by_their_estimate() -> None:
    # About 256 tokens each: the third would be one too many, though none has ended,
    # and no fallback may spend what is spent.
    record = record_of("together")
    assert record["status"] == "ok"
    narrow = build(SPEC.replace("tokens: 600", "tokens: 300"))
    record = run(narrow.run_chain("together", "x", parallel=True))
    assert (
        "the chain's budget of 300 tokens has no room for another call: 0 used, and"
        " those under way may take 512"
    ) in record["error"]
    assert record["metadata"]["usage"]["requests"] == 2


def test_a_chain_spends_of_the_budget_around_it() -> None:
    record = record_of("outer")
    assert "the chain's budget of 1 request is spent" in record["error"]
    assert [step["name"] for step in record["steps"]] == ["inner", "one", "two"]


class Priced(LocalModel):
    """A model without a network that has a price."""

    def cost_of(self, model: str | None, usage: TokenUsage) -> float | None:
        return None if self.prices is None else self.prices(model, usage)


def test_costs_are_settled() -> None:
    price = ModelPrice(input=1.0, output=2.0, cached=0.5)
    assert price.of(TokenUsage(1_000_000, 500_000, 400_000)) == 0.6 + 0.2 + 1.0
    prices = Prices({"m": ModelPrice(input=40_000)})
    connection = Priced("x", prices=prices)
    request = ModelRequest("m", (), {"max_tokens": 10})
    budget = Budget(cost=1.0)
    budget.reserve(connection, request)
    budget.reserve(connection, request)
    budget.settle(connection, request, UsageMeter(TokenUsage(7, 1)), 0.3)
    budget.reserve(connection, request)
    words = (
        r"has no room for another call: 0\.3 used, and those under way may take 0\.8"
    )
    with pytest.raises(ModelError, match=f"budget of a cost of 1 {words}"):
        budget.check()
    budget.settle(connection, request, UsageMeter(TokenUsage(7, 1)), 0.3)
    budget.settle(connection, request, UsageMeter(TokenUsage(7, 1)), 0.5)
    with pytest.raises(ModelError, match="budget of a cost of 1 is spent"):
        budget.check()
    with pytest.raises(ModelError, match="needs a price"):
        Budget(cost=9.0).check(is_priced=False)


def test_prices_stand_in_the_module() -> None:
    spec = """
        connection cloud:
            api: openai
            model: gpt-4o-mini
        chain c:
            budget: {cost: 0.5}
            step ask:
                prompt: hi
        """
    prices = {"gpt-4o-mini": Price(0.15, 0.6, 0.075)}
    text = built_text(spec, options=Options(prices=prices))
    assert "run.budget = Budget(cost=0.5, within=run.budget)" in text
    assert '{"gpt-4o-mini": ModelPrice(input=0.15, output=0.6, cached=0.075)}' in text
