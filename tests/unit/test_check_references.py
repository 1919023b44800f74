"""What the checks of a chain's expressions find, and what they leave alone."""

from __future__ import annotations

import pytest

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
    value,
)
from tests.unit.spec_documents import marked


class TestReferences:
    @pytest.mark.parametrize(
        ("reading", "help_"),
        [
            ("{{ summray }}", "did you mean `summary`?"),
            ("{{ steps.summray }}", "did you mean `summary`?"),
            ("{{ txt }}", "did you mean `payload.text`?"),
            ("{{ text }}", "did you mean `payload.text`?"),
            ("{{ paylod.text }}", "did you mean `payload`?"),
            ("{{ say_hello }}", "did you mean `steps['say hello']`?"),
            (
                "{{ zzzzz }}",
                "declare it in the `input` of the chain, and read `payload.zzzzz`",
            ),
            ("{{ steps.zzzzz }}", None),
        ],
    )
    def test_an_unknown_name(self, reading: str, help_: str | None) -> None:
        text = reading.replace("'", "''")
        fault = only(
            chain(
                step("summary", "timeout: 1"),
                step("'say hello'", "timeout: 1"),
                value("x", text),
                keys="input: {text: str}, ",
            )
        )
        assert (fault.rule.code, fault.help) == ("N313", help_)
        assert marked(fault) in reading

    def test_an_unknown_name_is_told_once(self) -> None:
        faults = found(chain(value("x", "{{ q }}{{ q }}"), value("y", "{{ q }}")))
        assert [fault.rule.code for fault in faults] == ["N313"]

    def test_a_loop_variable_is_known_in_its_loop_only(self) -> None:
        loop = "{for: doc, in: payload.docs, steps: [" + value("x", "{{ doc }}") + "]}"
        assert codes(chain(loop)) == []
        fault = only(chain(loop, value("y", "{{ doc.title }}")))
        assert fault.rule.code == "N313"
        assert places(fault) == ["doc", "doc: this `for`"]
        inner = loop.replace("payload.docs", "doc.docs")
        assert codes(chain(inner)) == ["N313"]

    def test_options_are_those_of_the_step(self) -> None:
        good = "{name: x, target: f, options: {o: 1}, when: options.o > 0}"
        assert codes(chain(good)) == []
        assert codes(chain(value("x", "{{ options.p }}"))) == ["N313"]
        assert codes(chain(A, keys="result: '{{ options.p }}', ")) == ["N313"]

    def test_what_is_always_known(self) -> None:
        text = "{{ payload.a }}{{ input.b }}{{ env.HOME }}{{ run.id }}{{ steps.a }}"
        assert codes(chain(A, value("x", text))) == []

    @pytest.mark.parametrize(
        ("steps", "code", "help_"),
        [
            ((value("x", "{{ b }}"), A, B), "N405", "add `depends_on: [b]` to `x`"),
            (
                (PA, value("x", "{{ a }}", ", parallel: true")),
                "N406",
                "add `depends_on: [a]` to `x`",
            ),
            (
                (value("x", "{{ y }}"), step("y", "depends_on: [x]")),
                "N405",
                "`y` needs step `x`, so this use has to go",
            ),
            (
                ("{if: b, then: [" + A + "]}", B),
                "N405",
                "move the `if` block behind `b`",
            ),
            (
                ("{for: i, in: b, parallel: true, steps: [" + A + "]}", PB),
                "N406",
                "take `parallel` from the `for` block, and move it after `b`",
            ),
            (
                ("{if: 1 == 1, name: k, then: [" + value("x", "{{ b }}") + "]}", A, B),
                "N405",
                "move the `if` block `k` behind `b`",
            ),
        ],
    )
    def test_a_result_that_is_not_there_yet(
        self, steps: tuple[str, ...], code: str, help_: str
    ) -> None:
        fault = only(chain(*steps))
        assert (fault.rule.code, fault.help) == (code, help_)

    @pytest.mark.parametrize(
        "steps",
        [
            (PA, PB, value("x", "{{ a }} {{ b }}")),
            (PA, PB, value("x", "{{ a }}", ", parallel: true, depends_on: [a]")),
            (value("x", "{{ b }}", ", depends_on: [b]"), A, B),
            (A, "{if: a, then: [" + value("x", "{{ a }}") + "]}"),
            (A, "{if: a, name: k, then: [" + B + "]}", value("x", "{{ k }}")),
        ],
    )
    def test_a_result_that_is_there(self, steps: tuple[str, ...]) -> None:
        assert codes(chain(*steps)) == []

    def test_no_reader_waits_for_a_sibling_of_what_it_needs(self) -> None:
        reading = value("x", "{{ b }}", ", parallel: true, depends_on: [a]")
        fault = only(chain(PA, PB, reading))
        assert fault.rule.code == "N406"

    @pytest.mark.parametrize(
        ("steps", "circle", "marks"),
        [
            (
                (value("x", "{{ y }}"), value("y", "{{ x }}{{ x.a }}")),
                "`x` -> `y` -> `x`",
                ["y: `x` reads `y`", "x: `y` reads `x`"],
            ),
            (
                (
                    value("x", "{{ y }}", ", parallel: true"),
                    value("y", "{{ x }}", ", parallel: true"),
                ),
                "`x` -> `y` -> `x`",
                ["y: `x` reads `y`", "x: `y` reads `x`"],
            ),
            (
                (
                    value("x", "{{ z }}"),
                    value("y", "{{ x }}"),
                    "{if: y, name: z, then: [" + A + "]}",
                ),
                "`x` -> `z` -> `y` -> `x`",
                ["z: `x` reads `z`", "y: `z` reads `y`", "x: `y` reads `x`"],
            ),
            (
                (
                    value("x", "{{ y }}"),
                    value("y", "{{ z }}", ", depends_on: [z]"),
                    value("z", "{{ x }}"),
                ),
                "`x` -> `y` -> `z` -> `x`",
                ["y: `x` reads `y`", "z: `y` needs `z`", "x: `z` reads `x`"],
            ),
        ],
    )
    def test_results_that_need_each_other(
        self, steps: tuple[str, ...], circle: str, marks: list[str]
    ) -> None:
        fault = only(chain(*steps))
        assert (fault.rule.code, fault.fix, fault.help) == (
            "N402",
            None,
            "remove one of these uses",
        )
        assert fault.message == f"steps need the results of each other: {circle}"
        assert places(fault) == marks

    def test_two_circles_through_one_step(self) -> None:
        two = value("x", "{{ y }}{{ z }}"), value("y", "{{ x }}"), value("z", "{{ x }}")
        assert codes(chain(*two)) == ["N402", "N402"]

    def test_a_step_that_reads_itself(self) -> None:
        assert only(chain(value("x", "{{ x }}"))).message == (
            "step `x` reads its own result"
        )

    def test_a_block_and_its_own_steps(self) -> None:
        text = chain("{if: a, name: k, then: [" + A + "]}")
        assert only(text).message == (
            "the `if` block `k` reads `a`, a step of its own that has not run by then"
        )
        text = chain("{if: 1 == 1, name: k, then: [" + value("x", "{{ k }}") + "]}")
        assert only(text).message == "step `x` reads `k`, the block around it"

    def test_another_branch(self) -> None:
        block = f"{{if: payload.k, then: [{A}], else: [{value('x', '{{ a }}')}]}}"
        fault = only(chain(block))
        assert fault.rule.code == "N407"
        assert places(fault) == ["a", "a: it is here"]

    @pytest.mark.parametrize(
        ("name", "way"),
        [
            ("", "give the `for` block a name, `name: NAME`, and read that"),
            ("name: all, ", "read `all`, the value of the whole block"),
        ],
    )
    def test_a_step_inside_a_block(self, name: str, way: str) -> None:
        loop = f"{{for: i, in: payload.x, {name}steps: [{A}]}}"
        fault = only(chain(loop, value("x", "{{ a }}")))
        assert (fault.rule.code, fault.help) == ("N408", way)
        assert codes(chain(loop, keys="result: '{{ a }}', ")) == ["N408"]

    def test_the_result_reads_all_steps_of_the_chain(self) -> None:
        assert codes(chain(PA, PB, keys="result: ['{{ a }}', '{{ b }}'], ")) == []

    def test_every_reference_is_there_under_dag(self) -> None:
        assert codes(chain(value("x", "{{ a }}"), A, keys=DAG)) == []

    def test_names_that_two_steps_have_are_told_elsewhere(self) -> None:
        assert codes(chain(value("x", "{{ a }}"), A, A)) == []


class TestRounds:
    """A `while` reads what its steps had in the round before."""

    def loop(self, *steps: str, condition: str = "draft < 1") -> str:
        return f"{{while: {condition}, max: 3, steps: [{', '.join(steps)}]}}"

    def test_the_round_before(self) -> None:
        draft = value("draft", "{{ draft | default(0) }} {{ review }}")
        assert codes(chain(self.loop(draft, value("review", "{{ draft }}")))) == []

    def test_the_condition_reads_the_body_but_not_blocks_in_it(self) -> None:
        inner = f"{{if: draft, then: [{A}]}}"
        draft = value("draft", "1")
        assert codes(chain(self.loop(draft, inner))) == []
        fault = only(chain(self.loop(draft, inner, condition="a < 1")))
        assert fault.rule.code == "N408"

    def test_a_block_inside_reads_the_round_before_of_the_body(self) -> None:
        inner = f"{{if: payload.k, then: [{value('x', '{{ late }}')}]}}"
        assert (
            codes(chain(self.loop(value("draft", "1"), inner, value("late", "1"))))
            == []
        )

    def test_steps_of_one_batch_cannot_read_each_other(self) -> None:
        draft = value("draft", "{{ review }}", ", parallel: true")
        review = value("review", "1", ", parallel: true")
        assert codes(chain(self.loop(draft, review))) == ["N406"]

    def test_a_round_of_a_for_has_no_round_before(self) -> None:
        loop = "{for: i, in: payload.x, steps: [" + value("x", "{{ a }}") + f", {A}]}}"
        assert codes(chain(loop)) == ["N405"]


class TestExpressions:
    def test_a_fault_stands_at_its_column(self) -> None:
        fault = only(chain("{name: x, value: 'Hi {{ payload.a | uper }}'}"))
        assert (fault.rule.name, marked(fault)) == ("unknown-filter", "uper")

    @pytest.mark.parametrize(
        "entry",
        [
            "{name: x, value: {k: ['{{ 1 + }}']}}",
            "{name: x, value: 1, when: '1 +'}",
            "{if: '1 +', then: [{name: x, value: 1}]}",
            "{if: 1 == 1, then: [{name: x, value: 1}], elif: [{if: '1 +', then: "
            "[{name: y, value: 1}]}]}",
            "{match: '1 +', cases: [{case: [1], steps: [{name: x, value: 1}]}]}",
            "{while: '1 +', max: 1, steps: [{name: x, value: 1}]}",
            "{for: i, in: '1 +', steps: [{name: x, value: 1}]}",
            "{if: 1 == 1, then: [{if: 1 == 1, then: [{name: x, value: '{{ 1 + }}'}]}]}",
        ],
    )
    def test_every_place_of_an_expression_is_read(self, entry: str) -> None:
        assert only(chain(entry)).rule.name == "expression-syntax"

    def test_the_result_and_connectors_are_read(self) -> None:
        assert codes(chain(A, keys="result: {k: '{{ 1 + }}'}, ")) == ["N501"]
        head = LOCAL + "connectors: {w: {connection: m, prompt: '{{ 1 + }}'}}\n"
        assert codes(chain(A, head=head)) == ["N501"]

    def test_a_connector_knows_no_steps(self) -> None:
        prompt = "{{ a }}{{ payload.x }}{{ options.y }}{{ optons.z }}"
        fault, other = found(
            chain(
                A,
                head=f"{LOCAL}connectors: {{w: {{connection: m, prompt: '{prompt}'}}}}\n",
            )
        )
        assert (fault.rule.code, marked(fault)) == ("N313", "a")
        assert other.help == "did you mean `options`?"

    @pytest.mark.parametrize(
        ("reading", "place"),
        [
            ("payload.txt", "txt"),
            ("payload.text.x", "x"),
            ("payload.doc.titel", "titel"),
            ("payload.doc.inner.doc.nam", "nam"),
            ("a.titel", "titel"),
            ("b.x", "x"),
            ("d.titel", "titel"),
        ],
    )
    def test_fields_that_a_type_does_not_have(self, reading: str, place: str) -> None:
        head = (
            LOCAL
            + "types: {Doc: {title: str, inner: Pair}, Pair: {doc: Doc, n: int}}\n"
            + "connectors: {w: {connection: m, prompt: p, output: Doc}}\n"
        )
        text = chain(
            "{name: a, target: f, output: Doc}",
            "{name: b, prompt: Hi, connection: m}",
            "{name: d, target: w}",
            value(
                "x", "{{ payload.doc.title ~ payload.rest.any ~ a.inner.n ~ d.title }}"
            ),
            value("y", f"{{{{ {reading} }}}}"),
            head=head,
            keys="input: {text: str, doc: Doc, rest: any}, ",
        )
        fault = only(text)
        assert (fault.rule.name, marked(fault)) == ("unknown-field", place)

    def test_what_lost_a_part_is_not_held_against_its_readers(self) -> None:
        text = chain(
            value("x", "{{ payload.names }}"), keys="input: {names: 'list['}, "
        )
        assert codes(text) == []
