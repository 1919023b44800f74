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
