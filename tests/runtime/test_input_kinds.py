"""Kinds of input that JSON has as texts, and bounds."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from n3gen.templates.runtime.run.input_kinds import (
    DATE,
    DATETIME,
    DURATION,
    FILE,
    UUID_TEXT,
    within,
)
from n3gen.templates.runtime.run.inputs import INT, NONE, STR, Kind, list_of, union_of
from n3gen.templates.runtime.values.json_data import json_data, plain_json
from pydantic import TypeAdapter

DAY = date(2024, 2, 29)
NOON = datetime(2024, 2, 29, 12)
KEY = UUID("00000000-0000-4000-8000-000000000001")


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (DATE, "2024-02-29", DAY),
        (DATE, DAY, DAY),
        (DATETIME, "2024-02-29T12:00:00", NOON),
        (DATETIME, NOON, NOON),
        (UUID_TEXT, str(KEY), KEY),
        (UUID_TEXT, KEY, KEY),
        (DURATION, 90, timedelta(seconds=90)),
        (DURATION, "250ms", timedelta(milliseconds=250)),
        (DURATION, "1.5h", timedelta(minutes=90)),
        (DURATION, "P1DT2H3M4.5S", timedelta(days=1, hours=2, minutes=3, seconds=4.5)),
        (DURATION, timedelta(1), timedelta(1)),
        (FILE, "a.pdf", "a.pdf"),
    ],
)
def test_values_are_read_from_texts_and_as_they_are(
    kind: Kind[Any], given: Any, value: Any
) -> None:
    assert kind.read(given) == value


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        *((DATE, given) for given in ("2024-02-30", "", 5, NOON, None)),
        *((DATETIME, given) for given in ("noon", 0, True)),
        *((DURATION, given) for given in ("P", "PT", "5 x", True, None, "1e9h", 1e99)),
        *((UUID_TEXT, given) for given in ("1", 1)),
        (FILE, b"x"),
    ],
)
def test_what_is_none_is_refused(kind: Kind[Any], given: Any) -> None:
    with pytest.raises(ValueError, match=r"not|Invalid|badly|month|day|too long"):
        kind.read(given)


def test_bounds_hold_for_what_is_there() -> None:
    small = within(union_of(INT, NONE), least=1, most=3)
    assert [small.read(value) for value in (1, 3, None)] == [1, 3, None]
    for value, words in ((0, "at least 1, not 0"), (4, "at most 3, not 4")):
        with pytest.raises(ValueError, match=words):
            small.read(value)
    short = within(list_of(STR), shortest=1, longest=2)
    assert short.read(["a"]) == ["a"]
    for items in ([], ["a", "b", "c"]):
        with pytest.raises(ValueError, match="of length"):
            short.read(items)
    word = within(STR, pattern="^[a-z]+$")
    assert word.read("abc") == "abc"
    with pytest.raises(ValueError, match="matching"):
        word.read("Abc")


@pytest.mark.parametrize(
    "value",
    [
        *(timedelta(0), timedelta(1), timedelta(1, 1), -timedelta(seconds=5)),
        *(timedelta(hours=30, microseconds=1), timedelta(seconds=1.5)),
        *(DAY, NOON, KEY),
    ],
)
def test_values_are_written_as_pydantic_writes_them(value: Any) -> None:
    written = TypeAdapter(type(value)).dump_python(value, mode="json")
    assert json_data(value) == written
    assert plain_json({"a": [value]}) == {"a": [written]}


def test_other_objects_have_no_form_in_json() -> None:
    with pytest.raises(TypeError, match="a value of type object is not JSON"):
        plain_json([object()])
