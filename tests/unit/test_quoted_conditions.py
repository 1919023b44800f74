from __future__ import annotations

import pytest
from n3gen.expressions import parse_expression


@pytest.mark.parametrize("quote", ['"', "'"])
def test_a_quoted_condition_is_the_expression_inside(quote: str) -> None:
    parsed = parse_expression(f"{quote}{{{{ payload.docs }}}}{quote}")
    (reference,) = parsed.references
    assert (parsed.faults, reference.path, reference.start) == ((), ("docs",), 4)


def test_a_quoted_condition_with_text_around_is_a_fault() -> None:
    (fault,) = parse_expression('"{{ payload.a }} x"').faults
    assert fault.message == "this must be one expression, with no text around it"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("{{ payload.p }}{{ i }}", "payload.p ~ i"),
        ("{{ payload.p }}-{{ i }}", "payload.p ~ '-' ~ i"),
        ("{{ a }} {{ b['k'] }}", "a ~ ' ' ~ b['k']"),
        ("{{ a | upper }}/{{ b if c else d }}", "(a | upper) ~ '/' ~ (b if c else d)"),
        ("{{ i }}_x", "i ~ '_x'"),
        ("{{ i }}-x", "i ~ '-x'"),
        ("{{ i }}-1", "i-1"),
        ("{{ a }} == 1", "a == 1"),
        ("{{ a }}>{{ b }}", "a>b"),
        ("{{ a }} - {{ b }}", "a - b"),
        ("{{ a }} and {{ b }}", "a and b"),
        ("{{ a }}.b", "a.b"),
    ],
)
def test_values_beside_each_other_are_joined(written: str, meant: str) -> None:
    (fault,) = parse_expression(written).faults
    assert fault.help == f"write `{meant}`"
    assert parse_expression(meant).faults == ()
