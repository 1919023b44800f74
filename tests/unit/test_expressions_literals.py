"""Literals are readable, and nothing breaks out of them."""

from __future__ import annotations

import ast

import pytest
from n3gen.expressions import literal, text_literal
from n3gen.expressions.literals import Hole, pieces


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("plain", '"plain"'),
        ('say "hi"', "'say \"hi\"'"),
        ("it's so", '"it\'s so"'),
        ('it\'s "so"', "'it\\'s \"so\"'"),
        ("a\\b\n\t\r\0", '"a\\\\b\\n\\t\\r\\x00"'),
        ("\u202e\ud800\U0001f600é\U000e0001", '"\\u202e\\ud800\U0001f600é\\U000e0001"'),
        ("{x}", '"{x}"'),
        (float("inf"), 'float("inf")'),
        ([1, None, True, (2.5,)], "[1, None, True, (2.5,)]"),
        ({"a": [], 1: {}}, '{"a": [], 1: {}}'),
    ],
)
def test_a_literal(value: object, source: str) -> None:
    assert literal(value) == source


def test_a_number_too_long_for_decimals() -> None:
    value = -(10**6_000)
    assert ast.literal_eval(literal(value)) == value


def test_no_literal_for_what_is_no_data() -> None:
    with pytest.raises(TypeError, match="type object"):
        literal(object())


def test_a_text_keeps_its_lines() -> None:
    assert text_literal("one line") == '"one line"'
    assert text_literal("one\n\ntwo\n") == '(\n    "one\\n"\n    "\\n"\n    "two\\n"\n)'


def test_a_long_line_is_split_at_spaces() -> None:
    lines = pieces(["word " * 30 + "x" * 100], 50)
    assert [ast.literal_eval(line) for line in lines] == [
        *["word " * 10] * 3,
        "x" * 100,
    ]


def test_holes_make_f_strings_of_the_lines_that_have_them() -> None:
    found = pieces(["{a}\n", Hole("x['y']"), '} "b"\n', "c"])
    assert found == ['"{a}\\n"', 'f"{x[\'y\']}}} \\"b\\"\\n"', '"c"']
    assert pieces(['"a" ', Hole("x")]) == ["f'\"a\" {x}'"]
