"""Properties of literals: any data survives them, and black leaves them as they are."""

from __future__ import annotations

import ast
import json
from typing import Any

import black
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.expressions import data_to_python, literal, text_literal
from n3gen.names import fill_outside

plain_data = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(plain_data)
@settings(max_examples=100, deadline=None)
def test_a_literal_is_its_value_and_survives_black(value: Any) -> None:
    source = f"value = {literal(value)}\n"
    source.encode()
    for text in (source, black.format_str(source, mode=black.Mode())):
        found: dict[str, Any] = {}
        exec(text, found)
        assert repr(found["value"]) == repr(value)


@given(st.text(st.characters(codec=None), max_size=200), st.integers(1, 90))
@settings(max_examples=100, deadline=None)
def test_a_text_literal_is_its_text_and_stays_as_black_left_it(
    text: str, width: int
) -> None:
    source = f"value = {text_literal(text, width)}\n"
    source.encode()
    assert ast.literal_eval(ast.parse(source).body[0].value) == text  # type: ignore[attr-defined]
    once = black.format_str(source, mode=black.Mode())
    assert black.format_str(once, mode=black.Mode()) == once
    assert ast.literal_eval(ast.parse(once).body[0].value) == text  # type: ignore[attr-defined]


@given(plain_data)
@settings(max_examples=50, deadline=None)
def test_data_without_expressions_keeps_its_value(value: Any) -> None:
    text = json.dumps(value)
    if not any(sign in text for sign in ("{{", "{%", "{#")):
        source = fill_outside(data_to_python(value, {}).source, str)
        assert repr(eval(source, {"Any": Any})) == repr(value)
