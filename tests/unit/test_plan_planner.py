"""The order that chains get: batches, what waits for what, barriers, names of blocks."""

from __future__ import annotations

import time

import pytest
from n3gen.plan.model import Plan
from n3gen.plan.planner import plan_chain
from n3gen.spec.model import Chain, Place, ValueStep

from tests.unit.spec_documents import loaded


def chain_of(text: str) -> Chain:
    """The only chain of a YAML text that loads without fault."""
    spec, faults = loaded(text)
    assert spec is not None and not faults, [fault.message for fault in faults]
    return spec.chains[0]


def plan_of(*steps: str, schedule: str = "file") -> Plan:
    """The plan of steps as words: `a`, `a!` (parallel), `a<b,c` (depends_on), or YAML."""
    entries = ", ".join(step if step[0] == "{" else _entry(step) for step in steps)
    return plan_chain(
        chain_of(f"chains: {{c: {{schedule: {schedule}, steps: [{entries}]}}}}")
    )


def _entry(word: str) -> str:
    head, _, needs = word.partition("<")
    parallel = "true" if head.endswith("!") else "false"
    depends = f", depends_on: [{needs}]" if needs else ""
    name = head.rstrip("!")
    return f"{{name: {name}, value: 1, parallel: {parallel}{depends}}}"


def batches(plan: Plan) -> str:
    """`a b | c`: the names of each batch."""
    return " | ".join(
        " ".join(plan.nodes[index].name for index in batch) for batch in plan.batches
    )


def regions(plan: Plan) -> str:
    return " | ".join(
        " ".join(plan.nodes[index].name for index in region) for region in plan.regions
    )


def after(plan: Plan) -> dict[str, str]:
    """What each node waits for directly."""
    return {
        node.name: " ".join(plan.nodes[index].name for index in node.after)
        for node in plan.nodes
    }


def test_the_group_detection_of_the_guide() -> None:
    step4 = "{if: payload.x, name: step4, then: [{name: inner, value: 1}]}"
    plan = plan_of("step1!", "step2!", "step3", step4)
    assert batches(plan) == "step1 step2 | step3 | step4"
    assert regions(plan) == batches(plan)


def test_three_parallel_steps_and_a_join() -> None:
    plan = plan_of("a!", "b!", "c!", "join<a,b,c")
    assert batches(plan) == "a b c | join"
    assert after(plan) == {"a": "", "b": "", "c": "", "join": "a b c"}


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("a b c", "a | b | c"),
        ("a! b!", "a b"),
        ("a! b c!", "a | b | c"),
        ("a b! c! d", "a | b c | d"),
        # what is named further down runs before, and what stood between stays
        ("a<b b", "b | a"),
        ("a<c b c d", "b | c | a | d"),
        ("a<b b<c c", "c | b | a"),
        # a plain step does not part parallel neighbours that it moves among
        ("a<b b! c!", "b c | a"),
        ("b! a<c c! d!", "b c d | a"),
        # in its own place it does
        ("a! b<a c!", "a | b | c"),
        # `parallel` with `depends_on`
        ("a! b! c!<a", "a b | c"),
        ("a! b!<a c!", "a c | b"),
        ("a b!<a c!<a d<b,c", "a | b c | d"),
        ("a! b!<a c!<a d!<b,c", "a | b c | d"),
        ("a! b c!<a d!", "a | b | c d"),
        ("a!<b b c", "b | a | c"),
        ("a!<b b c! d!", "b | a c d"),
        ("a!<b x b! c!", "x | b c | a"),
        # moved ones keep their order among themselves
        ("a<c b<c c d", "c | a | b | d"),
        ("a!<c b!<c c d", "c | a b | d"),
        ("a<c b!<c c! d", "c | b | a | d"),
    ],
)
def test_batches(steps: str, expected: str) -> None:
    assert batches(plan_of(*steps.split())) == expected


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        # a diamond has barriers only where it is waisted
        ("a! b!<a c!<a d!<b,c", "a | b c | d"),
        ("a! b! c!<a", "a b c"),
        ("a! b! c!<a d!<c", "a b c d"),
        ("a! b! c!<a,b d!", "a b d c"),
        ("a! b! c!<a,b d!<a,b e", "a b | c d | e"),
    ],
)
def test_regions(steps: str, expected: str) -> None:
    assert regions(plan_of(*steps.split())) == expected


def test_no_needless_barrier_and_no_implied_edge() -> None:
    plan = plan_of("a!", "b!", "c!<a", "d!<b,c,a", "e<a,d")
    assert after(plan) == {"a": "", "b": "", "c": "a", "d": "b c", "e": "d"}


def test_a_plain_step_is_a_barrier_for_all_before_and_after() -> None:
    plan = plan_of("a!", "b!", "c", "d!", "e!")
    assert after(plan) == {"a": "", "b": "", "c": "a b", "d": "c", "e": "c"}


def test_a_block_stands_alone_unless_it_is_parallel() -> None:
    inner = "then: [{name: x, value: 1}, {name: y, value: 1}]"
    assert batches(plan_of("a!", f"{{if: z, {inner}}}", "b!")) == "a | if_1 | b"
    block = f"{{if: z, parallel: true, {inner}}}"
    plan = plan_of("a!", block, "b!")
    assert batches(plan) == "a if_1 b"
    assert batches(plan.nodes[1].bodies[0]) == "x | y"


def test_blocks_nest_and_each_is_ordered_by_itself() -> None:
    inner = (
        "{for: d, in: payload.x, name: docs, steps: ["
        "{name: p, value: 1, parallel: true}, {name: q, value: 1, parallel: true}, "
        "{name: r, value: 1, depends_on: [p, q]}]}"
    )
    outer = (
        f"{{match: payload.k, cases: [{{case: [1], steps: [{inner}]}}, "
        "{case: [2], steps: [{name: s, value: 1}]}], "
        "else: [{name: t, value: 1}]}"
    )
    plan = plan_of("a", outer, "b")
    match = plan.nodes[1]
    assert [batches(body) for body in match.bodies] == ["docs", "s", "t"]
    assert batches(match.bodies[0].nodes[0].bodies[0]) == "p q | r"


def test_a_step_may_depend_on_a_named_block() -> None:
    block = "{if: z, name: alarm, parallel: true, then: [{name: x, value: 1}]}"
    plan = plan_of(block, "a!<alarm", "b!")
    assert after(plan) == {"alarm": "", "b": "", "a": "alarm"}


def test_blocks_without_a_name_are_counted_by_kind() -> None:
    steps = [
        "{if: z, then: [{if: z, then: [{name: a, value: 1}]}]}",
        "{for: d, in: payload.x, steps: [{name: b, value: 1}]}",
        "{if: z, name: 'If 2', then: [{name: c, value: 1}]}",
        "{if: z, then: [{name: if_3, value: 1}]}",
        "{while: z, max: 2, steps: [{name: e, value: 1}]}",
    ]
    plan = plan_of(*steps)
    names = [node.name for node in plan.nodes]
    inner = plan.nodes[0].bodies[0].nodes[0].name
    # `If 2` would be `if_2` in Python, and `if_3` is a step
    assert [*names, inner] == ["if_1", "for_1", "If 2", "if_5", "while_1", "if_4"]


class TestDag:
    """`schedule: dag`: only `depends_on` and references order."""

    def test_what_nothing_orders_runs_together(self) -> None:
        assert batches(plan_of("a", "b", "c<a", schedule="dag")) == "a b | c"

    @pytest.mark.parametrize(
        "reading",
        [
            "{name: b, value: '{{ a }}'}",
            "{name: b, value: {x: ['{{ steps.a }}']}}",
            "{name: b, value: 1, when: a > 1}",
            "{name: b, value: 1, options: {x: '{{ a.b }}'}}",
            "{name: b, kind: llm, prompt: 'Say {{ a }}', connection: m}",
            "{name: b, kind: llm, prompt: Hi, system: '{{ a }}', connection: m}",
            "{name: b, kind: http, url: 'http://x/{{ a }}'}",
            "{name: b, kind: http, url: 'http://x', headers: {k: '{{ a }}'}}",
            "{name: b, kind: http, url: 'http://x', query: {k: '{{ a }}'}}",
            "{name: b, kind: http, url: 'http://x', json: {k: '{{ a }}'}}",
            "{name: b, kind: python, target: 'm:f', with: {k: '{{ a }}'}}",
            "{name: b, kind: chain, target: d, payload: {k: '{{ a }}'}}",
            "{if: a == 1, name: b, then: [{name: x, value: 1}]}",
            "{if: z, name: b, then: [{if: y, then: [{name: x, value: '{{ a }}'}]}]}",
            "{if: z, name: b, then: [{name: x, value: 1}], elif: [{if: a, then: "
            "[{name: y, value: 1}]}]}",
            "{match: a, name: b, cases: [{case: [1], steps: [{name: x, value: 1}]}]}",
            "{for: i, in: a, name: b, steps: [{name: x, value: 1}]}",
            "{while: a < 1, max: 2, name: b, steps: [{name: x, value: 1}]}",
        ],
    )
    def test_what_an_entry_reads_it_waits_for(self, reading: str) -> None:
        plan = plan_of(reading, "a", "c", schedule="dag")
        assert batches(plan) == "a c | b"
        assert after(plan)["b"] == "a"

    def test_outside_of_dag_a_reference_orders_nothing(self) -> None:
        plan = plan_of("a!", "{name: b, parallel: true, value: '{{ a }}'}")
        assert batches(plan) == "a b"

    def test_in_a_round_what_stands_below_is_of_the_round_before(self) -> None:
        body = (
            "{name: draft, value: '{{ review }} {{ draft }}'}, "
            "{name: review, value: '{{ draft }}'}"
        )
        plan = plan_of(f"{{while: review, max: 3, steps: [{body}]}}", schedule="dag")
        assert batches(plan.nodes[0].bodies[0]) == "draft | review"


def test_a_circle_is_ours_to_have_caught() -> None:
    with pytest.raises(ValueError, match="wait for each other"):
        plan_of("a<b", "b<a")


@pytest.mark.large
@pytest.mark.parametrize("parallel", [True, False])
def test_thousands_of_steps_take_no_time(parallel: bool) -> None:
    place = Place("a.yaml", ())
    steps = tuple(
        ValueStep(
            place=place,
            name=f"s{index}",
            parallel=parallel,
            depends_on=tuple(f"s{i}" for i in range(max(0, index - 5), index, 2)),
        )
        for index in range(5000)
    )
    chain = Chain(place=place, name="c", steps=steps)
    start = time.process_time()
    plan = plan_chain(chain)
    assert time.process_time() - start < 2
    assert len(plan.nodes) == 5000
