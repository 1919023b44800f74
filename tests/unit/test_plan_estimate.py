"""What plans are said to cost: their longest way, their time, their model calls."""

from __future__ import annotations

import pytest
from n3gen.plan.estimate import Calls, Estimate, Late, estimate_chain
from n3gen.plan.expected import Given
from n3gen.plan.planner import plan_chain

from tests.unit.spec_documents import loaded


def estimate(
    text: str, deadline: float | None = None, given: Given | None = None
) -> Estimate:
    """The estimate for the first chain of a YAML text."""
    spec, faults = loaded(text)
    assert spec is not None and not faults, [fault.message for fault in faults]
    plans = {chain.name: plan_chain(chain) for chain in spec.chains}
    return estimate_chain(spec.chains[0], plans, spec, deadline, given)


def of(
    *steps: str,
    keys: str = "",
    deadline: float | None = None,
    given: Given | None = None,
) -> Estimate:
    text = f"chains: {{c: {{{keys}steps: [{', '.join(steps)}]}}}}"
    return estimate(text, deadline, given)


def step(name: str, keys: str = "") -> str:
    return f"{{name: {name}, target: f{', ' if keys else ''}{keys}}}"


A, B = step("a"), step("b")
PA, PB, PC = (step(name, "parallel: true") for name in "abc")


def test_the_feedback_chain_of_the_guide() -> None:
    found = of(PA, PB, PC, step("join", "depends_on: [a, b, c]"), keys="timeout: 180, ")
    assert found.batches == 2
    assert found.critical_path == ("a", "join")
    assert (found.sequential, found.parallel, found.speed_up) == (4, 2, 2)
    assert not found.in_seconds
    assert found.worst_case == 180
    assert found.model_calls == Calls(4, 4)


def test_timeouts_weigh_where_every_step_has_one() -> None:
    found = of(
        step("a", "timeout: 2, parallel: true"),
        step("b", "timeout: 5, parallel: true"),
        "{name: v, value: 1}",
        step("c", "timeout: 1"),
    )
    assert found.in_seconds
    assert found.critical_path == ("b", "v", "c")
    assert (found.sequential, found.parallel, found.worst_case) == (8, 6, 6)


def test_the_longest_way_need_not_go_batch_by_batch() -> None:
    found = of(
        step("a", "timeout: 9, parallel: true"),
        step("b", "timeout: 1, parallel: true"),
        step("c", "timeout: 1, parallel: true, depends_on: [b]"),
        step("d", "timeout: 5, parallel: true, depends_on: [c]"),
    )
    assert found.critical_path == ("a",)
    assert (found.sequential, found.parallel) == (16, 9)


LONG = "{name: l, wait: 1h, parallel: true}"
RACE = "{race: 1, name: q, steps: [{name: w, wait: 5h}, {name: v, wait: 100ms}]}"


@pytest.mark.parametrize("given", [None, Given({"": 0.3})])
def test_waits_weigh_as_long_as_they_take(given: Given | None) -> None:
    found = of(PA, LONG, RACE, deadline=300.0, given=given)
    assert found.critical_path == ("l", "q", "q/v")
    assert found.in_seconds
    assert found.parallel == 3600.1
    assert found.sequential == pytest.approx(3600.1 + (0.3 if given else 1) + 0.1)
    assert found.late == Late(3600.1, 300.0)


def test_a_race_is_won_by_as_many_as_must_succeed() -> None:
    waits = ", ".join(
        f"{{name: {n}, wait: {t}}}" for n, t in (("x", 5), ("y", 1), ("z", 3))
    )
    for count, (winner, ends) in enumerate((("y", 1), ("z", 3), ("x", 5)), start=1):
        found = of(f"{{race: {count}, name: q, steps: [{waits}]}}")
        assert (found.critical_path, found.parallel) == (("q", f"q/{winner}"), ends)
    staggered = of(f"{{race: 1, name: q, stagger: 4, steps: [{waits}]}}")
    assert (staggered.critical_path, staggered.parallel) == (("q", "q/x"), 5)
    # Until then one has worked for five seconds, and the next for its one.
    assert staggered.sequential == 6


def test_a_within_takes_no_longer_than_its_deadline() -> None:
    inner = "{within: 2, name: k, parallel: true, steps: [{name: x, wait: 1h}]}"
    found = of(inner, "{name: y, wait: 3, parallel: true}")
    assert (found.critical_path, found.sequential) == (("y",), 5)
    assert found.late is None


def test_rounds_that_are_given_count_with_the_times_that_are() -> None:
    loop = f"{{for: d, in: payload.ds, name: ds, parallel: true, steps: [{B}]}}"
    other = step("c", "parallel: true")
    given = Given({"b": 2.0, "c": 9.0}, {"ds": 5})
    found = of(loop, other, given=given, keys="timeout: 9, ")
    assert (found.critical_path, found.parallel) == (("ds", "ds/b"), 10)
    assert (found.sequential, found.late) == (19, Late(10, 9))


def test_the_heaviest_branch_counts_with_what_is_in_it() -> None:
    block = f"{{if: payload.x, name: k, then: [{A}, {B}], else: [{step('e')}]}}"
    found = of(block, step("last"))
    assert found.critical_path == ("k", "k/a", "k/b", "last")
    assert (found.sequential, found.parallel) == (3, 3)


def test_nobody_knows_how_long_a_function_takes_to_make_items() -> None:
    body = "steps: [{name: a, value: 1}]"
    made = of(f"{{for: x, in: 'stream(\"m:f\", a=1)', {body}}}")
    given = of(f"{{for: x, in: payload.xs, {body}}}")
    assert (made.worst_case, given.worst_case) == (None, 0)


def test_nothing_but_values_takes_no_time() -> None:
    found = of("{name: a, value: 1}", "{name: b, value: 1}")
    assert (found.parallel, found.speed_up, found.worst_case) == (0, 1, 0)
    assert found.critical_path == ("a", "b")


@pytest.mark.parametrize(
    ("keys", "deadline", "expected"),
    [
        ("", None, None),
        ("", 300.0, 300),
        ("timeout: 7, ", 300.0, 7),
        ("timeout: 600, ", 300.0, 600),
    ],
)
def test_the_chain_bounds_what_its_steps_do_not(
    keys: str, deadline: float | None, expected: float | None
) -> None:
    assert of(A, keys=keys, deadline=deadline).worst_case == expected


T2 = step("x", "timeout: 2")


@pytest.mark.parametrize(
    ("block", "seconds", "calls"),
    [
        (T2, 2, Calls(1, 1)),
        (step("x", "timeout: 2, when: payload.y"), 2, Calls(0, 1)),
        (f"{{if: payload.y, then: [{T2}]}}", 2, Calls(0, 1)),
        (
            f"{{if: payload.y, then: [{T2}], else: [{{name: v, value: 1}}]}}",
            2,
            Calls(0, 1),
        ),
        (
            f"{{match: payload.y, cases: [{{case: [1], steps: [{T2}, "
            f"{step('y', 'timeout: 3')}]}}], else: [{step('z', 'timeout: 1')}]}}",
            5,
            Calls(1, 2),
        ),
        (f"{{while: payload.y, max: 4, steps: [{T2}]}}", 8, Calls(0, 4)),
        (f"{{while: x < 1, max: 4, steps: [{T2}]}}", 8, Calls(1, 4)),
        (f"{{for: i, in: payload.y, steps: [{T2}]}}", None, Calls(0, None)),
        ("{for: i, in: payload.y, steps: [{name: v, value: 1}]}", 0, Calls(0, 0)),
    ],
)
def test_bounds_of_blocks(block: str, seconds: float | None, calls: Calls) -> None:
    found = of(block)
    assert (found.worst_case, found.model_calls) == (seconds, calls)


def test_a_sub_chain_counts_with_its_calls_and_its_bound() -> None:
    sub = "d: {timeout: 5, steps: [{name: x, target: f}, {name: y, target: f}]}"
    call = "{name: a, kind: chain, target: d}"
    found = estimate(f"chains: {{c: {{steps: [{call}]}}, {sub}}}")
    assert (found.worst_case, found.model_calls) == (5, Calls(2, 2))


@pytest.mark.parametrize(
    ("count", "rounds", "expected"),
    [
        (Calls(2, 3), (0, 5), Calls(0, 15)),
        (Calls(2, None), (1, 5), Calls(2, None)),
        (Calls(2, 3), (1, None), Calls(2, None)),
        (Calls(0, 0), (0, None), Calls(0, 0)),
    ],
)
def test_calls_times_rounds(
    count: Calls, rounds: tuple[int, int | None], expected: Calls
) -> None:
    assert count.times(*rounds) == expected


SMALL = "connections: {m: {api: local, retry: 1}}\n"
SPARE = "connectors: {spare: {prompt: x, timeout: 3, retry: 0}}\n"


@pytest.mark.parametrize(
    ("head", "keys", "seconds", "calls"),
    [
        ("", "timeout: 2, target: f, retry: 0", 2, Calls(1, 1)),
        ("", "timeout: 2, target: f, retry: 2", 2 * 3 + 0.5 + 1, Calls(1, 3)),
        ("", "timeout: 2, target: f, retry: {max: 2, delay: 0}", 6, Calls(1, 3)),
        (
            "",
            "timeout: 2, target: f, retry: {max: 3, delay: 4, max_delay: 5}",
            8 + 4 + 5 + 5,
            Calls(1, 4),
        ),
        (
            "",
            "timeout: 1, target: f, retry: {max: 3, delay: 1, backoff: linear}",
            4 + 1 + 2 + 3,
            Calls(1, 4),
        ),
        (
            "",
            "timeout: 1, target: f, retry: {max: 3, delay: 1, backoff: constant}",
            4 + 3,
            Calls(1, 4),
        ),
        ("", "timeout: 2, target: f, fallback: [g, h]", 6, Calls(1, 3)),
        ("", "timeout: 2, target: f, cache: true", 2, Calls(0, 1)),
        ("", "timeout: 2, kind: python, target: a.b, retry: 1", 4.5, Calls(0, 0)),
        (SMALL, "timeout: 2, prompt: x", 4.5, Calls(1, 2)),
        (SMALL, "timeout: 2, prompt: x, retry: 0", 2, Calls(1, 1)),
        (SMALL, "timeout: 2, prompt: x, retry: 0, output: int", 2, Calls(1, 1)),
        (SMALL, "timeout: 2, prompt: x, retry: 0, output: str", 2, Calls(1, 1)),
        (SMALL, "timeout: 2, embed: x, retry: 0", 2, Calls(1, 1)),
        (
            SMALL,
            "timeout: 2, prompt: x, retry: 0, tools: [a.b], rounds: 3",
            2 * (4 + 3),
            Calls(1, 4),
        ),
        (SMALL, "timeout: 1, prompt: x, retry: 0, tools: [a.b]", 17, Calls(1, 9)),
        (SMALL + SPARE, "target: spare", 3, Calls(1, 1)),
        (SMALL + SPARE, "timeout: 1, target: spare, retry: 1", 2.5, Calls(1, 2)),
        (
            SMALL + SPARE,
            "timeout: 1, prompt: x, fallback: spare",
            2.5 + 3,
            Calls(1, 3),
        ),
        (SMALL + SPARE, "timeout: 1, url: https://x, fallback: spare", 4, Calls(0, 1)),
        (SMALL, "target: f, retry: 1", None, Calls(1, 2)),
    ],
)
def test_bounds_count_tries_tools_and_fallbacks(
    head: str, keys: str, seconds: float | None, calls: Calls
) -> None:
    found = estimate(f"{head}chains: {{c: {{steps: [{{name: a, {keys}}}]}}}}")
    assert found.worst_case == seconds
    assert found.model_calls == calls


def test_a_chain_that_is_tried_again_counts_all_that_it_asks() -> None:
    found = estimate(
        "chains: {c: {steps: [{name: a, kind: chain, target: d, retry: 2}]},"
        f" d: {{timeout: 4, steps: [{A}, {B}]}}}}"
    )
    assert found.model_calls == Calls(2, 6)
    assert found.worst_case == 4 * 3 + 0.5 + 1


CLAUSE = "{on_error: [timeout], steps: [%s]}"
LAST = "{finally: [%s]}"


def test_a_clause_may_run_and_finally_does() -> None:
    found = of(
        step("a", "timeout: 2"),
        CLAUSE % step("b", "timeout: 3"),
        "{on_error: any, steps: [{name: v, value: 1}]}",
        LAST % step("d", "timeout: 4"),
    )
    assert found.critical_path == ("a", "finally_1", "finally_1/d")
    assert (found.sequential, found.parallel, found.worst_case) == (6, 6, 9)
    assert found.model_calls == Calls(1, 3)


def test_finally_has_its_grace_past_the_timeout_of_the_chain() -> None:
    assert of(A, LAST % B, keys="timeout: 30, ").worst_case == 40
    inner = f"{{do: [{A}, {LAST % B}]}}"
    assert of(inner, keys="timeout: 30, ").worst_case == 40
    assert of(A, CLAUSE % B, keys="timeout: 30, ").worst_case == 30


def test_the_clauses_of_a_step_count_with_it() -> None:
    steps = f"on_error: [{B}], finally: [{step('d', 'timeout: 4')}], timeout: 1"
    found = of(step("a", steps), step("e", "timeout: 1, on_error: skip"))
    assert found.model_calls == Calls(2, 4)
    assert found.batches == 2


def test_nothing_waits_for_the_background_but_what_reads_it() -> None:
    found = of(
        step("extra", "timeout: 9, background: true"),
        step("a", "timeout: 2"),
        step("b", "timeout: 3"),
    )
    assert (found.critical_path, found.parallel) == (("extra",), 9)
    assert found.worst_case == 9
    read = of(
        step("extra", "timeout: 9, background: true"),
        step("a", "timeout: 2"),
        step("b", "timeout: 3, options: {x: '{{ extra }}'}"),
    )
    assert (read.critical_path, read.worst_case) == (("extra", "b"), 12)


def test_a_reference_deep_inside_a_block_counts_in_the_worst_case() -> None:
    inner = step("b", "timeout: 3, options: {x: '{{ extra }}'}")
    block = f"{{if: payload.x, then: [{inner}]}}"
    extra = step("extra", "timeout: 9, background: true")
    found = of(extra, block, step("last", "timeout: 1"))
    assert found.worst_case == 13


def test_a_join_starts_at_best_with_the_first_and_at_worst_with_the_last() -> None:
    members = (
        step("a", "timeout: 2, parallel: true"),
        step("b", "timeout: 5, parallel: true"),
        step("c", "timeout: 9, parallel: true"),
    )
    found = of(*members, step("j", "timeout: 6, depends_on: {any: [a, b, c]}"))
    assert (found.critical_path, found.parallel) == (("c",), 9)
    assert found.worst_case == 15
    two = of(*members, step("j", "timeout: 6, depends_on: {count: 2, of: [a, b, c]}"))
    assert (two.critical_path, two.parallel) == (("b", "j"), 11)


def test_max_parallel_bounds_what_runs_together() -> None:
    steps = [step(f"s{i}", "timeout: 10, parallel: true") for i in range(4)]
    assert of(*steps).worst_case == 10
    found = of(*steps, keys="max_parallel: 2, ")
    assert (found.sequential, found.parallel) == (40, 20)
    # The work of two at once, and half of the longest step beside it.
    assert found.worst_case == 25
    assert of(*steps, keys="max_parallel: 1, ").worst_case == 40
    assert of(*steps, keys="max_parallel: 4, ").worst_case == 10
    unbounded = of(*steps, step("x", "parallel: true"), keys="max_parallel: 2, ")
    assert unbounded.worst_case is None


def test_rounds_and_deadlines_under_max_parallel() -> None:
    inner = ", ".join(step(f"s{i}", "timeout: 10, parallel: true") for i in range(4))
    loop = f"{{while: 's0 < 1', max: 3, steps: [{inner}]}}"
    assert of(loop, keys="max_parallel: 2, ").worst_case == 75
    within = f"{{within: 12, steps: [{inner}]}}"
    # The deadline bounds the work that is waited for, too.
    assert of(within, keys="max_parallel: 2, ").worst_case == 17


@pytest.mark.parametrize(
    ("race", "calls"),
    [
        (f"race: 1, steps: [{A}, {step('b')}]", Calls(1, 2)),
        (f"race: 2, steps: [{A}, {step('b')}, {step('d')}]", Calls(2, 3)),
        (f"race: 1, steps: [{A}, {{name: v, value: 1}}]", Calls(0, 1)),
        (
            f"race: 1, steps: [{{do: [{A}, {step('b')}]}}, {{do: [{step('d')}]}}]",
            Calls(1, 3),
        ),
        (f"race: 1, steps: [{A}, {step('b', 'cache: 1h')}]", Calls(0, 2)),
    ],
)
def test_winners_of_a_race_have_asked(race: str, calls: Calls) -> None:
    assert of(f"{{{race}}}").model_calls == calls
