from __future__ import annotations

import math
from datetime import timedelta
from enum import Enum
from typing import Any

import pytest
from n3gen.templates.runtime.answers.typed import kind_of
from n3gen.templates.runtime.run import inputs
from n3gen.templates.runtime.run.inputs import Fields, InputError
from pydantic import BaseModel, ConfigDict, Field


def read(payload: Any) -> dict[str, Any]:
    fields = Fields("triage", payload)
    checked = {
        "text": fields.take("text", inputs.STR),
        "limit": fields.take("limit", inputs.INT, 10),
        "tags": fields.take("tags", inputs.list_of(inputs.STR), []),
    }
    fields.finish()
    return checked


def test_defaults_are_filled_in_and_never_shared() -> None:
    first = read({"text": "hi"})
    assert first == {"text": "hi", "limit": 10, "tags": []}
    first["tags"].append("x")
    assert read({"text": "hi"})["tags"] == []


def test_every_fault_is_in_one_error() -> None:
    with pytest.raises(InputError) as raised:
        read({"limit": True, "tags": ["a", 2], "txt": 1})
    assert str(raised.value) == (
        "Chain 'triage' got a wrong payload: `text` is missing (str); "
        "`limit` must be int, not bool: True; "
        "`tags[1]` must be str, not int: 2; `txt` is unknown"
    )


def test_a_payload_that_is_no_mapping() -> None:
    with pytest.raises(InputError, match="must be a mapping, not str"):
        read("hello")


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (inputs.FLOAT, [1, 1.5], [True, "1"]),
        (inputs.BOOL, [True], [1, "true"]),
        (inputs.NONE, [None], [0, ""]),
        (inputs.one_of("a", 1), ["a", 1], ["b", True, 1.0]),
        (inputs.union_of(inputs.INT, inputs.NONE), [3, None], ["3"]),
        (inputs.dict_of(inputs.STR, inputs.INT), [{"a": 1}], [{"a": "1"}, {1: 1}, []]),
        (inputs.ANY, [object], []),
    ],
)
def test_kinds(kind: inputs.Kind[Any], good: list[Any], bad: list[Any]) -> None:
    for value in good:
        assert kind.read(value) == value
    for value in bad:
        with pytest.raises(ValueError, match="not"):
            kind.read(value)


def test_every_part_of_a_list_or_dict_that_does_not_fit_is_told_by_its_place() -> None:
    fields = Fields(
        "c", {"rows": [{"a": 1}, 2, {"b": "x", "c": None}], "opt": ["y", 1]}
    )
    row = inputs.dict_of(inputs.STR, inputs.INT)
    fields.take("rows", inputs.list_of(row))
    fields.take("opt", inputs.union_of(inputs.list_of(inputs.STR), inputs.NONE))
    with pytest.raises(InputError) as raised:
        fields.finish()
    assert str(raised.value) == (
        "Chain 'c' got a wrong payload: "
        "`rows[1]` must be dict[str, int], not int: 2; "
        "`rows[2].b` must be int, not str: 'x'; "
        "`rows[2].c` must be int, not none; "
        "`opt[1]` must be str, not int: 1"
    )


def test_of_very_many_faults_the_first_are_told_and_the_number_of_the_rest() -> None:
    fields = Fields("c", {"tags": [1] * 1000})
    fields.take("tags", inputs.list_of(inputs.STR))
    with pytest.raises(InputError, match=r"`tags\[19\]` .*; and 980 faults more$"):
        fields.finish()


class Book(BaseModel):
    title: str
    pages: int = 1
    more: list[Book] = []


def test_what_does_not_fit_a_declared_type_is_told_in_words_of_ours() -> None:
    fields = Fields("c", {"book": {"pages": "many", "more": [{"title": 3}]}, "one": 7})
    fields.take("book", kind_of("Book", Book))
    fields.take("one", inputs.union_of(kind_of("Book", Book), inputs.NONE))
    fields.take("all", inputs.list_of(kind_of("Book", Book)))
    with pytest.raises(InputError) as raised:
        fields.finish()
    told = str(raised.value)
    assert "pydantic" not in told
    assert "http" not in told
    assert "`book.title` is missing;" in told
    assert "`book.pages` must be a valid integer" in told
    assert "`book.more[0].title` must be a valid string" in told
    assert "`one` must be" in told
    assert "`all` is missing (list[Book])" in told


def test_a_boolean_is_no_number_in_a_declared_type_either() -> None:
    fields = Fields("c", {"books": [{"title": "x", "pages": True}]})
    fields.take("books", inputs.list_of(kind_of("Book", Book)))
    told = r"`books\[0\].pages` must be int, not bool$"
    with pytest.raises(InputError, match=told):
        fields.finish()


class Reading(BaseModel):
    count: int = 0
    share: float = 0
    seen: bool = False
    at: timedelta = timedelta()
    either: int | str = 0
    books: list[Book] = []


def test_numbers_and_truths_in_a_declared_type_are_given_as_such() -> None:
    """As those of the input's own fields are; a time may be a text."""
    given = {
        "count": "3",
        "share": "0.5",
        "seen": 1,
        "at": "PT3S",
        "either": "3",
        "books": [{"title": "x", "pages": 3.0}],
    }
    fields = Fields("c", {"reading": given})
    fields.take("reading", kind_of("Reading", Reading))
    with pytest.raises(InputError) as raised:
        fields.finish()
    assert str(raised.value) == (
        "Chain 'c' got a wrong payload: `reading.count` must be int, not str; "
        "`reading.share` must be float, not str; `reading.seen` must be bool, not int; "
        "`reading.books[0].pages` must be int, not float"
    )
    well = {"count": 3, "share": 1, "seen": True, "at": 3, "either": "3"}
    fields = Fields("c", {"reading": well})
    read = fields.take("reading", kind_of("Reading", Reading))
    fields.finish()
    assert (read.count, read.share, read.either) == (3, 1.0, "3")


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_a_float_in_a_declared_type_is_finite(number: float) -> None:
    fields = Fields("c", {"reading": {"share": number}})
    fields.take("reading", kind_of("Reading", Reading))
    with pytest.raises(InputError) as raised:
        fields.finish()
    assert str(raised.value) == (
        "Chain 'c' got a wrong payload: `reading.share` must be a finite number"
    )


class Shelf(BaseModel):
    model_config = ConfigDict(validate_by_name=True)

    books: list[Book] = Field(default=[], alias="all-books")
    by_name: dict[str, Book] = {}
    either: Book | int | None = None


def test_unknown_keys_are_told_however_deep_they_stand() -> None:
    book = {"title": "x", "pagse": 3}
    fields = Fields(
        "c",
        {
            "shelf": {
                "all-books": [{"title": "x"}, book],
                "by_name": {"a": {"title": "x", "more": [book]}},
                "either": book,
                "colour": "red",
            },
            "one": {"titel": "x"},
            "colour": "red",
        },
    )
    fields.take("shelf", kind_of("Shelf", Shelf))
    fields.take("one", kind_of("Book", Book))
    with pytest.raises(InputError) as raised:
        fields.finish()
    assert str(raised.value) == (
        "Chain 'c' got a wrong payload: "
        "`shelf.colour` is unknown; "
        "`shelf.all-books[1].pagse` is unknown; "
        "`shelf.by_name.a.more[0].pagse` is unknown; "
        "`shelf.either.pagse` is unknown; "
        "`one.title` is missing; `one.titel` is unknown; `colour` is unknown"
    )


def test_an_object_of_other_keys_only_is_told_by_these() -> None:
    fields = Fields("c", {"shelf": {"boks": []}})
    fields.take("shelf", kind_of("Shelf", Shelf))
    with pytest.raises(InputError) as raised:
        fields.finish()
    assert str(raised.value).endswith("payload: `shelf.boks` is unknown")


def test_objects_that_are_models_already_and_both_names_of_a_field_are_known() -> None:
    fields = Fields("c", {"a": Book(title="x"), "b": {"books": [Book(title="y")]}})
    assert fields.take("a", kind_of("Book", Book)) == Book(title="x")
    assert fields.take("b", kind_of("Shelf", Shelf)).books == [Book(title="y")]
    fields.finish()


class Colour(str, Enum):  # noqa: UP042 - a `StrEnum` prints its text anyway
    RED = "red"


class Level(int, Enum):
    LOW = 1


def test_members_of_enumerations_are_their_plain_values() -> None:
    fields = inputs.Fields("c", {"colour": Colour.RED, "levels": [Level.LOW]})
    colour = fields.take("colour", inputs.STR)
    levels = fields.take("levels", inputs.list_of(inputs.INT))
    fields.finish()
    assert (f"{colour}", f"{levels}") == ("red", "[1]")
    assert (type(colour), type(levels[0])) == (str, int)
