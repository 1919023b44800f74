"""What the checks of a chain's order find, and what they leave alone."""

from __future__ import annotations

import time

import pytest
from n3gen.check.graph import check_graph
from n3gen.semantics.known import Semantics
from n3gen.spec.load import load_spec

from tests.unit.graph_specs import (
    DAG,
    LOCAL,
    PA,
    PB,
    A,
    B,
    chain,
    codes,
    found,
    only,
    places,
    step,
)
from tests.unit.spec_documents import document, marked


class TestDependencies:
    def test_an_unknown_name_shows_the_similar_one(self) -> None:
        fault = only(
            chain(step("summary", "timeout: 1"), step("x", "depends_on: [sumary]"))
        )
        assert fault.rule.code == "N301"
        assert fault.message == "`x` needs `sumary`, but no step has that name"
        assert places(fault) == [
            "sumary: not a step",
            "summary: this step has a similar name",
        ]
        assert fault.help == "did you mean `summary`?"

    def test_an_unknown_name_that_is_like_none(self) -> None:
        fault = only(chain(A, step("x", "depends_on: [elsewhere]")))
        assert (fault.rule.code, fault.help) == (
            "N301",
            "what stands beside it is `a`",
        )

    def test_an_unknown_name_is_told_once(self) -> None:
        uses = "depends_on: [zzz], options: {o: '{{ zzz }}'}"
        assert codes(chain(A, step("x", uses), step("y", "depends_on: [zzz]"))) == [
            "N301"
        ]

    def test_a_single_name_without_brackets(self) -> None:
        assert places(only(chain(A, step("x", "depends_on: zz")))) == ["zz: not a step"]

    def test_a_step_that_needs_itself(self) -> None:
        fault = only(chain(A, step("x", "depends_on: [a, x]")))
        assert (fault.rule.code, fault.message) == ("N401", "`x` needs itself")
        assert places(fault) == ["x"]

    def test_a_circle_shows_the_way_round(self) -> None:
        fault = only(
            chain(
                step("x", "depends_on: [a, z]"),
                A,
                step("y", "depends_on: [x]"),
                step("z", "depends_on: [y]"),
            )
        )
        assert fault.rule.code == "N402"
        assert fault.message == ("steps wait for each other: `x` -> `z` -> `y` -> `x`")
        assert places(fault) == [
            "z: `x` needs `z`",
            "y: `z` needs `y`",
            "x: `y` needs `x`",
        ]

    def test_each_circle_is_told_once(self) -> None:
        text = chain(
            step("p", "depends_on: [q]"),
            step("q", "depends_on: [p]"),
            step("r", "depends_on: [p, s]"),
            step("s", "depends_on: [r]"),
            step("t", "depends_on: [s]"),
        )
        messages = [fault.message for fault in found(text)]
        assert messages == [
            "steps wait for each other: `p` -> `q` -> `p`",
            "steps wait for each other: `r` -> `s` -> `r`",
        ]

    def test_file_order_makes_no_circle(self) -> None:
        assert codes(chain(step("x", "depends_on: [b]"), A, B)) == []

    def test_under_dag_a_reference_can_close_a_circle(self) -> None:
        text = chain(
            step("x", "options: {o: '{{ y.z }}'}"),
            step("y", "depends_on: [x]"),
            keys=DAG,
        )
        fault = only(text)
        assert fault.message == "steps wait for each other: `x` -> `y` -> `x`"
        assert places(fault) == ["y: `x` reads `y`", "x: `y` needs `x`"]
        assert fault.help is not None and "dag" in fault.help

    def test_under_dag_a_block_reads_what_its_steps_read(self) -> None:
        inner = "{name: x, value: '{{ y }}'}"
        text = chain(
            f"{{if: payload.k, name: k, then: [{{if: payload.l, then: [{inner}]}}]}}",
            step("y", "options: {o: '{{ k }}'}"),
            keys=DAG,
        )
        assert places(only(text)) == ["y: `x` reads `y`", "k: `y` reads `k`"]

    def test_a_long_circle_is_cut_short(self) -> None:
        steps = [step(f"s{i}", f"depends_on: [s{(i + 1) % 300}]") for i in range(300)]
        fault = only(chain(*steps))
        assert fault.message.endswith("`s4` -> `s5` -> ... -> `s0`")
        assert len(fault.message) < 200

    def test_a_name_that_is_given_twice(self) -> None:
        fault = only(chain(A, step("x", "depends_on: [a, a]")))
        assert (fault.rule.code, fault.severity.value) == ("N403", "warning")
        assert places(fault) == ["a", "a: the first one"]

    @pytest.mark.parametrize(
        ("name", "way"),
        [
            ("", "depend on that block as a whole: give it a name"),
            ("name: k, ", "depend on that block as a whole: `k`"),
        ],
    )
    def test_a_name_inside_a_block(self, name: str, way: str) -> None:
        block = f"{{if: payload.k, {name}then: [{A}]}}"
        fault = only(chain(block, step("x", "depends_on: [a]")))
        assert (fault.rule.code, fault.help) == ("N404", way)
        assert places(fault) == ["a", "a: it is here"]

    def test_a_name_outside_of_the_block(self) -> None:
        block = f"{{if: payload.k, then: [{step('x', 'depends_on: [a]')}]}}"
        fault = only(chain(A, block))
        assert fault.rule.code == "N404"
        assert fault.message == "`x` needs `a`, which is outside of its block"

    def test_a_name_in_another_branch(self) -> None:
        block = (
            f"{{if: payload.k, then: [{A}], else: [{step('x', 'depends_on: [a]')}]}}"
        )
        assert only(chain(block)).help == "only steps of the same block can be named"

    def test_a_named_block_can_be_named(self) -> None:
        block = f"{{if: payload.k, name: k, then: [{A}]}}"
        assert codes(chain(block, step("x", "depends_on: [k]"))) == []


class TestUnused:
    @pytest.mark.parametrize(
        ("kind", "head"),
        [
            ("value: 1", ""),
            ("prompt: Hi, connection: m", LOCAL),
            ("url: 'http://x'", ""),
            ("target: w", LOCAL + "connectors: {w: {connection: m, prompt: p}}\n"),
        ],
    )
    def test_a_step_without_effect_whose_result_nothing_uses(
        self, kind: str, head: str
    ) -> None:
        last = "{name: last, value: 1}"
        fault = only(chain(f"{{name: x, {kind}}}", last, head=head))
        assert (fault.rule.code, places(fault)) == ("N409", ["x"])

    @pytest.mark.parametrize(
        "steps",
        [
            ("{name: x, url: 'http://x', method: POST}", "{name: y, value: 1}"),
            (A, "{name: y, value: 1}"),
            ("{name: x, kind: python, target: 'm:f'}", "{name: y, value: 1}"),
            ("{name: x, value: 1}", "{name: y, value: '{{ x }}'}"),
            ("{name: x, value: 1}", "{name: y, value: 1, depends_on: [x]}"),
            ("{name: x, value: 1}", "{if: x, then: [{name: y, value: 1}]}"),
            # a function that is given at run time sees all results
            ("{name: x, value: 1}", A),
            ("{name: x, value: 1}", "{if: payload.k, then: [" + A + "]}", B),
            (
                "{name: x, value: 1}",
                "{name: y, kind: python, target: 'm:f'}",
                "{name: z, value: 1}",
            ),
            # the last batch is the value of its block
            (
                "{name: x, value: 1, parallel: true}",
                "{name: y, value: 1, parallel: true}",
            ),
            (
                "{if: payload.k, then: [{name: x, value: 1}]}",
                "{name: y, value: 1}",
            ),
        ],
    )
    def test_what_is_used_or_has_an_effect(self, steps: tuple[str, ...]) -> None:
        assert codes(chain(*steps)) == []

    @pytest.mark.parametrize(
        "steps",
        [
            (A, "{name: x, value: 1}", "{name: y, value: 1}"),
            (
                "{name: x, value: 1}",
                "{name: y, kind: python, target: 'm:f', with: {k: 1}}",
            ),
            ("{name: x, value: 1}", "{name: y, kind: chain, target: d}"),
            ("{if: payload.k, then: [{name: x, value: 1}, {name: y, value: 1}]}",),
        ],
    )
    def test_what_no_function_can_see(self, steps: tuple[str, ...]) -> None:
        assert codes(chain(*steps)) == ["N409"]

    def test_a_result_that_leaves_the_last_step_out(self) -> None:
        steps = ("{name: x, value: 1}", "{name: y, value: 1}")
        assert codes(chain(*steps, keys="result: '{{ x }}', ")) == ["N409"]

    def test_errors_come_first(self) -> None:
        steps = ("{name: x, value: 1}", "{name: y, value: '{{ z }}'}")
        assert codes(chain(*steps)) == ["N313"]


class TestIdle:
    @pytest.mark.parametrize(
        "steps",
        [
            (PA,),
            (PA, B),
            (PA, "{name: x, target: f}", PB),
            (PA, step("x", "parallel: true, depends_on: [a]")),
            ("{if: payload.k, then: [" + PA + "]}",),
        ],
    )
    def test_parallel_that_does_nothing(self, steps: tuple[str, ...]) -> None:
        faults = found(chain(*steps))
        assert {fault.rule.code for fault in faults} == {"N410"}
        assert {marked(fault) for fault in faults} == {"true"}
        assert {fault.severity.value for fault in faults} == {"note"}

    @pytest.mark.parametrize(
        "steps",
        [
            (PA, PB),
            (PA, PB, step("x", "parallel: true, depends_on: [a]")),
            (PA, "{if: payload.k, parallel: true, then: [" + B + "]}"),
        ],
    )
    def test_parallel_that_does_something(self, steps: tuple[str, ...]) -> None:
        assert codes(chain(*steps)) == []

    def test_the_diamond_of_the_guide_that_is_not_to_be_written(self) -> None:
        last = step("x", "parallel: true, depends_on: [a, b]")
        assert only(chain(PA, PB, last)).message == (
            "`parallel` does nothing: nothing can run beside step `x`"
        )

    def test_under_dag_nothing_is_said(self) -> None:
        assert codes(chain(PA, keys=DAG)) == []


def test_a_chain_that_lost_a_part_is_only_checked_for_names() -> None:
    text = chain(
        PA, "{name: x, target: f, depends_on: 3, options: {o: '{{ b }}{{ q }}'}}", B
    )
    assert codes(text) == ["N313"]


def test_a_chain_of_a_used_file_gives_errors_but_no_warnings() -> None:
    used = document(chain("{name: x, value: 1}", "{name: y, value: 1}"), "specs/d.yaml")
    main = document(
        "use: [d]\nchains: {e: {steps: [{name: z, kind: chain, target: c}]}}"
    )
    documents = {"specs/d.yaml": used, main.source.path: main}
    spec, faults = load_spec(main, {"specs/d.yaml": used})
    assert spec is not None and not faults
    assert [c.used for c in spec.chains].count(True) == 1
    assert list(check_graph(Semantics(spec, documents))) == []


@pytest.mark.large
def test_thousands_of_faults_take_no_time() -> None:
    steps = [
        step(f"s{i}", f"depends_on: [t{i}, s{(i + 1) % 2000}]") for i in range(2000)
    ]
    main = document(chain(*steps))
    spec, _ = load_spec(main, {})
    assert spec is not None
    start = time.process_time()
    faults = list(check_graph(Semantics(spec, {main.source.path: main})))
    assert time.process_time() - start < 3
    assert len(faults) == 2001
