"""What `n3gen breaking` finds inside results, and in baselines of them."""

from __future__ import annotations

import json

import pytest
from n3gen.interface.compare import breaking_changes
from n3gen.interface.model import Interface

from tests.change_specs import PLACES, found, spec
from tests.offers import offer


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("change", "what"),
    [
        (
            {"type": "int?"},
            "a` in the result of chain `c` was `int` and is `int | none`",
        ),
        (
            {"type": "str", "keys": ""},
            "a` in the result of chain `c` was `int` and is `s",
        ),
        ({"keys": "max: 10"}, "a` in the result of chain `c` had the bound `max: 9`"),
        (
            {"keys": "max: 9, alias: al-a"},
            "a` in the result of chain `c` is called `al-a`",
        ),
        ({"kind": "one of [x, y, z]"}, "kind` in the result of chain `c` was `one of"),
        ({"more": ""}, "next` in the result of chain `c` is gone"),
    ],
)
def test_what_callers_get_at_any_place(
    place: str, change: dict[str, str], what: str
) -> None:
    before = spec(fields="n: int", output=f'"{place}"')
    after = spec(fields="n: int", output=f'"{place}"', **change)
    lines = found(before, after)
    assert len(lines) == 1
    assert what in lines[0]


@pytest.mark.parametrize(
    ("result", "path"),
    [
        ('"{{ x }}"', "a"),
        ('{k: "{{ x }}"}', "k.a"),
        ('["{{ x }}", "{{ x }}"]', "a"),
        ('{k: [{l: "{{ x }}"}]}', "k.l.a"),
        ("\"{{ {'k': x} }}\"", "k.a"),
    ],
)
@pytest.mark.parametrize("when", ["", 'when: t == "yes"'])
def test_what_results_are_written_of(result: str, path: str, when: str) -> None:
    parts = {"fields": "n: int", "result": f"result: {result}", "when": when}
    assert found(spec(**parts), spec(**parts)) == []
    assert found(spec(**parts), spec(**parts, type="int?")) == [
        f"N803 `{path}` in the result of chain `c` was `int` and is `int | none` now"
    ]
    assert found(spec(**parts, type="int?"), spec(**parts)) == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (
            "{n: 1}",
            '{n: "{{ x.b }}"}',
            "`n` in the result of chain `c` was `int` and is `str`",
        ),
        (
            "{n: 1}",
            '{n: "{{ y }}"}',
            "`n` in the result of chain `c` was `int` and is `any`",
        ),
        (
            '"{{ t }}"',
            '"{{ t | length }}"',
            "the result of chain `c` was `str` and is `int`",
        ),
        ('"{{ t }}"', '"{{ y }}"', "the result of chain `c` was `str` and is `any`"),
        (
            "{n: {m: 1, o: 2}}",
            "{n: {m: 1}}",
            "`n.o` in the result of chain `c` is gone",
        ),
        ("[1]", '["a"]', "the result of chain `c` was `list[int]` and is `list[str]`"),
        (
            "{n: 1}",
            '"{{ x }}"',
            "the result of chain `c` was `mapping of n` and is `R`",
        ),
        (
            '"{{ x }}"',
            '"{{ x.next }}"',
            "the result of chain `c` was `R` and is `R | none`",
        ),
        ('{n: "{{ y }}"}', "{n: 1}", None),
        ("{n: 1.5}", "{n: 1, m: 2}", None),
        ('"{{ x.next }}"', '"{{ x }}"', None),
    ],
)
def test_results_that_are_written_anew(
    before: str, after: str, what: str | None
) -> None:
    lines = found(
        *(spec(fields="n: int", result=f"result: {r}") for r in (before, after))
    )
    assert len(lines) == (what is not None)
    assert what is None or lines[0].startswith(f"N803 {what}")


@pytest.mark.parametrize(
    ("result", "where"),
    [('{k: "{{ x }}"}', "`k` in the result"), ('"{{ x }}"', "the result")],
)
def test_a_step_that_may_be_skipped_now(result: str, where: str) -> None:
    parts = {"fields": "n: int", "result": f"result: {result}"}
    assert found(spec(**parts), spec(**parts, when="when: payload.n")) == [
        f"N803 {where} of chain `c` was `R` and is `R | none` now"
    ]


def test_values_that_are_the_result_without_one_that_is_written() -> None:
    block = (
        "parallel both:\n        step k: {{prompt: A{}}}\n        step l: {{prompt: B}}"
    )
    before, after = (
        spec(fields="n: int", result=block.format(when))
        for when in ("", ", when: payload.n")
    )
    assert found(before, after) == [
        "N803 `k` in the result of chain `c` was `str` and is `str | none` now"
    ]
    called = "step last: {kind: chain, target: d}\n\nchain d:\n    step z: {target: e, output: R}"
    before = spec(fields="n: int", result=called)
    assert found(before, before.replace("output: R", "output: R?")) == [
        f"N803 the result of chain `{name}` was `R` and is `R | none` now"
        for name in "cd"
    ]


def test_a_baseline_without_values_is_compared_by_what_it_has() -> None:
    before = offer(spec(fields="n: int", result='result: {k: "{{ x }}", l: 1}'))
    kept = json.loads(before.interface.model_dump_json(exclude_defaults=True))
    (module,) = kept["modules"].values()
    del module["chains"]["c"]["value"]
    for fields in (*module["types"].values(), module["chains"]["c"]["input"]):
        for one in fields.values():
            del one["name"]
    earlier = Interface.model_validate(kept)
    after = offer(spec(fields="n: int", result='result: {k: "{{ y }}"}'))

    def lines(now: Interface) -> list[str]:
        label = before.top("spec")
        return [one.message for one in breaking_changes(earlier, now, lambda *_: label)]

    assert lines(before.interface) == []
    assert lines(after.interface) == ["`l` in the result of chain `c` is gone"]


def test_values_come_back_from_a_baseline() -> None:
    interface = offer(spec(result="result: {k: [1, true, none], l: 1.5}")).interface
    text = interface.model_dump_json(exclude_defaults=True)
    assert Interface.model_validate_json(text) == interface


ROWS = """\
type L: {label: one of [x, y]}
chain c:
    input: {docs: "list[str]"}
    for rows: d in payload.docs:
        step l: {target: asked, output: L}
        step row: {value: {label: "{{ l.label }}", problem: null}}
        on_error as e:
            step bad: {value: {label: unknown, problem: "{{ e.message }}"}}
    result: {rows: "{{ rows }}"}
"""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "[x, y]",
            "[x, y, z]",
            "`rows.label` in the result of chain `c` was `one of [x, y]` and is "
            "`one of [x, y, z]` now",
        ),
        (
            "label: unknown,",
            "label: 3,",
            "`rows.label` in the result of chain `c` was `str` and is `int` now",
        ),
        (
            "label: unknown, ",
            "",
            "`rows.label` in the result of chain `c` is gone",
        ),
        (
            'bad: {value: {label: unknown, problem: "{{ e.message }}"}}',
            "bad: {target: other}",
            "`rows` in the result of chain `c` was `list[mapping of label, problem | "
            "mapping of label, problem]` and is `list[any]` now",
        ),
    ],
)
def test_one_of_several_mappings_that_changes(old: str, new: str, what: str) -> None:
    lines = [one for one in found(ROWS, ROWS.replace(old, new)) if "N803" in one]
    assert lines == [f"N803 {what}"]


def test_an_item_that_becomes_unknown_is_told_as_a_list() -> None:
    before = ROWS.replace("result: {rows", "result: {all: [1], rows")
    after = before.replace("[1]", '["{{ payload.docs | tojson | fromjson }}"]')
    assert found(before, after)[:1] == [
        "N803 `all` in the result of chain `c` was `list[int]` and is `list[any]` now"
    ]
