"""Types with what other languages write behind them, as they are written here."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of


def told(field: str) -> tuple[str, str | None]:
    """Code and way out of the only problem of a field, the same in both spellings."""
    (here,) = problems_of("x.ai", f"type T:\n    a: {field}\n")
    (there,) = problems_of("x.yaml", f"types:\n  T:\n    a: {field}\n")
    assert (here.rule, here.help) == (there.rule, there.help)
    return here.rule.code, here.help


@pytest.mark.parametrize(
    ("field", "keys"),
    [
        ("float (0-1)", "{type: float, min: 0, max: 1}"),
        ("float (0 to 1)", "{type: float, min: 0, max: 1}"),
        ("float between 0 and 1.5", "{type: float, min: 0, max: 1.5}"),
        ("int (1..5)", "{type: int, min: 1, max: 5}"),
        ("int min 3", "{type: int, min: 3}"),
        ("int min=3, max=5", "{type: int, min: 3, max: 5}"),
        ("int >= 3 and <= 5", "{type: int, min: 3, max: 5}"),
        ("str (max 80)", "{type: str, max_length: 80}"),
        ("list[str] at most 5", '{type: "list[str]", max_length: 5}'),
    ],
)
def test_bounds_behind_a_type_are_its_keys(field: str, keys: str) -> None:
    assert told(field) == ("N701", f"bounds are keys: `{keys}`")


@pytest.mark.parametrize(
    ("field", "way_out"),
    [
        ("str optional", "write `str?`"),
        ("str (optional)", "write `str?`"),
        ("str [optional]", "write `str?`"),
        ("str or none", "write `str?`"),
        ("str required", "take it out; what may be left out is `str?`"),
        ("str (required)", "take it out; what may be left out is `str?`"),
        ("str (a|b)", "a choice is written `one of [a, b]`"),
        (
            "str (the name)",
            "a field is `name: type`; write a description as a comment (`#`)",
        ),
    ],
)
def test_words_behind_a_type_lead_to_what_says_them(field: str, way_out: str) -> None:
    assert told(field) == ("N701", way_out)


@pytest.mark.parametrize(
    ("field", "way_out"),
    [
        ("[str]", "write `list[str]`"),
        ("[string, int]", "write `list[str | int]`"),
        ("[Document]", "write `list[Document]`"),
        ('["a", "b"]', "write `one of [a, b]`"),
        ("[1, 2]", "write `one of [1, 2]`"),
        ("[status]", "write `list[status]`, or `one of [status]`"),
    ],
)
def test_a_list_in_place_of_a_type_is_one_of_items_or_a_choice(
    field: str, way_out: str
) -> None:
    assert told(field) == ("N203", way_out)


def test_a_description_of_one_word_is_told_as_one_of_several() -> None:
    (problem,) = problems_of("x.ai", "type T:\n    description: Document\n    a: str\n")
    way_out = "write a description as a comment (`#`), or declare `type Document:`"
    assert (problem.rule.code, problem.help) == ("N702", way_out)
    (problem,) = problems_of("x.ai", "type T:\n    description: text\n    a: str\n")
    assert (problem.rule.code, problem.help) == ("N702", "did you mean `str`?")
