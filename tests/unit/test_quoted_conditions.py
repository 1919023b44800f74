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
