"""Answers read for what they are, not for what their headers call them: all providers."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from n3gen.templates.runtime.http.json_lines import LineDecoder
from n3gen.templates.runtime.http.streams import EventDecoder
from n3gen.templates.runtime.models.models import UsageMeter

from tests.runtime.model_servers import Pieces, Server, stream_answer
from tests.runtime.told_answers import (
    APIS,
    BODIES,
    USAGE,
    Told,
    answer_of,
    failure,
    sent,
    streamed,
)

LABELS = (
    "text/event-stream",
    "application/x-ndjson",
    "application/json",
    "application/json; charset=utf-8",
    "text/plain; charset=utf-8",
    "application/octet-stream",
    "",
)

label = pytest.mark.parametrize("kind", LABELS)
every = pytest.mark.parametrize("api", APIS)


def labelled(kind: str, *pieces: bytes) -> httpx.Response:
    headers = {"content-type": kind} if kind else {}
    return httpx.Response(200, headers=headers, stream=Pieces(pieces))


def bytes_of(answer: Any) -> bytes:
    return b"".join(piece for piece in answer.stream.pieces if isinstance(piece, bytes))


@every
@label
@pytest.mark.parametrize("size", [1, 1 << 20])
def test_a_stream_by_any_name(api: str, kind: str, size: int) -> None:
    data = bytes_of(answer_of(api, Told("Hello"), stream=True))
    pieces = [data[place : place + size] for place in range(0, len(data), size)]
    meter = UsageMeter()
    found = sent(api, Server(labelled(kind, *pieces)), meter, stream=True)
    assert (found.text, meter.usage) == ("Hello", USAGE)


@every
@label
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("before", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_a_whole_answer_by_any_name(
    api: str, kind: str, indent: int | None, before: bytes
) -> None:
    body = json.dumps(BODIES[api][0](Told("Hello")), indent=indent).encode()
    meter = UsageMeter()
    answer = labelled(kind, before, body[:1], body[1:])
    found = sent(api, Server(answer), meter, stream=True)
    assert (found.text, meter.usage) == ("Hello", USAGE)


@every
@label
def test_an_error_by_any_name(api: str, kind: str) -> None:
    body = json.dumps({"error": {"message": "it broke", "code": 503}}, indent=1)
    error, _ = failure(api, labelled(kind, body.encode()), stream=True)
    assert "failed while it answered: it broke" in str(error)
    assert (error.kind, error.status) == ("status", 503)


@every
@pytest.mark.parametrize("kind", ["text/html", "text/plain", "text/event-stream", ""])
def test_a_page_by_any_name(api: str, kind: str) -> None:
    page = b"<html>\n<body>Log in</body></html>"
    error, _ = failure(api, labelled(kind, page), stream=True)
    assert "answered with what is not JSON: '<html> <body>Log in" in str(error)


@every
@pytest.mark.parametrize("kind", ["text/plain", "application/json", ""])
def test_plain_words_in_place_of_an_answer(api: str, kind: str) -> None:
    error, _ = failure(api, labelled(kind, b"It works!"), stream=True)
    assert "answered with what is not JSON: 'It works!'" in str(error)


@every
def test_an_answer_of_nothing(api: str) -> None:
    error, _ = failure(api, labelled("application/json"), stream=True)
    assert "answered with what is not JSON: ''" in str(error)
    for kind in ("text/event-stream", "text/plain", ""):
        error, _ = failure(api, labelled(kind), stream=True)
        assert error.kind == "connection"


@pytest.mark.parametrize("api", ["openai", "responses", "anthropic", "gemini"])
def test_empty_data(api: str) -> None:
    blank = b"data:\n\n: wait\n\ndata: \n\nevent: ping\ndata:\n\ndata\n\n"
    data = bytes_of(answer_of(api, Told("Hello"), stream=True))
    first, rest = data.split(b"\n\n", 1) if data.count(b"\n\n") > 1 else (data, b"")
    answer = stream_answer(blank, first, b"\n\n", blank, rest, blank)
    assert sent(api, Server(answer), UsageMeter(), stream=True).text == "Hello"


def test_a_list_of_gemini_s_pieces() -> None:
    # So its streams come where a proxy has lost `alt=sse`.
    whole = BODIES["gemini"][0](Told("lo"))
    first = {"candidates": [{"content": {"parts": [{"text": "Hel"}]}}]}
    body = json.dumps([first, whole], indent=1).encode()
    meter = UsageMeter()
    answer = labelled("application/json", body)
    found = sent("gemini", Server(answer), meter, stream=True)
    assert (found.text, meter.usage) == ("Hello", USAGE)


@pytest.mark.parametrize(
    ("start", "kind", "is_labelled", "is_stream"),
    [
        (b"", EventDecoder, True, None),
        (b" \n", EventDecoder, True, None),
        (b"dat", EventDecoder, False, None),
        (b"data:", EventDecoder, False, None),
        (b"data: a", EventDecoder, False, True),
        (b"data\n", EventDecoder, False, True),
        (b": w\n", EventDecoder, False, True),
        (b"\nid: 1\n", EventDecoder, False, True),
        (b"error: {", EventDecoder, False, True),
        (b"words\n", EventDecoder, False, False),
        (b"words\n", EventDecoder, True, True),
        (b"{", EventDecoder, True, False),
        (b'{"a": 1}', LineDecoder, True, None),
        (b'{"a": 1}\n', LineDecoder, False, True),
        (b'{"a": 1}\r', LineDecoder, False, True),
        (b"{\n", LineDecoder, True, False),
        (b"[" * 70_000, LineDecoder, True, True),
        (b"[" * 70_000 + b"\n", LineDecoder, True, False),
    ],
)
def test_how_a_stream_begins(
    start: bytes,
    kind: type[EventDecoder],
    is_labelled: bool,
    is_stream: bool | None,
) -> None:
    assert kind().is_stream(start, is_labelled=is_labelled) is is_stream


def test_a_stream_that_never_ends_its_first_line_is_in_time() -> None:
    text = b'{"message": {"content": "' + b"x" * 8192
    answer = labelled("application/json", text, *[b"x" * 8192] * 200, b'"}}')
    error, _ = failure("ollama", answer, stream=True)
    assert error.kind == "connection"


def test_streamed_is_what_the_apis_stream() -> None:
    assert bytes_of(streamed("ollama", {"a": 1})) == b'{"a": 1}\n'
