"""Servers of models without a network: what they answer, and what they were asked."""

from __future__ import annotations

import asyncio
import json
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from typing import Any

import httpx
from hypothesis import strategies as st
from n3gen.templates.runtime.http.clients import close_clients, configure_http
from n3gen.templates.runtime.http.wire import HttpConnection
from n3gen.templates.runtime.models.embed import TextVectors
from n3gen.templates.runtime.models.models import (
    AnswerSchema,
    ChatTurn,
    ModelAnswer,
    ModelRequest,
    ToolCall,
    ToolResult,
)
from n3gen.templates.runtime.run.run import Step

from tests.clock import run

__all__ = [
    "CHAT_END",
    "CITY_TOOL",
    "PERSON",
    "Pieces",
    "Server",
    "asked",
    "body_of",
    "chat_chunk",
    "cuts",
    "embedded",
    "event_data",
    "events_of",
    "json_answer",
    "pieces_of",
    "request_of",
    "stream_answer",
    "user",
    "wanted_city",
]

PERSON = AnswerSchema(
    "Person",
    {
        "type": "object",
        "title": "Person",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name"],
    },
)


class CityTool:
    """A tool that nobody calls here."""

    name = "weather"

    def description(self) -> str:
        return "The weather of a city."

    def parameters(self) -> Mapping[str, Any]:
        return {"type": "object", "properties": {"city": {"type": "string"}}}

    async def call(self, step: Step, call: ToolCall) -> ToolResult:
        raise NotImplementedError


CITY_TOOL = CityTool()


def wanted_city(city: str, id_: str = "c1") -> ToolCall:
    return ToolCall(id_, "weather", {"city": city})


class Pieces(httpx.AsyncByteStream):
    """A body: bytes that come at once, and seconds that pass before the next do."""

    def __init__(self, pieces: Sequence[bytes | float]) -> None:
        self.pieces = pieces
        self.read = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            # A socket, too, lets others run before it gives what has come already.
            await asyncio.sleep(0 if isinstance(piece, bytes) else piece)
            if isinstance(piece, bytes):
                self.read += len(piece)
                yield piece

    async def aclose(self) -> None:
        self.is_closed = True


class Server(httpx.AsyncBaseTransport):
    """Gives each request the next of its answers, the last one again and again.

    A number among the answers is the seconds that pass before the one after it.
    """

    def __init__(self, *answers: httpx.Response | Exception | float) -> None:
        self.answers = list(answers)
        self.last = self.answers[-1]
        self.requests: list[httpx.Request] = []
        self.given: list[Pieces] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else self.last
        while isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = self.answers.pop(0) if self.answers else self.last
        if isinstance(answer, Exception):
            raise answer
        stream = answer.stream
        if isinstance(stream, Pieces):
            stream = Pieces(stream.pieces)
            self.given.append(stream)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Clients that are made meanwhile are answered by this server."""
        configure_http(self)
        try:
            yield
        finally:
            configure_http(None)

    @property
    def left_open(self) -> int:
        """The answers that nobody has closed."""
        return sum(not stream.is_closed for stream in self.given)


def json_answer(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    """An answer in JSON, or of the bytes given."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = {"content-type": "application/json"}
    return httpx.Response(
        status, headers={**kind, **(headers or {})}, stream=Pieces([content])
    )


def stream_answer(
    *pieces: bytes | str | float, kind: str = "text/event-stream"
) -> httpx.Response:
    """A stream in the pieces given."""
    body = [piece.encode() if isinstance(piece, str) else piece for piece in pieces]
    return httpx.Response(200, headers={"content-type": kind}, stream=Pieces(body))


def events_of(*events: Any, done: bool = True) -> str:
    """Server-sent events of JSON, with the last word that OpenAI has for it."""
    told = "".join(
        f"data: {json.dumps(event, ensure_ascii=False)}\n\n" for event in events
    )
    return told + ("data: [DONE]\n\n" if done else "")


def chat_chunk(
    text: str = "", finish: str | None = None, **delta: Any
) -> dict[str, Any]:
    """A piece of a streamed chat completion."""
    choice = {"index": 0, "delta": {"content": text, **delta}, "finish_reason": finish}
    return {"choices": [choice]}


def event_data(event: Any) -> bytes:
    """A server-sent event of JSON."""
    return f"data: {json.dumps(event)}\n\n".encode()


CHAT_END = [event_data(chat_chunk(finish="stop")), b"data: [DONE]\n\n"]
"""How a streamed chat completion ends."""


def user(text: str, **fields: Any) -> ChatTurn:
    return ChatTurn("user", text, **fields)


def request_of(*turns: ChatTurn | str, **fields: Any) -> ModelRequest:
    """A request with these turns; texts are the user's."""
    messages = tuple(user(t) if isinstance(t, str) else t for t in turns or ("Hi",))
    given: dict[str, Any] = {"model": "m", "options": {}, **fields}
    system = given.pop("system", None)
    if system is not None:
        messages = (ChatTurn("system", system), *messages)
    return ModelRequest(messages=messages, **given)


def asked(
    connection: HttpConnection,
    server: Server,
    request: ModelRequest | None = None,
    told: list[str] | None = None,
    silence: float = 0,
) -> ModelAnswer:
    """The answer of the server; with `told` it is streamed into that list.

    The reader is silent for so many seconds after each piece.
    """

    async def progress(text: str) -> None:
        assert told is not None
        told.append(text)
        await asyncio.sleep(silence)

    async def main() -> ModelAnswer:
        try:
            listener = None if told is None else progress
            return await connection.send(request or request_of(), listener)
        finally:
            await close_clients()

    try:
        with server.listening():
            return run(main())
    finally:
        assert server.left_open == 0


def embedded(
    fetch: Callable[..., Awaitable[TextVectors]],
    connection: HttpConnection,
    server: Server,
    *texts: str,
    model: str | None = "e",
    options: Mapping[str, Any] | None = None,
) -> TextVectors:
    """The vectors of texts."""

    async def main() -> TextVectors:
        try:
            return await fetch(connection, model, texts, options or {})
        finally:
            await close_clients()

    with server.listening():
        return run(main())


def body_of(server: Server) -> Any:
    """The JSON of the last request."""
    return json.loads(server.requests[-1].content)


cuts = st.lists(st.integers(0, 4000), max_size=12)
"""Where the bytes of a stream are cut."""


def pieces_of(data: bytes, places: Sequence[int]) -> list[bytes]:
    """The bytes cut at the places, some of which may lie beyond their end."""
    ends = sorted({min(place, len(data)) for place in places} | {len(data)})
    starts = [0, *ends]
    return [data[start:end] for start, end in zip(starts, ends, strict=False)]
