"""Requests over real sockets: whatever breaks off, no connection stays behind."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.http.http_lane import HttpLane
from n3gen.templates.runtime.http.wire import Timeouts
from n3gen.templates.runtime.providers.openai import OpenAIModel
from n3gen.templates.runtime.recovery.failures import ModelError

from tests.runtime.cancelled import Cancelled
from tests.runtime.model_servers import request_of

pytestmark = pytest.mark.usefixtures("loop_kind")

EVENTS = [
    {"choices": [{"index": 0, "delta": {"content": "Hel"}}]},
    {"choices": [{"index": 0, "delta": {"content": "lo"}}]},
    {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
ANSWER = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: "


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class SocketServer:
    """Answers what the model's name says, over as many connections as are opened."""

    def __init__(self) -> None:
        self.opened = 0
        self.heads: list[bytes] = []
        self.writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SocketServer]:
        server = await asyncio.start_server(self.serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            await close_clients()
            server.close()
            for writer in self.writers:
                writer.close()
            await self.left(0)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.opened += 1
        self.writers.add(writer)
        try:
            while await self.answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.writers.discard(writer)
            writer.close()

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        self.heads.append(head)
        length = int(head.partition(b"content-length:")[2].split()[0])
        model = json.loads(await reader.readexactly(length))["model"]
        if model == "hang":
            await reader.read()
        elif model == "drop":
            return False
        elif model == "no-http":
            writer.write(b"SSH-2.0-OpenSSH\r\n\r\n")
        elif model == "half-answer":
            writer.write(HEAD + b'application/json\r\ncontent-length: 99\r\n\r\n{"a": ')
        elif model == "answer":
            data = json.dumps(ANSWER).encode()
            told = b"application/json\r\ncontent-length: %d\r\n\r\n" % len(data)
            writer.write(HEAD + told)
            await asyncio.sleep(0.001)
            writer.write(data)
            return True
        else:
            return await self.stream(writer, model, reader)
        await writer.drain()
        return False

    async def stream(
        self, writer: asyncio.StreamWriter, model: str, reader: asyncio.StreamReader
    ) -> bool:
        writer.write(HEAD + b"text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in EVENTS:
            writer.write(chunk(f"data: {json.dumps(event)}\n\n".encode()))
            await asyncio.sleep(0.001)
            if model == "half-stream":
                return False
            if model == "stalled-stream":
                await reader.read()
        writer.write(chunk(b"data: [DONE]\n\n"))
        if model == "open-stream":
            await reader.read()
        await asyncio.sleep(0.001)
        writer.write(b"0\r\n\r\n")
        return True

    async def left(self, most: int) -> None:
        """Waits until at most so many connections are open."""
        until = time.monotonic() + 2.0
        while len(self.writers) > most:
            assert time.monotonic() < until, f"{len(self.writers)} are open"
            await asyncio.sleep(0.001)

    def model(self, **fields: Any) -> OpenAIModel:
        return OpenAIModel("house", base_url=self.url, api_key="k", **fields)

    async def ask(self, model: str, is_streamed: bool, **fields: Any) -> str:
        async def progress(_: str) -> None:
            await asyncio.sleep(0)

        request = request_of(model=model)
        listener = progress if is_streamed else None
        return (await self.model(**fields).send(request, listener)).text


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("is_warm", [False, True])
@pytest.mark.parametrize("times", [1, 2])
def test_cancelled_wherever_it_waits(
    is_streamed: bool, is_warm: bool, times: int
) -> None:
    model = "stream" if is_streamed else "answer"

    async def cancelled(server: SocketServer, at: int) -> bool:
        if is_warm:
            await server.ask(model, is_streamed)
        before = asyncio.all_tasks()

        async def work() -> None:
            await Cancelled(server.ask(model, is_streamed), at, times)

        task = asyncio.create_task(work())
        await asyncio.wait([task])
        # The server's own are still at work: asyncio's for accepting, and its handlers.
        left = asyncio.all_tasks() - before
        assert [t for t in left if not re.search("serve|_accept", repr(t))] == []
        await server.left(1)
        return task.cancelled()

    async def main() -> int:
        async with SocketServer().running() as server:
            at = 1
            while await cancelled(server, at):
                at += 1
            assert await server.ask(model, is_streamed) == "Hello"
            await server.left(1)
            gc.collect()
            objects = gc.get_objects()
            assert sum(isinstance(o, HttpLane) for o in objects) <= 1
            return at

    # To connect, for the head of the answer, for its body; then it was not cancelled.
    assert asyncio.run(main()) >= (3 if is_warm else 4)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_connection_is_used_again(is_streamed: bool) -> None:
    async def main() -> None:
        async with SocketServer().running() as server:
            for _ in range(5):
                model = "stream" if is_streamed else "answer"
                assert await server.ask(model, is_streamed) == "Hello"
            assert server.opened == 1

    asyncio.run(main())


def test_many_at_once() -> None:
    async def main() -> None:
        async with SocketServer().running() as server:
            calls = [server.ask("stream", True) for _ in range(40)]
            assert await asyncio.gather(*calls) == ["Hello"] * 40
            assert server.opened <= 40

    asyncio.run(main())


@pytest.mark.parametrize(
    ("model", "is_streamed", "timeouts", "kind", "message"),
    [
        ("hang", False, Timeouts(total=0.05), "timeout", "did not answer within 0.05"),
        ("hang", True, Timeouts(first_token=0.05), "timeout", "sent no text within"),
        ("stalled-stream", True, Timeouts(idle=0.05), "timeout", "sent nothing for"),
        ("stalled-stream", True, Timeouts(total=0.05), "timeout", "did not answer"),
        ("drop", False, Timeouts(), "connection", "broke the connection off"),
        ("drop", True, Timeouts(), "connection", "broke the connection off"),
        ("no-http", False, Timeouts(), "connection", "broke the connection off"),
        ("half-answer", False, Timeouts(), "connection", "broke the connection off"),
        ("half-stream", True, Timeouts(), "connection", "broke the connection off"),
    ],
)
def test_faults(
    model: str, is_streamed: bool, timeouts: Timeouts, kind: str, message: str
) -> None:
    async def main() -> None:
        async with SocketServer().running() as server:
            with pytest.raises(ModelError) as caught:
                await server.ask(model, is_streamed, timeouts=timeouts)
            assert caught.value.kind == kind
            assert str(caught.value).startswith(f"`house` {message}")
            await server.left(0)

    asyncio.run(main())


def test_a_stream_that_the_server_keeps_open() -> None:
    async def main() -> None:
        async with SocketServer().running() as server:
            assert await server.ask("open-stream", True) == "Hello"
            await server.left(0)

    asyncio.run(main())


def test_nobody_there() -> None:
    async def main() -> None:
        server = SocketServer()
        async with server.running():
            pass
        with pytest.raises(ModelError, match="cannot be reached") as caught:
            await server.ask("answer", False)
        assert caught.value.kind == "connection"
        server.url = "http://a..b/v1"
        with pytest.raises(ModelError) as caught:
            await server.ask("answer", False)
        assert caught.value.kind in ("connection", "error")
        await close_clients()

    asyncio.run(main())


@pytest.mark.parametrize("is_streamed", [False, True])
def test_by_way_of_a_proxy(monkeypatch: pytest.MonkeyPatch, is_streamed: bool) -> None:
    async def main() -> None:
        async with SocketServer().running() as proxy:
            monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
            monkeypatch.delenv("no_proxy", raising=False)
            monkeypatch.delenv("NO_PROXY", raising=False)
            proxy.url = "http://user:word@models.test/v1"
            model = "stream" if is_streamed else "answer"
            assert await proxy.ask(model, is_streamed) == "Hello"
            (head,) = proxy.heads
            assert head.startswith(b"post http://models.test/v1/chat/completions http")
            assert b"\r\nauthorization: bearer k\r\n" in head

    asyncio.run(main())
