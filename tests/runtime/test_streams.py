"""The events of streams, cut anywhere and ended in all ways that there are."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.http.json_lines import LineDecoder
from n3gen.templates.runtime.http.streams import EventDecoder, ServerEvent

from tests.runtime.model_servers import cuts, pieces_of


def decoded(
    pieces: Sequence[bytes], kind: type[EventDecoder] = EventDecoder
) -> list[tuple[str, str]]:
    decoder = kind()
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [(event.name, event.data) for event in [*events, *decoder.end()]]


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: a\n\ndata: b\n\n", [("", "a"), ("", "b")]),
        ("data: a\r\n\r\ndata: b\r\n\r\n", [("", "a"), ("", "b")]),
        ("data: a\r\rdata: b\r\r", [("", "a"), ("", "b")]),
        ("event: x\ndata: a\n\ndata: b\n\n", [("x", "a"), ("", "b")]),
        ("data: a\ndata: b\ndata\n\n", [("", "a\nb\n")]),
        (": wait\n\n: wait\ndata: a\n\n", [("", "a")]),
        ("event: ping\n\ndata: a\n\n", [("", "a")]),
        ("id: 1\nretry: 10\nx: y\ndata: a\n\n", [("", "a")]),
        ("data:a\n\ndata:  b\n\n", [("", "a"), ("", " b")]),
        ("data: a\u2028b\x85c\x0bd\n\n", [("", "a\u2028b\x85c\x0bd")]),
        ("\ufeffdata: a\n\n", [("", "a")]),
        ("data: a\n\n\n\n\ndata: b\n\n", [("", "a"), ("", "b")]),
        ("data: a\n", [("", "a")]),
        ("data: a", [("", "a")]),
        ("data: a\r", [("", "a")]),
        ("data: x:y: z\n\n", [("", "x:y: z")]),
        ("data\n\n", [("", "")]),
        ("", []),
    ],
)
def test_server_sent_events(text: str, events: list[tuple[str, str]]) -> None:
    data = text.encode()
    assert decoded([data]) == events
    assert decoded([data[i : i + 1] for i in range(len(data))]) == events


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a": 1}\n{"b": 2}\n', ['{"a": 1}', '{"b": 2}']),
        ('{"a": 1}\r\n\r\n{"b": "\u2028"}', ['{"a": 1}', '{"b": "\u2028"}']),
        ('\ufeff{"a": 1}\n \n', ['{"a": 1}']),
    ],
)
def test_json_by_the_line(text: str, lines: list[str]) -> None:
    data = text.encode()
    expected = [("", line) for line in lines]
    assert decoded([data], LineDecoder) == expected
    assert decoded([data[i : i + 1] for i in range(len(data))], LineDecoder) == expected


def test_what_is_no_utf_8_is_replaced() -> None:
    assert decoded([b"data: a\xffb\n\n"]) == [("", "a\ufffdb")]


def test_an_event_is_there_as_soon_as_its_end_is() -> None:
    decoder = EventDecoder()
    assert decoder.feed(b"data: a\n") == []
    assert decoder.feed(b"\n") == [ServerEvent("", "a")]
    assert decoder.feed(b"data: b\r\n\r\n") == [ServerEvent("", "b")]


def in_plain_words(text: str) -> Iterator[tuple[str, str]]:
    """The events of a text, by the letter of the specification."""
    name, data = "", list[str]()
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    for line in [*lines.split("\n"), ""]:
        if line == "":
            if data:
                yield name, "\n".join(data)
            name, data = "", []
            continue
        key, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if line.startswith("{"):  # how some servers say of a failure in a stream
            key, value = "data", line
        if key == "data":
            data.append(value)
        if key == "event":
            name = value


fragments = st.sampled_from(
    ["data: ", "data:", "event: ", ": ", "\n", "\r\n", "\r", "\n\n", "é", "\U0001f600"]
)
texts = st.lists(fragments | st.text(max_size=5), max_size=30).map("".join)


@settings(max_examples=100, deadline=None)
@given(texts.filter(lambda t: t.isprintable() or max(t, default="") < "\ud800"), cuts)
def test_any_cut_gives_the_same_events(text: str, places: list[int]) -> None:
    data = text.encode()
    assert decoded(pieces_of(data, places)) == list(in_plain_words(text))


def test_a_long_line_takes_linear_time() -> None:
    piece = b"x" * 4096
    decoder = EventDecoder()
    began = time.perf_counter()
    decoder.feed(b"data: ")
    for _ in range(4096):
        decoder.feed(piece)
    ((_, data),) = decoder.feed(b"\n\n")
    # 0.1 s here; a decoder that looks at all of the line each time takes half a minute.
    assert time.perf_counter() - began < 5
    assert len(data) == 4096 * 4096
