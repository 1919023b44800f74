"""What `n3gen breaking` finds inside the types of inputs."""

from __future__ import annotations

import pytest

from tests.change_specs import PLACES, found, given, spec


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"more": "next: R?\n    c: int"}, "c` of chain `c` is new, and required"),
        (
            {"type": "one of [1, 2]", "keys": ""},
            "a` of chain `c` was `int` and is `one",
        ),
        ({"keys": "max: 8"}, "a` of chain `c` had the bound `max: 9` and has `max: 8`"),
        ({"keys": "max: 9, min: 1"}, "a` of chain `c` has a bound now: `min: 1`"),
        ({"keys": "max: 9, alias: al-a"}, "a` of chain `c` is called `al-a` now"),
        ({"b": "str"}, "b` of chain `c` had a default, and is required now"),
        ({"kind": "one of [x] = x"}, "kind` of chain `c` was `one of [x, y]` and is"),
        ({"more": ""}, "next` of chain `c` is gone"),
    ],
)
def test_what_callers_give_at_any_place(
    place: str, change: dict[str, str], what: str
) -> None:
    lines = found(given(place), given(place, **change))
    assert len(lines) == 1
    assert lines[0].startswith("N802 input `r.")
    assert what in lines[0]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    "change",
    [
        {"more": "next: R?\n    c: int = 1"},
        {"type": "int?"},
        {"kind": "one of [x, y, z] = x"},
        {"keys": "max: 10"},
        {"keys": "max: 9, default: 1"},
    ],
)
def test_what_callers_may_give_besides(place: str, change: dict[str, str]) -> None:
    assert found(given(place), given(place, **change)) == []


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        ("one of [a, b]?", "one of [a]?", "was `one of [a, b] | none`"),
        ("list[one of [a, b]]", "list[one of [a]]", "was `list[one of [a, b]]`"),
        (
            "dict[str, one of [a, b]]",
            "dict[str, one of [a]]",
            "was `dict[str, one of [a, b]]`",
        ),
        ("dict[one of [a, b], int]", "dict[one of [a], int]", "was `dict[one of"),
        ("int | one of [a, b]", "int | one of [a]", "was `int | one of [a, b]`"),
        ("list[int?]", "list[int]", "was `list[int | none]` and is `list[int]`"),
        ("R | Box", "R", "was `R | Box` and is `R` now"),
        ("one of [a, b]?", "one of [a, b, c]?", None),
        ("one of [1, true]", "one of [true, 1]", None),
        ("one of [1]", "one of [true]", "was `one of [1]` and is `one of [true]` now"),
        ("one of [a, null]", "one of [a]?", None),
        ("list[int]", "list[int?]?", None),
        ("R", "R | Box", None),
    ],
)
def test_choices_and_members_of_inputs(
    before: str, after: str, what: str | None
) -> None:
    lines = found(given(before), given(after))
    assert len(lines) == (what is not None)
    assert what is None or what in lines[0]


@pytest.mark.parametrize(
    ("before", "after", "what"),
    [
        (
            "n: int; m: int",
            "m: int; n: int",
            "`n` of chain `c` comes after `m` in the arg",
        ),
        (
            "n: int = 1; m: int = 1",
            "m: int = 1; n: int = 1",
            "`n` of chain `c` comes after",
        ),
        ("n: int; m: int", "n: int = 1; m: int", "`n` of chain `c` comes after `m`"),
        (
            "n: int; m: int = 1",
            "n: int; o: int = 1; m: int = 1",
            "`m` of chain `c` comes a",
        ),
        ("n: int; m: int = 1", "m: int = 1; n: int", None),
        ("n: int; m: int", "n: int; m: int = 1; o: int?", None),
    ],
)
def test_the_order_of_arguments(before: str, after: str, what: str | None) -> None:
    lines = found(
        *(given("R", fields="\n        ".join(f.split("; "))) for f in (before, after))
    )
    assert len(lines) == (what is not None)
    assert what is None or lines[0].startswith(f"N802 input {what}")


def test_a_field_that_is_new_and_needed_is_told_once() -> None:
    before, after = given("R", fields="n: int"), given(
        "R", fields="m: str\n        n: int"
    )
    assert found(before, after) == ["N802 input `m` of chain `c` is new, and required"]


def test_names_in_json_and_in_python() -> None:
    field = "{name}: {{type: int, alias: {alias}}}"
    before = given("R", fields=field.format(name="n", alias="al-x"))
    other = given("R", fields=field.format(name="n", alias="al-y"))
    assert found(before, other) == [
        "N802 input `al-x` of chain `c` is called `al-y` now"
    ]
    named = given("R", fields=field.format(name="m", alias="al-x"))
    assert found(before, named) == [
        "N802 input `al-x` of chain `c` is called `m` in Python now, where it was `n`"
    ]


def test_types_that_hold_each_other() -> None:
    text = spec(more="next: Other?", fields="r: R?").replace(
        "type Box:", "type Other:\n    back: list[R]\n    z: int\n\ntype Box:"
    )
    assert found(text, text) == []
    assert found(text, text.replace("    z: int\n", "    z: int\n    q: int\n")) == [
        "N802 input `r.next.q` of chain `c` is new, and required"
    ]
    assert found(text, text.replace("    z: int\n", "    z: int?\n")) == [
        "N803 `next.z` in the result of chain `c` was `int` and is `int | none` now"
    ]


def many_ways(depth: int, fields: str = "t: T0?") -> str:
    """A spec whose last type is reached from its first in many ways."""
    levels = (
        f"type T{i}:\n" + "".join(f"    f{k}: T{i + 1}?\n" for k in range(4))
        for i in range(depth)
    )
    chain = f"chain c:\n    input:\n        {fields}\n    step a: {{target: x}}\n"
    return "".join([*levels, f"type T{depth}:\n    n: int\n", chain])


def test_types_that_are_reached_by_many_ways() -> None:
    assert found(many_ways(20), many_ways(20)) == []


def test_a_change_deep_inside_is_told_once_for_each_field() -> None:
    before, after = (
        many_ways(2, "a: T0?\n        b: T0?").replace("n: int", f"n: {type_}")
        for type_ in ("int", "str")
    )
    assert found(before, after) == [
        f"N802 input `{key}.f0.f0.n` of chain `c` was `int` and is `str` now"
        for key in "ab"
    ]
    before, after = many_ways(20), many_ways(20).replace("n: int", "n: str")
    assert len(found(before, after)) == 1
