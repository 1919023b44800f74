"""The type grammar: what it reads, and where it says that it cannot."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.spec.model import TypeRef
from n3gen.spec.type_fit import fits
from n3gen.spec.types import TypeFault, parse_field, parse_type, spelled

STR, INT = TypeRef(name="str"), TypeRef(name="int")
NONE, ANY = TypeRef(name="none"), TypeRef(name="any")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("str", STR),
        (" int ", INT),
        ("list[str]", TypeRef(name="list", args=(STR,))),
        ("list", TypeRef(name="list", args=(ANY,))),
        ("dict[str, int]", TypeRef(name="dict", args=(STR, INT))),
        ("str | int", TypeRef(name="union", args=(STR, INT))),
        ("str?", TypeRef(name="union", args=(STR, NONE))),
        ("str? | str | none", TypeRef(name="union", args=(STR, NONE))),
        ("Sentiment", TypeRef(name="Sentiment")),
        ('list["My Type"]', TypeRef(name="list", args=(TypeRef(name="My Type"),))),
        ('one of [a, 2, "c d"]', TypeRef(name="one of", values=("a", 2, "c d"))),
        ("one of [yes, true]", TypeRef(name="one of", values=("yes", True))),
    ],
)
def test_types_are_read(text: str, wanted: TypeRef) -> None:
    assert parse_type(text) == wanted


@pytest.mark.parametrize(
    ("text", "default"),
    [
        ("int = 10", 10),
        ("int = 012", 12),
        ("str = yes", "yes"),
        ("str = see http://x, or y", "see http://x, or y"),
        ("list[str] = []", []),
        ('list[str] = [a, "b c"]', ["a", "b c"]),
        ("dict[str, any] = {a: 1, b: [x]}", {"a": 1, "b": ["x"]}),
        ("str? = none", None),
        ("str = none", "none"),
        ("bool = false", False),
        ("float = -1.5e3", -1500.0),
        (r'str = "a\n\"b\""', 'a\n"b"'),
    ],
)
def test_defaults_are_read(text: str, default: object) -> None:
    field = parse_field(text)
    assert not field.required
    assert field.default == default
    assert type(field.default) is type(default)


@pytest.mark.parametrize(
    "text",
    [
        "list[str | none]",
        "one of [a, 2]",
        'one of ["a, b", "x]", "1", 1, ""]',
        "dict[int, Mood]",
    ],
)
def test_types_are_spelled_as_they_are_read(text: str) -> None:
    assert spelled(parse_type(text)) == text


def test_an_optional_field_may_be_missing() -> None:
    assert not parse_field("str?").required
    assert parse_field("str | none").required


def test_the_place_of_a_default_is_known() -> None:
    at = parse_field("int  =  ten ").default_at
    assert at == (8, 11)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", (0, 0)),
        ("list[str", (4, 5)),
        ("list[str, int]", (0, 14)),
        ("str str", (4, 7)),
        ("list[str | ]", (11, 12)),
        ("one of a", (0, 7)),
        ("one of [a, a]", (0, 13)),
        ("one of [1.5]", (0, 12)),
        ("dict[float, str]", (0, 16)),
        ("Foo[str]", (0, 8)),
        ("list[int] = [1, 2", (12, 13)),
        ("int = ", (6, 6)),
        ("dict[str, int] = {a 1}", (18, 21)),
        ("float = .inf", (8, 12)),
        (r'one of ["\ud800"]', (0, 17)),
        (r'str = "\ud800"', (6, 14)),
        ('"\ud800"', (0, 0)),
    ],
)
def test_faults_have_a_place(text: str, place: tuple[int, int]) -> None:
    with pytest.raises(TypeFault) as fault:
        parse_field(text)
    assert (fault.value.start, fault.value.end) == place


@pytest.mark.parametrize(
    "text", ["list[" * 5000, "?" * 10_000_000, "int = " + "[" * 5000]
)
def test_monstrous_types_are_faults(text: str) -> None:
    with pytest.raises(TypeFault):
        parse_field(text)


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="strin[]{}|?,= \"'oneof1.-:a\\", max_size=40))
def test_any_text_is_a_type_or_a_fault_inside_it(text: str) -> None:
    try:
        found = parse_field(text)
    except TypeFault as fault:
        assert 0 <= fault.start <= fault.end <= len(text)
    else:
        assert found.default_at is not None or parse_type(text) == found.type


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (1, "float", True),
        (True, "int", False),
        (1.0, "int", False),
        ([1, "a"], "list[int]", False),
        ({"a": 1}, "dict[str, int]", True),
        (None, "str?", True),
        (1, "one of [1, 2]", True),
        (True, "one of [1, 2]", False),
        ({}, "Sentiment", False),
        ([object()], "list", True),
    ],
)
def test_fits(value: object, text: str, expected: bool) -> None:
    assert fits(value, parse_type(text)) is expected
