"""Limits of size and time, and streams that break: told at once, with nothing left open."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

import pytest
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.http.transfer import LARGEST_BODY
from n3gen.templates.runtime.http.wire import Timeouts
from n3gen.templates.runtime.providers.openai import OpenAIModel
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.clock import run
from tests.runtime.model_servers import (
    CHAT_END,
    Server,
    asked,
    chat_chunk,
    event_data,
    json_answer,
    request_of,
    stream_answer,
)
from tests.runtime.wire_modules import PACKAGES, wire_of

ANSWER = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}


def model(**fields: Any) -> OpenAIModel:
    return OpenAIModel("house", base_url="https://models.test/v1", **fields)


def failed(server: Server, told: list[str] | None = None, **fields: Any) -> ModelError:
    with pytest.raises(ModelError) as caught:
        asked(model(**fields), server, None, told)
    return caught.value


def test_an_answer_that_is_too_large_is_not_read() -> None:
    pieces = [b" " * (1 << 20)] * 200
    for answer in (
        stream_answer(*pieces, kind="application/json"),
        stream_answer(*pieces),
        stream_answer(*[b"data: " + b"x" * (1 << 20) + b"\n"] * 200),
    ):
        server = Server(answer)
        assert str(failed(server, [])) == "`house` answered with more than 64 MiB"
        assert server.given[0].read <= LARGEST_BODY + (2 << 20)


def test_an_answer_that_is_just_small_enough() -> None:
    text = json.dumps(ANSWER).encode()
    server = Server(json_answer(text + b" " * (LARGEST_BODY - len(text))))
    assert asked(model(), server).text == "Hello"


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("package", PACKAGES)
def test_a_body_that_is_not_read_to_its_end_is_closed(
    package: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A generator that is merely dropped would be closed some time later."""
    module = wire_of(package).module
    monkeypatch.setattr(module, "LARGEST_RESPONSE", 1 << 10)
    monkeypatch.setattr(module, "LARGEST_ERROR", 1 << 10)
    ends: list[str] = []

    class Endless(module.httpx.Response):  # type: ignore[misc]
        async def aiter_bytes(self, chunk_size: int | None = None) -> Any:
            try:
                while True:
                    yield b" " * 1000
            finally:
                ends.append("closed")

    async def main() -> None:
        request = module.httpx.Request("GET", "https://pages.test/")
        with suppress(ValueError):
            await module.body_of(Endless(status, request=request))
        assert ends == ["closed"]

    run(main())


# Limits of time: on a clock of their own.


def late(server: Server, timeouts: Timeouts, told: list[str] | None = None) -> str:
    error = failed(server, told, timeouts=timeouts)
    assert error.kind == "timeout"
    assert server.left_open == 0
    return str(error)


def test_limits_of_time() -> None:
    answer = json_answer(ANSWER)
    total = "`house` did not answer within 30 seconds"
    assert late(Server(30.1, answer), Timeouts(total=30)) == total
    first = "`house` sent no text within 5 seconds"
    limits = Timeouts(first_token=5, idle=2, total=30)
    assert late(Server(5.1, answer), limits) == first
    begun = event_data(chat_chunk(role="assistant"))
    assert late(Server(4.0, stream_answer(begun, 1.1, *CHAT_END)), limits) == first
    assert late(Server(stream_answer(b": wait\n\n", 5.1, *CHAT_END)), limits) == first
    idle = "`house` sent nothing for 2 seconds"
    text = event_data(chat_chunk("a"))
    told: list[str] = []
    assert late(Server(stream_answer(4.0, text, 2.1, *CHAT_END)), limits, told) == idle
    assert told == ["a"]
    slow = [part for _ in range(20) for part in (text, 1.9)]
    assert late(Server(stream_answer(*slow)), limits) == total
    assert late(Server(stream_answer(2.1)), Timeouts(idle=2)) == idle


def test_answers_within_the_limits() -> None:
    limits = Timeouts(first_token=5, idle=2, total=30)
    slow = [part for _ in range(10) for part in (event_data(chat_chunk("a")), 1.9)]
    server = Server(4.9, stream_answer(*slow, *CHAT_END))
    assert asked(model(timeouts=limits), server).text == "a" * 10
    unlimited = Timeouts(total=None)
    assert asked(model(timeouts=unlimited), Server(9999.0, json_answer(ANSWER))).text


def test_a_silent_reader_takes_none_of_the_time_for_an_answer() -> None:
    text = event_data(chat_chunk("a"))
    limits = Timeouts(first_token=5, idle=2, total=30)
    answer = stream_answer(
        *[part for _ in range(14) for part in (text, 1.9)], *CHAT_END
    )
    read: list[str] = []
    assert asked(model(timeouts=limits), Server(answer), None, read, 100).text
    whole = Server(json_answer(ANSWER))
    assert asked(model(timeouts=limits), whole, None, read, 100).text == "Hello"
    assert read == ["a"] * 14 + ["Hello"]
    slow = Server(stream_answer(*[part for _ in range(20) for part in (text, 1.9)]))
    with pytest.raises(ModelError, match="did not answer within 30 seconds"):
        asked(model(timeouts=limits), slow, None, read, 100)


@pytest.mark.parametrize(
    "delta",
    [
        {"reasoning_content": "Hm."},
        {"tool_calls": [{"index": 0, "id": "c", "function": {"name": "f"}}]},
    ],
)
def test_a_thought_or_a_call_of_a_tool_is_a_beginning(delta: Any) -> None:
    limits = Timeouts(first_token=5, idle=4)
    begun, text = event_data(chat_chunk(**delta)), event_data(chat_chunk("a"))
    server = Server(stream_answer(3.0, begun, 3.0, text, *CHAT_END))
    assert asked(model(timeouts=limits), server).text == "a"


def test_the_time_of_a_listener_is_not_that_of_the_server() -> None:
    server = Server(
        stream_answer(
            event_data(chat_chunk("a")), event_data(chat_chunk("b")), *CHAT_END
        )
    )
    connection = model(timeouts=Timeouts(first_token=5, idle=2))

    async def progress(_: str) -> None:
        await asyncio.sleep(10)

    async def main() -> str:
        try:
            return (await connection.send(request_of(), progress)).text
        finally:
            await close_clients()

    with server.listening():
        assert run(main()) == "ab"


# Streams that break.


def test_half_a_stream() -> None:
    broken = "the stream of `house` broke off before its end"
    for pieces in (
        [],
        [event_data(chat_chunk("a"))],
        [b": wait\n\n"],
        [b"data: [DONE]\n\n"],
    ):
        error = failed(Server(stream_answer(*pieces)), timeouts=Timeouts(idle=5))
        assert (str(error), error.kind) == (broken, "connection")
        assert not error.is_final


@pytest.mark.parametrize(
    "rest",
    [
        [],
        [b"data: {\n\n"],
        [event_data({"error": "oops"})],
        [event_data(["no", "chunk"])],
        [61.0],
        [event_data(chat_chunk(finish="content_filter"))],
    ],
)
def test_a_failure_after_a_text_was_told_is_final(rest: list[bytes | float]) -> None:
    told: list[str] = []
    error = failed(Server(stream_answer(event_data(chat_chunk("a")), *rest)), told)
    assert told == ["a"]
    assert error.is_final
    error = failed(
        Server(stream_answer(event_data(chat_chunk("a")), *rest)),
        timeouts=Timeouts(idle=99),
    )
    assert not error.is_final


def test_a_stream_whose_connection_stays_open_after_its_last_word() -> None:
    server = Server(stream_answer(event_data(chat_chunk("Hello")), *CHAT_END, 1000.0))
    began = time.monotonic()
    assert asked(model(), server, None, []).text == "Hello"
    assert time.monotonic() - began < 1
    more = stream_answer(
        event_data(chat_chunk("Hello")),
        *CHAT_END,
        event_data({"error": "late"}),
        b"data: x",
    )
    assert asked(model(), Server(more), None, []).text == "Hello"


def test_a_listener_that_fails() -> None:
    server = Server(
        stream_answer(
            event_data(chat_chunk("a")), 1.0, event_data(chat_chunk("b")), *CHAT_END
        )
    )

    async def progress(_: str) -> None:
        raise RuntimeError("mine")

    async def main() -> None:
        try:
            with pytest.raises(RuntimeError, match="mine"):
                await model().send(request_of(), progress)
        finally:
            await close_clients()

    with server.listening():
        run(main())
    assert server.left_open == 0
