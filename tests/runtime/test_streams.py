from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from n3gen.templates.runtime.openai import OpenAIModel
from n3gen.templates.runtime.streams import EventDecoder, ServerEvent

TEXT = "Zwölf Boxkämpfer 🦊 \u2028\u0085\x0b jagen"

STREAM = (
    ": a comment\r\n\r\n"
    "event: first\r\nid: 1\r\ndata: one\r\ndata:  two\r\n\r\n"
    f"data: {TEXT}\n\n"
    "retry: 10\rdata:\r\r"
    "event: empty\n\n"
    "data: last\n\n"
).encode()

EVENTS = [
    ServerEvent("first", "one\n two"),
    ServerEvent("", TEXT),
    ServerEvent("", ""),
    ServerEvent("", "last"),
]


def decoded(pieces: list[bytes], stream_format: Any = "sse") -> list[ServerEvent]:
    decoder = EventDecoder(stream_format)
    events = [event for piece in pieces for event in decoder.feed(piece)]
    return [*events, *decoder.end()]


def cut(data: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(data) + 1) for place in places} | {0, len(data)})
    return [data[a:b] for a, b in itertools.pairwise(ends)]


@given(st.lists(st.integers(0, 10_000)))
def test_events_do_not_depend_on_where_the_bytes_are_cut(places: list[int]) -> None:
    assert decoded(cut(STREAM, places)) == EVENTS


def test_each_byte_alone() -> None:
    assert decoded([STREAM[i : i + 1] for i in range(len(STREAM))]) == EVENTS


@given(st.lists(st.integers(0, 10_000)))
def test_lines_of_json(places: list[int]) -> None:
    lines = [{"a": TEXT}, {"b": [1, 2]}]
    data = "\r\n\n".join(json.dumps(x, ensure_ascii=False) for x in lines).encode()
    events = decoded(cut(data, places), "ndjson")
    assert [json.loads(event.data) for event in events] == lines


def test_an_event_without_its_blank_line_counts() -> None:
    assert decoded([b"data: one"]) == [ServerEvent("", "one")]


def test_a_byte_order_mark_is_no_part_of_a_field() -> None:
    assert decoded([b"\xef\xbb\xbfdata: one\n\n"]) == [ServerEvent("", "one")]


@pytest.mark.parametrize("has_index", [True, False])
def test_a_call_of_a_tool_comes_in_pieces(has_index: bool) -> None:
    reader = OpenAIModel("x").reader()
    parts: list[dict[str, Any]] = [
        {"id": "c1", "function": {"name": "weather", "arguments": ""}},
        {"function": {"arguments": '{"city": '}},
        {"function": {"arguments": '"Oslo"}'}},
    ]
    for part in parts:
        call = {"index": 0, **part} if has_index else part
        reader.feed("", {"choices": [{"delta": {"tool_calls": [call]}}]})
    reader.feed("", {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]})
    answer = reader.answer()
    assert answer is not None
    (found,) = answer.calls
    assert (found.id, found.name, found.arguments) == (
        "c1",
        "weather",
        {"city": "Oslo"},
    )


def test_a_stream_without_its_end_is_no_answer() -> None:
    reader = OpenAIModel("x").reader()
    assert reader.feed("", {"choices": [{"delta": {"content": "Hel"}}]}) == "Hel"
    assert reader.answer() is None
