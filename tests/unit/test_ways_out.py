"""What a message says to write is right: forms of other languages, as they are said here."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("list(str)", "list[str]"),
        ("List<str>", "list[str]"),
        ("dict(str, int)", "dict[str, int]"),
        ("Set(int)", "list[int]"),
        ("optional(str)", "str?"),
        ("optional str", "str?"),
        ("string[]", "list[str]"),
        ("Foo[]", "list[Foo]"),
        ("nullable int", "int?"),
    ],
)
def test_a_type_in_other_brackets_is_shown_as_it_is_written(
    written: str, meant: str
) -> None:
    for path, text in (
        ("x.ai", f"type T:\n    a: {written}\n"),
        ("x.yaml", f"types:\n  T:\n    a: {written}\n"),
    ):
        (problem,) = problems_of(path, text)
        assert (problem.rule.code, problem.help) == ("N701", f"write `{meant}`")


@pytest.mark.parametrize(
    ("read", "code", "way_out"),
    [
        ("payload.s.upper", "N509", "write `payload.s | upper`"),
        ("payload.s.strip", "N509", "write `payload.s | trim`"),
        ("payload.s.length", "N509", "write `payload.s | length`"),
        ("payload.s.other", "N509", "read `payload.s` alone"),
        ("payload.s.len()", "N505", "a filter does it: write `| length`"),
        ("payload.s.toUpperCase()", "N505", "a filter does it: write `| upper`"),
        ("payload.l.map(x)", "N505", "a filter does it: write `| map`"),
        ("payload.l.count", "N509", "write `payload.l | length`"),
        (
            "payload.s | startswith('a')",
            "N503",
            "it is a method: write `value.startswith(...)`",
        ),
        ("payload.s | contains('a')", "N503", "write `'text' in value`"),
        ("steps.a.state", "N509", "write `steps.a.status`"),
        ("steps.a.duration", "N509", "write `steps.a.elapsed_ms`"),
        ("steps.a.statuss", "N509", "write `steps.a.status`"),
    ],
)
def test_what_others_have_as_a_field_or_a_method_is_shown_as_it_is_written(
    read: str, code: str, way_out: str
) -> None:
    text = (
        "chain c:\n    input:\n        s: str\n        l: list[int]\n"
        "    step a:\n        target: t\n        output: str\n"
        f'    step b:\n        value: "{{{{ {read} }}}}"\n    result: "{{{{ a ~ b }}}}"\n'
    )
    found = [p for p in problems_of("x.ai", text) if p.rule.code == code]
    assert [problem.help for problem in found] == [way_out]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("len", "length"),
        ("uppercase", "upper"),
        ("lowercase", "lower"),
        ("strip", "trim"),
        ("filter", "select"),
        ("to_json", "tojson"),
    ],
)
def test_a_filter_of_other_languages_is_told_by_its_name_here(
    name: str, meant: str
) -> None:
    text = f'chain c:\n    step s:\n        value: "{{{{ payload.a | {name} }}}}"\n'
    (problem,) = problems_of("x.ai", text)
    assert (problem.rule.code, problem.help) == ("N503", f"did you mean `{meant}`?")


@pytest.mark.parametrize(
    ("written", "caret", "what"),
    [
        ("[x.s for x in payload.l]", "for", "loops"),
        ("{x: 1 for x in payload.l}", "for", "loops"),
        ("sum(x.n for x in payload.l)", "for", "loops"),
        ("payload.l | map(x: x.s)", ":", "functions"),
        ("payload.l | map(x => x.s)", ">", "functions"),
        ("payload.l.map(x -> x.s)", ">", "functions"),
        ("payload.l | map(lambda x: x.s)", "x", "functions"),
        ("payload.l | map(.s)", ".", "functions"),
    ],
)
def test_a_loop_or_function_in_an_expression_is_a_filter_or_a_block(
    written: str, caret: str, what: str
) -> None:
    text = f'chain c:\n    step s:\n        value: "{{{{ {written} }}}}"\n'
    (problem,) = problems_of("x.ai", text)
    span = problem.label.span
    assert (problem.rule.code, text[span.start : span.end]) == ("N501", caret)
    assert (problem.help or "").startswith(
        f"expressions have no {what} of their own: write "
        "`payload.list | map(attribute='name') | list`"
    )


@pytest.mark.parametrize(
    ("condition", "way_out"),
    [
        ('m == "good"', "compare a field of it: `m.label`"),
        ('payload.p != "x"', "compare a field of it: `payload.p.x`, `payload.p.y`"),
    ],
)
def test_a_whole_object_beside_a_text_is_told_by_its_fields(
    condition: str, way_out: str
) -> None:
    text = (
        "type M:\n    label: one of [good, bad]\n    n: int\n"
        "type P:\n    x: str\n    y: str\n"
        "chain c:\n    input: {p: P}\n    step m:\n        target: t\n        output: M\n"
        f"    if {condition}:\n        step s:\n            value: 1\n"
    )
    (problem,) = [p for p in problems_of("x.ai", text) if p.rule.code == "N525"]
    assert problem.help == way_out


def test_a_type_with_brackets_in_braces_of_yaml_is_put_in_quotes() -> None:
    for written, meant in (("list[str]", "list[str]"), ("int[]", "list[int]")):
        text = f"chain: c\nsteps:\n  - {{name: s, target: t, output: {written}}}\n"
        (problem,) = problems_of("x.yaml", text)
        assert problem.help == f'put it in quotes: `"{meant}"`'


def test_a_type_in_quotes_with_a_default_behind_it_loses_its_quotes() -> None:
    text = 'chain c:\n    input:\n        a: "list[str]" = []\n    step s: {value: 1}\n'
    (problem,) = problems_of("x.ai", text)
    assert problem.help == (
        "a type stands without quotes, and a default behind it: `list[str] = []`"
    )


@pytest.mark.parametrize("blank", ["\u00a0", "\u2009", "\u3000"])
def test_a_blank_of_another_kind_behind_a_block_word_is_named(blank: str) -> None:
    for text, way_out in (
        (f"chain{blank}c:\n    step s: {{value: 1}}\n", "write `chain c:`"),
        (f"chain c:\n    step{blank}s:\n        value: 1\n", "write `step s:`"),
        (
            f"chain c:\n    if{blank}payload.a:\n        step s: {{value: 1}}\n",
            "write `if payload.a:`",
        ),
    ):
        found = [p for p in problems_of("x.ai", text) if p.rule.code == "N113"]
        assert [problem.help for problem in found] == [way_out]
        assert text[found[0].label.span.start] == blank
