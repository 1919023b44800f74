"""Requests over real sockets: whatever breaks off, no connection stays behind."""

from __future__ import annotations

import asyncio
import gc
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from tests.runtime.cancelled import Cancelled
from tests.runtime.wire_modules import Wire

pytestmark = [
    pytest.mark.usefixtures("loop_kind"),
    # httpx loses connections where it is cancelled: they are collected with a warning.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.fixture(autouse=True)
def collected(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test has lost is collected before the next one, where that would suffer.

    A loop of uvloop hangs where another loop's connection is collected in it.
    """
    yield
    if on_uvloop() or "cancelled" in request.node.name:
        gc.collect()


def on_uvloop() -> bool:
    """Whether `asyncio.run` runs on a loop of uvloop."""
    return asyncio.events.new_event_loop.__module__ == "uvloop"


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

    def __init__(
        self, wire: Wire | ByHand, context: ssl.SSLContext | None = None
    ) -> None:
        self.wire = wire
        self.context = context
        self.opened = 0
        self.heads: list[bytes] = []
        self.writers: set[asyncio.StreamWriter] = set()
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[SocketServer]:
        server = await asyncio.start_server(
            self.serve, "127.0.0.1", 0, ssl=self.context
        )
        scheme = "https" if self.context else "http"
        self.url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        try:
            yield self
        finally:
            await self.wire.close_clients()
            server.close()
            for writer in self.writers:
                writer.transport.abort()  # TLS would wait for the other end to agree
            await self.left(0)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.opened += 1
        self.writers.add(writer)
        try:
            while await self.answer(reader, writer):
                pass
        except (asyncio.IncompleteReadError, OSError, RuntimeError):
            pass  # uvloop raises a `RuntimeError` for what is closed
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
            self.writers.discard(writer)

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

    async def left(self, most: int, seconds: float = 2.0) -> None:
        """Wait until at most so many connections are open."""
        async with asyncio.timeout(seconds):
            while len(self.writers) > most:  # noqa: ASYNC110
                await asyncio.sleep(0.001)

    async def ask(self, model: str, is_streamed: bool, **timeouts: float) -> str:
        return await self.wire.ask(self.url, model, is_streamed, **timeouts)


class ByHand:
    """The same requests without a module: a client of the package, and nothing else."""

    def __init__(self, wire: Wire) -> None:
        self.client = wire.httpx.AsyncClient(timeout=None)

    async def close_clients(self) -> None:
        await self.client.aclose()

    async def ask(self, url: str, model: str, is_streamed: bool, **_: float) -> str:
        body = {"model": model}
        path = f"{url}/chat/completions"
        async with self.client.stream("POST", path, json=body) as response:
            async for _piece in response.aiter_bytes():
                await asyncio.sleep(0)
        return "Hello"


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Keep what is lost: a collection in between would count it or not, by chance."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def places_that_lose(
    wire: Wire | ByHand,
    is_streamed: bool,
    is_warm: bool,
    times: int,
    context: ssl.SSLContext | None = None,
) -> tuple[int, int]:
    """At how many places a request waits, and at how many it leaves a connection.

    It is cancelled at each of the places, once or twice.
    """
    model = "stream" if is_streamed else "answer"

    async def cancelled(server: SocketServer, at: int) -> bool:
        if is_warm:
            await server.ask(model, is_streamed)
        tasks = asyncio.all_tasks()

        async def work() -> None:
            await Cancelled(server.ask(model, is_streamed), at, times)

        task = asyncio.create_task(work())
        await asyncio.wait([task])
        # The server's own are still at work: asyncio's for accepting, and its handlers.
        left = asyncio.all_tasks() - tasks
        assert [t for t in left if not re.search("serve|_accept", repr(t))] == []
        return task.cancelled()

    async with SocketServer(wire, context).running() as server:
        at, lost = 1, 0
        with nothing_collected():
            while await cancelled(server, at):
                at += 1
                with suppress(TimeoutError):
                    await server.left(1 + lost, seconds=0.2)
                lost = max(lost, len(server.writers) - 1)
        assert await server.ask(model, is_streamed) == "Hello"
        return at, lost


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("is_warm", [False, True])
@pytest.mark.parametrize("times", [1, 2])
def test_cancelled_wherever_it_waits(
    wire: Wire, is_streamed: bool, is_warm: bool, times: int
) -> None:
    how = (is_streamed, is_warm, times)
    if times > 1 and wire.httpx.__name__ == "httpx":
        pytest.skip("httpx loses five times as many when it is cancelled twice")
    places, lost = asyncio.run(places_that_lose(wire, *how))
    assert places >= (3 if is_warm else 4)
    if wire.httpx.__name__ == "httpx2":
        assert lost == 0
    else:
        assert lost <= asyncio.run(places_that_lose(ByHand(wire), *how))[1]


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("is_warm", [False, True])
def test_cancelled_wherever_it_waits_over_tls(
    wire: Wire,
    is_streamed: bool,
    is_warm: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = str(tmp_path / "authority.pem")
    authority.cert_pem.write_to_path(path)
    monkeypatch.setenv("SSL_CERT_FILE", path)
    if on_uvloop() and not is_warm and wire.httpx.__name__ == "httpx":
        pytest.skip("uvloop's loop cannot be closed with what httpx has lost")
    how = (is_streamed, is_warm, 1, context)
    places, lost = asyncio.run(places_that_lose(wire, *how))
    assert places >= (3 if is_warm else 6)
    if lost:
        # Both lose a connection that is cancelled in the middle of its handshake.
        assert not is_warm or wire.httpx.__name__ == "httpx"
        assert lost <= asyncio.run(places_that_lose(ByHand(wire), *how))[1]


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_connection_is_used_again(wire: Wire, is_streamed: bool) -> None:
    async def main() -> None:
        async with SocketServer(wire).running() as server:
            for _ in range(5):
                model = "stream" if is_streamed else "answer"
                assert await server.ask(model, is_streamed) == "Hello"
            assert server.opened == 1

    asyncio.run(main())


def test_many_at_once(wire: Wire) -> None:
    async def main() -> None:
        async with SocketServer(wire).running() as server:
            calls = [server.ask("stream", True) for _ in range(40)]
            assert await asyncio.gather(*calls) == ["Hello"] * 40
            assert server.opened <= 40

    asyncio.run(main())


@pytest.mark.parametrize(
    ("model", "is_streamed", "timeouts", "kind", "message"),
    [
        ("hang", False, {"total": 0.05}, "timeout", "did not answer within 0.05"),
        ("hang", True, {"first_token": 0.05}, "timeout", "sent no text within"),
        ("stalled-stream", True, {"idle": 0.05}, "timeout", "sent nothing for"),
        ("stalled-stream", True, {"total": 0.05}, "timeout", "did not answer"),
        ("drop", False, {}, "connection", "broke the connection off"),
        ("drop", True, {}, "connection", "broke the connection off"),
        ("no-http", False, {}, "connection", "broke the connection off"),
        ("half-answer", False, {}, "connection", "broke the connection off"),
        ("half-stream", True, {}, "connection", "broke the connection off"),
    ],
)
def test_faults(
    wire: Wire,
    model: str,
    is_streamed: bool,
    timeouts: dict[str, float],
    kind: str,
    message: str,
) -> None:
    async def main() -> None:
        async with SocketServer(wire).running() as server:
            with pytest.raises(wire.ModelError) as caught:
                await server.ask(model, is_streamed, **timeouts)
            assert caught.value.kind == kind
            assert str(caught.value).startswith(f"`house` {message}")
            await server.left(0)

    asyncio.run(main())


def test_a_stream_that_the_server_keeps_open(wire: Wire) -> None:
    async def main() -> None:
        async with SocketServer(wire).running() as server:
            assert await server.ask("open-stream", True) == "Hello"
            await server.left(0)

    asyncio.run(main())


def test_nobody_there(wire: Wire) -> None:
    async def main() -> None:
        server = SocketServer(wire)
        async with server.running():
            pass
        with pytest.raises(wire.ModelError, match="cannot be reached") as caught:
            await server.ask("answer", False)
        assert caught.value.kind == "connection"
        server.url = "http://a..b/v1"
        with pytest.raises(wire.ModelError) as caught:
            await server.ask("answer", False)
        assert caught.value.kind in ("connection", "error")
        await wire.close_clients()

    asyncio.run(main())


@pytest.mark.parametrize("is_streamed", [False, True])
def test_by_way_of_a_proxy(
    wire: Wire, monkeypatch: pytest.MonkeyPatch, is_streamed: bool
) -> None:
    async def main() -> None:
        async with SocketServer(wire).running() as proxy:
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
