"""Durations, data, references to the environment, paths of `use`."""

from __future__ import annotations

import math

import pytest
from n3gen.spec.environment import Env, parse_env
from n3gen.spec.values import Fault, data_fault, seconds, shown
from n3gen.syntax.uses import resolve_use


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (60, 60.0),
        (0.5, 0.5),
        ("250ms", 0.25),
        ("2s", 2.0),
        ("5m", 300.0),
        ("1.5h", 5400),
    ],
)
def test_durations_are_seconds(value: object, wanted: float) -> None:
    assert seconds(value) == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("text", "wanted"), [("700ms", 0.7), ("1.1h", 3960.0), ("0.1ms", 0.0001)]
)
def test_durations_are_printed_as_they_are_meant(text: str, wanted: float) -> None:
    assert repr(seconds(text)) == repr(wanted)


@pytest.mark.parametrize(
    "value",
    [
        0,
        -1,
        math.inf,
        math.nan,
        2**2000,
        -(2**2000),
        True,
        "",
        "ten",
        "1w",
        "120",
        "2 minutes",
        "9" * 5000 + "s",
        "٣s",
        [],
        None,
        {},
        400 * 24 * 3600,
    ],
)
def test_what_is_no_duration_is_a_fault(value: object) -> None:
    with pytest.raises(Fault):
        seconds(value)


def test_no_time_at_all_is_allowed_where_it_makes_sense() -> None:
    assert seconds(0, zero=True) == 0
    with pytest.raises(Fault):
        seconds(-1, zero=True)


def test_a_number_in_quotes_is_told_how_to_be_written() -> None:
    with pytest.raises(Fault) as fault:
        seconds("120")
    assert fault.value.way_out == "write `120` without quotes, or `120s`"


@pytest.mark.parametrize(
    ("value", "loc"),
    [
        ({"a": [1, {"b": math.inf}]}, ("a", 1, "b")),
        ({1: 2}, (1,)),
        ([2**5000], (0,)),
        ({"a": "\ud800"}, ("a",)),
        (math.nan, ()),
    ],
)
def test_data_that_no_json_holds(value: object, loc: tuple[object, ...]) -> None:
    fault = data_fault(value)
    assert fault is not None
    assert fault[0] == loc


def test_deep_data_is_looked_through() -> None:
    value: object = math.inf
    for _ in range(5000):
        value = [value]
    fault = data_fault(value)
    assert fault is not None
    assert len(fault[0]) == 5000
    assert data_fault([[{"a": [1, 2.5, None, True, "x"]}]]) is None


@pytest.mark.parametrize(
    "value", ["a\nb\x00\u202e", 2**14_000, "x" * 10**5, math.nan, []]
)
def test_values_are_shown_short_and_printable(value: object) -> None:
    text = shown(value)
    assert text.isprintable()
    assert len(text) < 100


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('env("A")', Env("A")),
        ("env( 'A_1' , \"b c\" )", Env("A_1", "b c")),
        ('env("A", "")', Env("A", "")),
        ("env(A)", None),
        ('env("A"', None),
        ('env("A b")', None),
        ("text", None),
    ],
)
def test_environment(text: str, wanted: Env | None) -> None:
    assert parse_env(text) == wanted


@pytest.mark.parametrize(
    ("start", "text", "wanted"),
    [
        ("chains/a.ai", "shared", ("chains/shared.ai", "chains/shared.yaml")),
        ("chains/a.ai", "../lib/b.yaml", ("lib/b.yaml",)),
        ("a.ai", "./x/../b.ai", ("b.ai",)),
        ("chains/a.ai", "v1.2", ("chains/v1.2.ai", "chains/v1.2.yaml")),
        ("a.ai", "../b", ()),
        ("a/b.ai", "../../c", ()),
        ("a.ai", "/etc/passwd", ()),
        ("a.ai", "", ()),
        ("a.ai", "x/", ()),
        ("a.ai", "..", ()),
        ("a.ai", "b\0", ()),
    ],
)
def test_use_paths(start: str, text: str, wanted: tuple[str, ...]) -> None:
    assert resolve_use(start, text)[:2] == wanted
