"""What chains are expected to come to: calls, tokens, cost, time."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from n3gen.compiler import Options, compile_file
from n3gen.plan.asked import Asked
from n3gen.plan.bounds import BLOCK_BOUNDS, Bounds
from n3gen.plan.expectations import Expectations
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, Given, Request, Share
from n3gen.plan.queues import QueuedBounds
from n3gen.prices import Price
from n3gen.source import SourceFile
from n3gen.spec.model import Block

HEAD = """\
connection m:
    api: openai
    api_key: env("KEY")
    model: small
connector ask:
    connection: m
    prompt: "four letters a token"
    options: {max_tokens: 10}
connector spare:
    connection: m
    prompt: "four letters a token"
    options: {max_tokens: 10}
"""
OPTIONS = Options(prices={"small": Price(1_000_000.0, 2_000_000.0)})
GIVEN = Given({"": 1.0}, prices=OPTIONS.prices)


def expected(body: str, given: Given = GIVEN, keys: str = "") -> Expected:
    steps = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}chain c:\n{keys}{steps}"
    found = compile_file(SourceFile.of("x.ai", text), OPTIONS, emits=False)
    assert not found.problems.has_errors, [one.message for one in found.problems]
    assert found.spec is not None
    return Expectations(found.plans, found.spec, given).chain("c")


def at_worst(body: str, given: Given = GIVEN, keys: str = "") -> Expected:
    return expected(body, replace(given, at_worst=True), keys)


CALL = "step {}: {{target: ask{}}}\n"
A, B, C = (CALL.format(name, "") for name in "abc")
TOGETHER = "".join(CALL.format(name, ", parallel: true") for name in "abc")


def inside(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def test_every_block_has_its_guess() -> None:
    assert set(BLOCK_EXPECTED) == set(BLOCK_BOUNDS) == set(Block.__subclasses__())


def test_a_call() -> None:
    # 20 letters are 5 tokens, which cost 1 each; those of the answer cost 2.
    found = expected(A)
    assert found._replace(shares={}) == Expected(
        1,
        1,
        5,
        10,
        25.0,
        shares={},
        tokens=15,
        work=1,
        requests={Request(5, 10, 25.0, 5.0): 1},
    )
    assert found.shares == {Asked("small", "m"): Share(1, 25.0)}


def test_values_that_are_inserted() -> None:
    found = expected('step a:\n    prompt: "abcd{{ payload }}efgh"\n')
    assert (found.input_tokens, found.output_tokens) == (102, 250)


@pytest.mark.parametrize(
    ("body", "seconds", "calls"),
    [
        (A + B + C, 3, 3),
        (TOGETHER, 1, 3),
        (f"if yes: payload.x:\n{inside(A)}else:\n{inside(B + C)}", 2, 2),
        (f"match yes: payload.x:\n    case 1:\n{inside(inside(A))}", 1, 1),
        (f"for docs: d in payload.docs:\n{inside(A + B)}", 20, 20),
        (f"for docs: d in payload.docs parallel 4:\n{inside(A + B)}", 6, 20),
        (f"while w: a == 'x' max 3:\n{inside(A)}", 1, 1),
        (f"race r:\n{inside(A + B)}", 1, 2),
        (f"race r:\n    stagger: 2s\n{inside(A + B)}", 1, 1),
        (f"within 0.5s:\n{inside(A)}else:\n{inside(B)}", 0.5, 1),
        (f"parallel p:\n{inside(A + B)}", 1, 2),
        (f"do d:\n{inside(A + B)}", 2, 2),
        (f"{A}on_error [any]:\n{inside(B)}finally:\n{inside(C)}", 2, 2),
        ("step a: {wait: 3s}\n", 3, 0),
        ("step a: {value: 1}\n", 0, 0),
    ],
)
def test_blocks(body: str, seconds: float, calls: float) -> None:
    found = expected(body, replace(GIVEN, items={"docs": 10}))
    assert (found.seconds, found.calls) == (seconds, calls)


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("step a: {target: ask, retry: 2}\n", 3),
        ("step a: {target: ask, retry: 2, fallback: spare}\n", 4),
        (f"while w: a == 'x' max 3:\n{inside(A)}", 3),
        (f"race r:\n    stagger: 2s\n{inside(A + B)}", 2),
        (f"within 0.5s:\n{inside(A)}else:\n{inside(B)}", 2),
    ],
)
def test_the_worst_case(body: str, calls: float) -> None:
    found = at_worst(body)
    assert found.calls == calls
    assert found.cost == 25.0 * calls


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("step a: {target: given, retry: 2, fallback: [other]}\n", 4),
        (f"do d:\n{inside(A)}    on_error:\n{inside(inside(B + C))}", 3),
        (f"do d:\n{inside(A)}    finally:\n{inside(inside(B))}", 2),
    ],
)
def test_the_calls_of_the_worst_case(body: str, calls: float) -> None:
    assert at_worst(body).calls == calls


def test_a_budget_bounds_the_worst_case() -> None:
    keys = "    budget: {requests: 4}\n"
    assert at_worst("step a: {target: ask, retry: 9}\n", keys=keys).calls == 4
    keys = "    budget: {cost: 50}\n"
    assert at_worst("step a: {target: ask, retry: 9}\n", keys=keys).cost == 50


def test_a_chain_that_calls_itself_does_so_once() -> None:
    keys = "    max_depth: 3\n"
    found = expected(f"{A}step again: {{kind: chain, target: c}}\n", keys=keys)
    assert found.calls == 1


def test_latencies_by_name() -> None:
    for name in ("a", "ask", "m"):
        assert expected(A, Given({name: 4.0, "": 1.0})).seconds == 4


def test_what_has_no_price_is_named() -> None:
    assert expected(A, Given()).unpriced == {"small"}
    assert expected(A, Given()).cost == 0


INNER = """    result: "{{ c }}"
chain inner:
    step z: {target: ask, retry: 1}
"""


@pytest.mark.parametrize(
    ("body", "calls"),
    [
        ("step c: {kind: chain, target: inner, retry: 2}", 6),
        ("step c: {kind: chain, target: inner}", 2),
        ("step c: {kind: chain, target: inner, retry: 1, fallback: [spare]}", 5),
        ("step c: {kind: python, target: 'app.texts:count', fallback: [spare]}", 1),
    ],
)
def test_the_tries_of_a_chain_are_those_of_all_in_it(body: str, calls: int) -> None:
    text = f"{HEAD}chain c:\n    {body}\n{INNER}"
    found = compile_file(SourceFile.of("x.ai", text), OPTIONS, emits=False)
    assert found.spec is not None and not found.problems.has_errors
    given = replace(GIVEN, at_worst=True)
    assert Expectations(found.plans, found.spec, given).chain("c").calls == calls
    # The bounds are another reading of the same tries.
    most = Bounds(found.plans, found.spec).chain(found.spec.chains[0])[1].most
    assert most == calls


def test_the_tries_of_a_stage_are_those_of_all_in_it() -> None:
    text = f"""{HEAD}pipeline p:
    stage a(x: str) -> str:
        retry: 2
        step q: {{target: ask, retry: 1}}
"""
    found = compile_file(SourceFile.of("x.ai", text), OPTIONS, emits=False)
    assert found.spec is not None and not found.problems.has_errors
    given = replace(GIVEN, at_worst=True)
    assert Expectations(found.plans, found.spec, given).chain("p").calls == 6
    assert Expectations(found.plans, found.spec, GIVEN).chain("p").calls == 1


MANY = "for o: i in range(50):\n    step f: {target: free}\n"
DEAR = (
    'step z: {connection: m, prompt: "aaaa", options: {max_tokens: 1000}, retry: 0}\n'
)


@pytest.mark.parametrize(
    "body",
    [
        f"if yes: payload.x:\n{inside(MANY)}else:\n{inside(DEAR)}",
        f"if yes: payload.x:\n{inside(DEAR)}else:\n{inside(MANY)}",
        f"match yes: payload.x:\n    case 1:\n{inside(inside(MANY))}"
        f"    else:\n{inside(inside(DEAR))}",
        f"step v: {{value: 1}}\non_error [timeout]:\n{inside(DEAR)}"
        f"on_error [any]:\n{inside(MANY)}",
    ],
)
def test_at_worst_each_measure_has_the_branch_that_is_worst_for_it(body: str) -> None:
    found = at_worst(body)
    assert (found.calls, found.tokens, found.cost) == (50, 1001, 2001.0)


def test_the_tokens_at_worst_are_those_of_one_branch() -> None:
    asks = 'step a: {{connection: m, prompt: "{}", options: {{max_tokens: {}}}}}\n'
    long, short = asks.format("abcd" * 90, 10), asks.format("abcd", 50)
    found = at_worst(f"if yes: payload.x:\n{inside(long)}else:\n{inside(short)}")
    assert (found.input_tokens, found.output_tokens, found.tokens) == (90, 50, 100)


def test_of_branches_the_dearest_is_expected_in_the_time_of_the_longest() -> None:
    found = expected(f"if yes: payload.x:\n{inside(A + B)}else:\n{inside(DEAR)}")
    assert (found.calls, found.tokens, found.seconds) == (1, 1001, 2)


@pytest.mark.parametrize("at_worst", [False, True])
def test_a_branch_without_a_price_is_named(at_worst: bool) -> None:
    other = 'step n: {connection: m, model: other, prompt: "aaaa", retry: 0}\n'
    body = f"if yes: payload.x:\n{inside(other)}else:\n{inside(DEAR)}"
    found = expected(body, replace(GIVEN, at_worst=at_worst))
    assert (found.unpriced, found.cost, found.tokens) == ({"other"}, 2001.0, 1001)


def test_at_worst_a_chain_calls_itself_as_deep_as_it_may() -> None:
    body = f"{A}if more: payload.x:\n    step again: {{kind: chain, target: c}}\n"
    found = at_worst(body, keys="    max_depth: 3\n")
    assert (found.calls, found.tokens, found.cost) == (3, 45, 75.0)


@pytest.mark.parametrize(("name", "calls"), [("ping", 4), ("pong", 5)])
@pytest.mark.parametrize("first", ["ping", "pong"])
def test_at_worst_chains_call_each_other(name: str, calls: int, first: str) -> None:
    text = f"""{HEAD}chain ping:
    max_depth: 2
    step a: {{target: ask}}
    step next: {{kind: chain, target: pong}}
chain pong:
    step b: {{target: ask}}
    step next: {{kind: chain, target: ping}}
"""
    found = compile_file(SourceFile.of("x.ai", text), OPTIONS, emits=False)
    assert found.spec is not None and not found.problems.has_errors
    given = replace(GIVEN, at_worst=True)
    guess = Expectations(found.plans, found.spec, given)
    guess.chain(first)  # What is known of one chain is not asked from inside another.
    assert (guess.chain(name).calls, guess.chain(name).cost) == (calls, calls * 25.0)
    bounds = Bounds(found.plans, found.spec)
    chains = {chain.name: chain for chain in found.spec.chains}
    assert bounds.chain(chains[name])[1].most == calls


def test_at_worst_many_chains_call_each_other_as_deep_as_they_may() -> None:
    around = [
        f"chain c{n}:\n    max_depth: 50\n    step a: {{target: ask}}\n"
        f"    step next: {{kind: chain, target: c{(n + 1) % 8}}}\n"
        for n in range(8)
    ]
    source = SourceFile.of("x.ai", HEAD + "".join(around))
    found = compile_file(source, OPTIONS, emits=False)
    assert found.spec is not None and not found.problems.has_errors
    limit = sys.getrecursionlimit()
    guess = Expectations(found.plans, found.spec, replace(GIVEN, at_worst=True))
    assert guess.chain("c0").calls == 400
    chain = found.spec.chains[0]
    assert Bounds(found.plans, found.spec).chain(chain)[1].most == 400
    assert QueuedBounds(found.plans, found.spec, 1).chain(chain)[1].most == 400
    assert sys.getrecursionlimit() == limit


def test_a_budget_leaves_the_cheap_calls_before_the_dear_one() -> None:
    keys = "    budget: {tokens: 500}\n"
    found = at_worst(f"{A}{B}{C}{DEAR}", keys=keys)
    assert (found.calls, found.tokens, found.cost) == (4, 1046, 25.0 * 3 + 2001)


@pytest.mark.parametrize(
    ("budget", "loop", "paid"),
    [
        ("{requests: 4}", "", 4),
        ("{tokens: 40}", "", 3),  # A call begins below 40, and is of 15.
        ("{cost: 60}", "", 3),
        ("{requests: 2, cost: 60}", "", 2),
        ("{requests: 4, tokens: 30}", "", 2),
        ("{tokens: 40}", " parallel", 8),  # 40 are the prompts of eight calls.
        ("{tokens: 40}", " parallel 2", 4),  # Two are under way as 40 are reached.
        ("{requests: 4}", " parallel", 4),
    ],
)
def test_the_budget_that_binds_first_bounds_all_measures(
    budget: str, loop: str, paid: int
) -> None:
    keys = f"    budget: {budget}\n"
    given = replace(GIVEN, items={"docs": 50})
    # Calls that fail without an answer spend nothing: `requests` alone bounds them.
    made = int(budget[11]) if "requests" in budget else 50
    body = f"for docs: d in payload.docs{loop}:\n{inside(A)}"
    found = at_worst(body, given, keys)
    assert (found.calls, found.tokens, found.cost) == (made, paid * 15, paid * 25.0)


def test_a_call_that_is_dearer_than_the_budget_is_expected_whole() -> None:
    found = expected(A + B, keys="    budget: {cost: 1}\n")
    assert (found.calls, found.tokens, found.cost) == (1, 15, 25.0)


def test_a_budget_of_requests_is_none_of_connectors() -> None:
    keys = "    budget: {requests: 2}\n"
    assert at_worst(f"{A}{B}{C}{MANY}", keys=keys).calls == 52


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (TOGETHER, 3),
        ("step a: {wait: 5s, parallel: true}\nstep b: {wait: 5s, parallel: true}\n", 5),
        (f"for docs: d in payload.docs parallel 4:\n{inside(A)}", 10),
        (f"race r:\n{inside(A + B)}", 2),
    ],
)
def test_max_parallel_bounds_what_is_expected(body: str, seconds: float) -> None:
    given = replace(GIVEN, items={"docs": 10})
    assert expected(body, given, "    max_parallel: 1\n").seconds == seconds
