"""Worst cases of chains whose steps wait for each other's permits."""

from __future__ import annotations

import pytest
from n3gen.compiler import Options, compile_file
from n3gen.plan.estimate import Estimate, estimate_chain
from n3gen.plan.expectations import Expectations
from n3gen.plan.expected import Given
from n3gen.source import SourceFile

HEAD = """\
connection m:
    api: local
    retry: 0
limit one: 1
limit two: 2
limit inner:
    permits: 2
    within: one
connector narrow:
    connection: m
    prompt: "x"
    limit: one
"""


def estimate(body: str, given: Given | None = None, keys: str = "") -> Estimate:
    """The estimate for a chain of such a body, called `c`, the first one of a text."""
    steps = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"{HEAD}chain c:\n{keys}{steps}{SUB}"
    found = compile_file(SourceFile.of("x.ai", text), Options(), emits=False)
    assert not found.problems.has_errors, [one.message for one in found.problems]
    assert found.spec is not None
    given = given or Given()
    got = estimate_chain(found.spec.chains[0], found.plans, found.spec, None, given)
    if given.latencies:
        expected = Expectations(found.plans, found.spec, given).chain("c")
        assert expected.seconds == got.parallel
    return got


SUB = """
chain sub:
    parallel o:
        step x: {target: f, limit: one, timeout: 5s}
        step y: {target: f, limit: two, timeout: 5s}
    result: "{{ o }}"
"""


def step(name: str, keys: str) -> str:
    return f"step {name}: {{target: f, timeout: 5s, {keys}}}\n"


def together(*steps: str) -> str:
    return "parallel p:\n" + "".join(f"    {one}" for one in steps)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [
        (together(step("a", "limit: one"), step("b", "limit: one")), 10),
        (together(step("a", "limit: one"), step("b", "limit: inner")), 10),
        (together(step("a", "limit: one"), step("b", "limit: two")), 5),
        (together(step("a", "limit: two"), step("b", "limit: two")), 5),
        # Of three, one waits for half of the work, beside its own.
        (together(*(step(n, "limit: two") for n in "abc")), 7.5 + 2.5),
        # One wants both permits: as soon as one is taken, it waits.
        (together(step("a", "limit: {two: 2}"), step("b", "limit: two")), 15),
        # Who waits for `one` does not wait for `two` as well.
        (together(*(step(n, "limit: [one, two]") for n in "abc")), 15),
        (together(*(step(n, "limit: inner") for n in "abc")), 15),
        (step("a", "limit: one") + step("b", "limit: one"), 10),
        (
            "if payload.x:\n    "
            + step("a", "limit: one")
            + "else:\n    "
            + step("b", "limit: one"),
            5,
        ),
        (
            together(
                'step a: {prompt: "x", connection: m, timeout: 5s, limit: one}\n',
                "step b: {target: narrow, timeout: 5s}\n",
            ),
            10,
        ),
        # What has a fallback is taken as work of its limit to the end.
        (together(step("a", "limit: one"), step("b", "fallback: narrow")), 15),
        (
            together(step("a", "limit: one"), "step s: {kind: chain, target: sub}\n"),
            # Both that want `one`, and what is beside them as the longest way.
            15,
        ),
        (
            together(
                "step r: {kind: chain, target: sub}\n",
                "step s: {kind: chain, target: sub}\n",
            ),
            # Those that want `two` are no more than two.
            15,
        ),
    ],
)
def test_limits_that_a_chain_fills_by_itself(body: str, seconds: float) -> None:
    assert estimate(body).worst_case == seconds


def test_a_deadline_bounds_the_queue() -> None:
    body = together(step("a", "limit: one"), step("b", "limit: one"))
    assert estimate(body, keys="    timeout: 7s\n").worst_case == 7


def test_model_calls_wait_for_each_other() -> None:
    body = together(
        'step a: {prompt: "x", connection: m, timeout: 5s}\n',
        'step b: {prompt: "x", connection: m, timeout: 5s}\n',
    )
    assert estimate(body).worst_case == 5
    assert estimate(body, Given(at_once=1)).worst_case == 10
    free = body.replace("timeout: 5s", "timeout: 5s, limit: none")
    assert estimate(free, Given(at_once=1)).worst_case == 5


def test_max_parallel_holds_in_the_chains_that_are_called() -> None:
    body = "step s: {kind: chain, target: sub}\n"
    assert estimate(body, keys="    max_parallel: 1\n").worst_case == 10
    given = Given({"": 2.0})
    found = estimate(body, given, "    max_parallel: 1\n")
    assert (found.sequential, found.parallel) == (4, 4)


def test_waits_and_clauses_under_max_parallel() -> None:
    waits = "step a: {wait: 5s, parallel: true}\nstep b: {wait: 5s, parallel: true}\n"
    found = estimate(waits, keys="    max_parallel: 1\n")
    assert (found.parallel, found.worst_case) == (5, 5)
    last = together(step("a", ""), step("b", "")).replace(", }", "}")
    body = f"{last}finally:\n" + "".join(f"    {x}\n" for x in TWO_LAST.splitlines())
    assert estimate(body, keys="    max_parallel: 1\n").worst_case == 20


TWO_LAST = """\
parallel q:
    step y: {target: f, timeout: 5s}
    step z: {target: f, timeout: 5s}
"""

PIPELINE = f"""{HEAD}
pipeline p:
    stage read(folder: str) -> list[str]:
        target: f
        stream: true
    stage marked(text: str) -> str:
        target: g
        parallel: 2
"""


def test_a_stage_for_each_item_counts_on_the_way_as_in_what_is_expected() -> None:
    found = compile_file(SourceFile.of("x.ai", PIPELINE), Options(), emits=False)
    assert found.spec is not None and not found.problems.has_errors
    given = Given({"g": 2.0}, {"": 4})
    got = estimate_chain(found.spec.chains[0], found.plans, found.spec, None, given)
    assert (got.sequential, got.parallel) == (8, 4)
    assert Expectations(found.plans, found.spec, given).chain("p").seconds == 4
