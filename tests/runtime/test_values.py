"""What expressions read is found, or told by its name."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from n3gen.templates.runtime.values.list_filters import (
    first_of,
    group_by,
    last_of,
    max_of,
    min_of,
    sort_items,
)
from n3gen.templates.runtime.values.lookups import (
    MissingValue,
    first_defined,
    get,
    get_item,
    get_or,
    has,
    is_defined,
    is_equal,
    is_integer,
    looped,
    not_none,
    or_else,
    read_env,
)
from n3gen.templates.runtime.values.text_filters import (
    json_text,
    round_to,
    truncate_text,
)


class Pair(NamedTuple):
    left: int
    right: int


DATA: dict[Any, Any] = {
    "items": [{"title": "One"}],
    "model": SimpleNamespace(label="good", _hidden=1),
    "pair": Pair(1, 2),
    "none": None,
    "2": "two",
    3: "three",
}


@pytest.mark.parametrize(
    ("way", "value"),
    [
        ("data.items.0.title", "One"),
        ("data.model.label", "good"),
        ("data.pair.right", 2),
        ("data.2", "two"),
        ("data.3", "three"),
        ("data", DATA),
    ],
)
def test_a_way_is_gone(way: str, value: object) -> None:
    assert get(DATA, way) == value
    assert get_or(DATA, way, "other") == value
    assert has(DATA, way)


def test_none_is_read_and_counts_as_missing_for_a_default() -> None:
    assert get(DATA, "data.none") is None
    assert get_or(DATA, "data.none", "other") == "other"
    assert not has(DATA, "data.none")
    assert or_else(lambda: None, "other") == first_defined(
        lambda: None, lambda: "other"
    )
    assert not is_defined(lambda: None)
    assert (not_none(None, 1), not_none(0, 1)) == (1, 0)


@pytest.mark.parametrize(
    ("way", "message"),
    [
        (
            "data.items.0.titel",
            "`data.items.0.titel` is missing: `data.items.0` has `title`",
        ),
        ("data.items.1", "`data.items.1` is missing: `data.items` has 1 item"),
        ("data.none.a.b", "`data.none.a` is missing: `data.none` is none"),
        ("data.2.upper", "`data.2.upper` is missing: `data.2` is a text"),
        ("data.model.x", "`data.model.x` is missing: `data.model` has `label`"),
        (
            "data.model._hidden",
            "`data.model._hidden` is missing: `data.model` has `label`",
        ),
        (
            "data.items.append",
            "`data.items.append` is missing: `data.items` has 1 item",
        ),
        (
            ".zzz",
            "`zzz` is missing: the value has `items`, `model`, `pair`, `none`, `2`, `3`",
        ),
    ],
)
def test_what_is_missing_is_named_with_what_is_there(way: str, message: str) -> None:
    with pytest.raises(MissingValue) as raised:
        get(DATA, way)
    assert str(raised.value) == message
    assert get_or(DATA, way, "other") == "other"
    assert not has(DATA, way)


def test_a_message_never_shows_values() -> None:
    with pytest.raises(MissingValue) as raised:
        get({"key": "secret", **{str(n): n for n in range(20)}}, "payload.other")
    assert "secret" not in str(raised.value)
    assert str(raised.value).endswith("and more")


def test_items_by_any_key() -> None:
    assert get_item({"a b": 1}, "a b") == 1
    assert get_item([1, 2], -1) == 2
    assert get_item("abc", slice(1, None)) == "bc"
    assert get_item(SimpleNamespace(x=1), "x") == 1
    for value, key in (
        ([1], 5),
        ({}, "x"),
        (None, 0),
        (SimpleNamespace(x=1), "__class__"),
    ):
        with pytest.raises(MissingValue, match="is missing"):
            get_item(value, key, "it")


def test_fallbacks() -> None:
    assert or_else(lambda: get({}, "a.b"), 1) == 1
    assert first_defined(lambda: get({}, "a.b"), lambda: get({"c": 2}, "a.c")) == 2
    assert not is_defined(lambda: first_of([]))
    with pytest.raises(MissingValue):
        first_defined(lambda: get({}, "a.b"), lambda: get({}, "a.c"))
    with pytest.raises(ZeroDivisionError):
        or_else(lambda: 1 / 0, 1)


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("N3GEN_TEST", "x")
    assert read_env("N3GEN_TEST") == "x"
    monkeypatch.delenv("N3GEN_TEST")
    with pytest.raises(MissingValue, match="`N3GEN_TEST` is not set"):
        read_env("N3GEN_TEST")


def test_equality_and_whole_numbers() -> None:
    assert is_equal(1, True)
    assert is_integer(1)
    assert not is_integer(True)


def test_a_loop_knows_its_place() -> None:
    places = [
        (p.index, p.index0, p.revindex, p.revindex0, p.first, p.last, p.length, v)
        for p, v in looped("ab")
    ]
    assert places == [
        (1, 0, 2, 1, True, False, 2, "a"),
        (2, 1, 1, 0, False, True, 2, "b"),
    ]


def test_ends_of_lists() -> None:
    assert (first_of("ab"), last_of([1, 2]), min_of(["b", "A"]), max_of([1, 3])) == (
        "a",
        2,
        "A",
        3,
    )
    for function in (first_of, last_of, min_of, max_of):
        with pytest.raises(MissingValue, match="the list is empty"):
            function([])


def test_sorting_and_grouping_by_fields() -> None:
    rows = [{"n": 2, "k": "b"}, {"n": 1, "k": "B"}, {"n": 1, "k": "a"}]
    assert sort_items(rows, attribute="n,k") == [rows[2], rows[1], rows[0]]
    groups = group_by(rows, "k")
    assert [(group.grouper, len(group.list)) for group in groups] == [
        ("a", 1),
        ("b", 2),
    ]
    assert group_by([{}], "k", "none")[0].grouper == "none"
    assert repr(groups[0]) == f"('a', [{rows[2]!r}])"


def test_json_is_for_models_not_for_html() -> None:
    class Model:
        def model_dump(self, mode: str) -> dict[str, str]:
            return {"mode": mode}

    text = json_text({"b": "it's <é>", "a": Model()})
    assert text == '{"a": {"mode": "json"}, "b": "it\'s <é>"}'
    assert json.loads(json_text([1], indent=2)) == [1]
    with pytest.raises(TypeError, match="type object"):
        json_text(object())


def test_numbers_and_texts() -> None:
    assert (round_to(2.34, 1, "ceil"), round_to(2.36, 1, "floor")) == (2.4, 2.3)
    assert truncate_text("foo bar baz qux", 9) == "foo..."
    with pytest.raises(ValueError, match="cannot be cut to 2"):
        truncate_text("foo", 2)
