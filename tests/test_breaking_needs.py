"""`n3gen breaking`: waits for answers and budgets, as callers know them."""

from __future__ import annotations

import pytest
from n3gen.compiler import Options
from n3gen.prices import Price

from tests.offers import changes, offer

PRICES = Options(prices={"m": Price(1.0, 10.0)})

WAIT = """\
chain c:
    step a: {{wait: go, output: str{more}}}
"""

BUDGET = """\
connection openai: {{api: openai, api_key: env("KEY"), model: m}}

chain c:
    timeout: 30s
    {budget}
    for q: i in payload.items:
        step s: {{prompt: "x {{{{ i }}}}"}}
"""


def found(before: str, after: str, options: Options | None = None) -> list[str]:
    offers = (offer(text, options=options) for text in (before, after))
    return [f"{one.rule.code} {one.message}" for one in changes(*offers)]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("", ", key: payload.id", None),
        (", key: payload.id", ", key: payload.n", None),
        (", key: payload.id", "", "no longer takes the answer `go` with a key"),
        (", count: 2", ", count: 2", None),
        (", count: 2", ", count: 3", "waits for 3 answers `go` now, where it was 2"),
        (", count: 2", "", "waits for 1 answer `go` now, where it was 2 answers"),
        ("", ", timeout: 1h, default: x", "waits 3600 s for the answer `go` now"),
        (
            ", timeout: 1h, default: x",
            ", timeout: 1h",
            "needs the answer `go` now, which had a default",
        ),
        (
            ", timeout: 1h",
            ", timeout: 1m",
            "waits 60 s for the answer `go` now, where it was 3600 s",
        ),
        (", timeout: 1m", ", timeout: 1m, default: x", None),
    ],
)
def test_how_a_step_waits(before: str, after: str, what: str | None) -> None:
    specs = (WAIT.format(more=more) for more in (before, after))
    lines = [line for line in found(*specs) if "N804" in line]
    assert len(lines) == (what is not None)
    assert what is None or what in lines[0]


def test_steps_that_wait_under_one_name_are_taken_together() -> None:
    before = (
        WAIT.format(more=", key: payload.id") + "    step b: {wait: go, output: str}\n"
    )
    assert found(before, before.replace("step a", "step d")) == []
    assert found(before, before.replace(", key: payload.id", ", count: 2")) == [
        "N804 chain `c` no longer takes the answer `go` with a key",
        "N804 chain `c` waits for 2 answers `go` now, where it was 1 answer",
    ]


def test_a_chain_that_is_called_waits_for_the_same_caller() -> None:
    before = WAIT.format(more=", key: payload.id")
    calls = "chain d:\n    step s: {kind: chain, target: c, payload: {id: 1}}\n"
    assert found(before + calls, WAIT.format(more="") + calls) == [
        "N804 chain `c` no longer takes the answer `go` with a key",
        "N804 chain `d` no longer takes the answer `go` with a key",
    ]


def test_a_module_that_asks_no_server_any_more() -> None:
    before = offer(BUDGET.format(budget=""))
    gone = changes(
        before, offer("chain c:\n    timeout: 30s\n    step s: {value: 1}\n")
    )
    (change,) = [one for one in gone if one.rule.code == "N801"]
    assert change.message == "module `spec` no longer offers `configure`"
    assert change.help is not None
    assert change.help.startswith("it sends no HTTP requests any more")


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("requests: 10", "requests: 10", None),
        ("requests: 10", "requests: 9", None),
        (
            "requests: 10",
            "requests: 20",
            "ask models 20 times now, where it was 10 times",
        ),
        (
            "requests: 10",
            "",
            "ask models any number of times now, where it was 10 times",
        ),
        (
            "tokens: 10",
            "tokens: 20",
            "can use 20 tokens now, where it was 10 tokens at most",
        ),
        ("tokens: 10", "requests: 20", "can use any number of tokens now, where"),
        ("cost: 2", "cost: 3", "can cost about 3.0000 now, where it was about 2.0000"),
        ("cost: 2", "cost: 1", None),
        ("cost: 2", "tokens: 9", "can cost any sum now, where it was about 2.0000"),
    ],
)
def test_budgets(before: str, after: str, what: str | None) -> None:
    budgets = (f"budget: {{{one}}}" if one else "" for one in (before, after))
    lines = found(*(BUDGET.format(budget=one) for one in budgets), PRICES)
    assert len(lines) == (what is not None), lines
    assert what is None or what in lines[0]


def test_a_budget_above_what_is_asked_bounds_nothing() -> None:
    before = BUDGET.format(budget="budget: {requests: 10}").replace(
        "payload.items", "[1, 2]"
    )
    assert found(before, before.replace("10", "20")) == []
    assert found(before, before.replace("budget: {requests: 10}", "")) == []
