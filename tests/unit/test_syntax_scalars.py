"""YAML 1.2's core schema, and the texts of every style with their places."""

from __future__ import annotations

import math
from typing import Any

import pytest
from n3gen.source import Span
from n3gen.syntax.block_texts import block_text, read_block_style
from n3gen.syntax.scalars import resolve
from n3gen.syntax.texts import double_quoted, plain_text, single_quoted
from n3gen.syntax.writer import is_bare, long_text, quoted


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("FALSE", False),
        ("012", 12),
        ("-7", -7),
        ("+7", 7),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1.", 1.0),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        ("9" * 40, int("9" * 40)),
    ],
)
def test_core_schema(text: str, value: Any) -> None:
    assert resolve(text) == value
    assert type(resolve(text)) is type(value)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "no",
        "on",
        "off",
        "y",
        "n",
        "Yes",
        "ON",
        "2024-01-01",
        "1:30",
        "1_000",
        "0b1",
        "0o8",
        "0x",
        ".",
        "-",
        "+",
        "e1",
        "1e",
        "tRue",
        "--1",
        ".e1",
        "1.2.3",
        "\u0661",
    ],
)
def test_what_stays_a_text(text: str) -> None:
    assert resolve(text) == text


def test_a_number_of_thousands_of_digits_is_a_text() -> None:
    assert resolve("9" * 5000) == "9" * 5000


def _never(span: Span) -> None:
    raise AssertionError(span)


def test_escapes_and_where_they_stand() -> None:
    source = '"a\\tb\\u00e9\\ud83d\\ude00\\x41c"'
    value, places = double_quoted(source, 1, len(source) - 1, _never)
    assert value == "a\tbé😀Ac"
    assert [source[places.offset(i)] for i in range(len(value))] == [
        "a",
        "\\",
        "b",
        "\\",
        "\\",
        "\\",
        "c",
    ]


def test_unknown_escapes_are_told() -> None:
    found: list[Span] = []
    source = '"\\q\\ud800\\U00110000\\x4\\u12"'
    double_quoted(source, 1, len(source) - 1, found.append)
    assert [source[span.start : span.start + 2] for span in found] == [
        "\\q",
        "\\u",
        "\\U",
        "\\x",
        "\\u",
    ]


def test_folding_of_bare_and_quoted_lines() -> None:
    source = "one  \n  two\n\n\n  three"
    value, places = plain_text(source, 0, len(source))
    assert value == "one two\n\nthree"
    assert source[places.offset(value.index("three"))] == "t"
    value, _ = single_quoted("it''s\n here", 0, 11)
    assert value == "it's here"
    value, _ = double_quoted("a \\\n  b\\\n\n c", 0, 12, _never)
    assert value == "a b\nc"


@pytest.mark.parametrize(
    ("head", "lines", "value"),
    [
        ("|", "  a\n  b\n\n", "a\nb\n"),
        ("|-", "  a\n   b\n", "a\n b"),
        ("|+", "  a\n\n\n", "a\n\n\n"),
        (">", "  a\n  b\n\n  c\n", "a b\nc\n"),
        (">", "  a\n   b\n  c\n", "a\n b\nc\n"),
        ("|2", "   a\n  b\n", " a\nb\n"),
        ("|", "\n\n  a\n", "\n\na\n"),
        ("|", "", ""),
        ("|-", "  a", "a"),
        ("|", "  a", "a\n"),
        ("|", "  # text\nnext: 1\n", "# text\n"),
    ],
)
def test_block_texts(head: str, lines: str, value: str) -> None:
    style = read_block_style(head, 0, len(head))
    assert style is not None
    block = block_text(lines, 0, 0, style[0])
    assert block.value == value
    for index, char in enumerate(value):
        offset = block.text.offset(index)
        there = lines[offset : offset + 1] or "\n"
        assert there == char or (char == " " and there == "\n")


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("plain text", True),
        ("it's", True),
        ("http://x.org/a#b", True),
        ("yes", True),
        ("true", False),
        ("12", False),
        ("a: b", False),
        ("a #b", False),
        ("ends:", False),
        (" a", False),
        ("{{ x }}", False),
        ("- a", False),
        ("", False),
        ("a\u202eb", False),
        ("... and more", False),
        ("...", False),
        ("...more", True),
    ],
)
def test_quotes_only_where_they_are_needed(text: str, bare: bool) -> None:
    assert is_bare(text) is bare


def test_the_quotes_that_need_fewer_escapes() -> None:
    assert quoted('say "x"') == "'say \"x\"'"
    assert quoted('it\'s "x"') == '"it\'s \\"x\\""'
    assert quoted("a\u202eb\n") == '"a\\u202eb\\n"'


def test_block_texts_are_written_only_where_they_are_exact() -> None:
    assert long_text("a\nb\n", 4) == ("|", ["a", "b"])
    assert long_text(" a\nb", 4) == ("|4-", [" a", "b"])
    for text in ("one line", "a\n\n", "\n\n", "a\n  \nb", "a\x85\nb"):
        assert long_text(text, 4) is None
