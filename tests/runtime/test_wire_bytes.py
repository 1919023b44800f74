"""What comes of bytes of any kind that a server sends: read as the package reads them."""

from __future__ import annotations

import asyncio
import gzip
import json
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.runtime.wire_modules import PACKAGES, Wire, wire_of

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\n"

ANSWERS = {
    "length": OK + b"content-length: 5\r\n\r\nhello",
    "empty": OK + b"content-length: 0\r\n\r\n",
    "chunks": OK
    + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
    "trailers": OK
    + b"transfer-encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nx: y\r\n\r\n",
    "until the end": OK + b"\r\nhello",
    "HTTP/1.0": b"HTTP/1.0 200 OK\r\n\r\nhello",
    "no content": b"HTTP/1.1 204 No Content\r\n\r\n",
    "no reason": b"HTTP/1.1 200 \r\ncontent-length: 0\r\n\r\n",
    "odd status": b"HTTP/1.1 599 Zzz\r\ncontent-length: 2\r\n\r\nno",
    "early hints": b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n"
    + OK
    + b"content-length: 2\r\n\r\nok",
    "headers": OK
    + b"Set-Cookie: a=1\r\nset-cookie: b=2\r\nX-Odd:  a \r\ncontent-length: 1\r\n\r\nx",
    "latin": OK + b"x-name: caf\xe9\r\ncontent-length: 1\r\n\r\nx",
    "closed": OK + b"connection: close\r\ncontent-length: 2\r\n\r\nok",
    "too short": OK + b"content-length: 50\r\n\r\nhello",
    "half a chunk": OK + b"transfer-encoding: chunked\r\n\r\n5\r\nhel",
    "bad chunk": OK + b"transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nconte",
    "another protocol": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "bad header": OK + b"a b: c\r\n\r\n",
    "two lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nok!",
    "long head": OK + b"x: " + b"y" * 200_000 + b"\r\n\r\n",
    "JSON": OK + b"content-type: application/json\r\ncontent-length: 2\r\n\r\n[]",
    "no JSON": OK + b"content-type: application/json\r\ncontent-length: 1\r\n\r\n[",
    "no UTF-8": OK + b"content-type: text/plain\r\ncontent-length: 2\r\n\r\n\xff\xfe",
}

CHAT = {"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}
CHUNKS = [
    {"choices": [{"delta": {"content": "Hello"}}]},
    {"choices": [{"delta": {}, "finish_reason": "stop"}]},
]


def answer_of(body: bytes, head: bytes = b"") -> bytes:
    return OK + head + b"content-length: %d\r\n\r\n%s" % (len(body), body)


MODEL_ANSWERS = {
    False: answer_of(json.dumps(CHAT).encode(), b"content-type: application/json\r\n"),
    True: answer_of(
        "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS).encode(),
        b"content-type: text/event-stream\r\n",
    ),
}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    yield


@asynccontextmanager
async def serving(wire: Wire, handler: Handler) -> AsyncIterator[str]:
    """The address of a server; at the end no connection to it may be open."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
            writer.write_eof()
            await reader.read()  # until the client has closed, too
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            tasks.discard(task)
            writer.transport.abort()

    async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        try:
            yield f"http://127.0.0.1:{port}/"
        finally:
            await wire.close_clients()
            server.close()
            async with asyncio.timeout(10):
                while tasks:
                    await asyncio.wait(tasks)


def saying(*pieces: bytes) -> Handler:
    """Answers each connection's first request with these pieces."""

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return handler


async def ours(wire: Wire, url: str) -> Any:
    """What an `http` step makes of an answer, or the kind of its error."""
    try:
        found = await wire.get(url)
    except wire.httpx.HTTPStatusError as error:
        return error.response.status_code
    except wire.httpx.HTTPError as error:
        return type(error)
    return found["status"], found["headers"], found["body"]


async def by_hand(wire: Wire, url: str) -> Any:
    """What a client of the package makes of it, in the words of a step.

    An error status is one however its body goes on.
    """
    client = wire.httpx.AsyncClient(timeout=10)
    try:
        async with client, client.stream("GET", url) as response:
            if response.status_code >= 400:
                return response.status_code
            await response.aread()
    except wire.httpx.HTTPError as error:
        return type(error)
    body = response.content.decode(response.encoding or "utf-8", "replace")
    if "json" in response.headers.get("content-type", ""):
        with suppress(ValueError):
            body = response.json()
    return response.status_code, dict(response.headers), body


async def both(wire: Wire, *pieces: bytes) -> tuple[Any, Any]:
    async with serving(wire, saying(*pieces)) as url:
        return await ours(wire, url), await by_hand(wire, url)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_read_as_the_package_reads_them(wire: Wire, name: str) -> None:
    found, theirs = asyncio.run(both(wire, ANSWERS[name]))
    assert found == theirs


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "long head"])
def test_answers_may_come_byte_by_byte(wire: Wire, name: str) -> None:
    data = ANSWERS[name]
    pieces = [data[place : place + 1] for place in range(len(data))]
    found, theirs = asyncio.run(both(wire, *pieces))
    assert found == theirs


def damaged(data: st.DataObject, answer: bytes) -> bytes:
    found = bytearray(answer)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(found) - 1))
        found[place] = data.draw(st.integers(0, 255))
    return bytes(found)


@pytest.mark.parametrize("package", PACKAGES)
@settings(max_examples=40)
@given(
    st.sampled_from([ANSWERS["length"], ANSWERS["chunks"], ANSWERS["trailers"]]),
    st.data(),
)
def test_damaged_answers_are_read_as_the_package_reads_them(
    package: str, answer: bytes, data: st.DataObject
) -> None:
    # A damaged head may name a coding, which only an answer of ours would refuse.
    found, theirs = asyncio.run(both(wire_of(package), damaged(data, answer)))
    assert found == theirs


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("is_streamed", [False, True])
@settings(max_examples=40)
@given(st.data())
def test_a_damaged_answer_of_a_model_is_a_text_or_a_model_error(
    package: str, is_streamed: bool, data: st.DataObject
) -> None:
    wire = wire_of(package)
    answer = damaged(data, MODEL_ANSWERS[data.draw(st.booleans())])

    async def main() -> None:
        async with serving(wire, saying(answer)) as url:
            try:
                assert isinstance(await wire.ask(url, "m", is_streamed), str)
            except wire.ModelError as error:
                assert str(error).startswith(("`house` ", "the stream of `house` "))

    asyncio.run(main())


@pytest.mark.parametrize("is_streamed", [False, True])
def test_an_answer_of_a_model_byte_by_byte(wire: Wire, is_streamed: bool) -> None:
    answer = MODEL_ANSWERS[is_streamed]
    pieces = [answer[place : place + 1] for place in range(len(answer))]

    async def main() -> None:
        async with serving(wire, saying(*pieces)) as url:
            assert await wire.ask(url, "m", is_streamed) == "Hello"

    asyncio.run(main())


async def read_body(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].split()[0])
    return await reader.readexactly(length)


@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_bodies_of_any_size_go_there_and_back(wire: Wire, size: int) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            writer.write(
                answer_of(await read_body(reader), b"content-type: a/json\r\n")
            )
            await writer.drain()

    async def main() -> None:
        async with serving(wire, echo) as url:
            for _ in range(2):
                found = await wire.get(url, "POST", json="ä" * size)
                assert found["body"] == "ä" * size

    asyncio.run(main())


def test_a_listener_who_takes_its_time_has_the_server_wait(wire: Wire) -> None:
    event = f"data: {json.dumps(CHUNKS[0])}\n\n".encode() + b": " + b"x" * 65_536
    sent = told = 0

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal sent
        await read_body(reader)
        writer.write(OK + b"content-type: text/event-stream\r\n\r\n")
        for _ in range(800):
            writer.write(event + b"\n\n")
            await writer.drain()
            sent += len(event)

    async def listener(_: str) -> None:
        nonlocal told
        told += 1
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.01)
        assert sent < 20_000_000
        if told == 3:
            raise RuntimeError("enough")

    async def main() -> None:
        async with serving(wire, handler) as url:
            module = wire.module
            connection = module.OpenAIModel("house", base_url=url)
            request = module.ModelRequest("m", (module.ChatTurn("user", "Hi"),), {})
            with pytest.raises(RuntimeError, match="enough"):
                await connection.send(request, listener)

    asyncio.run(main())
    assert told == 3


REFUSED = b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\nno"


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_server_that_answers_before_it_has_read_all(
    wire: Wire, hangs_up: bool
) -> None:
    gone = asyncio.Event()

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(REFUSED)
        await writer.drain()
        if not hangs_up:
            reader._transport.pause_reading()  # type: ignore[attr-defined]
            await gone.wait()
            reader._transport.resume_reading()  # type: ignore[attr-defined]

    async def main() -> None:
        # More than the buffers of the sockets take.
        prompt = "x" * 12_000_000
        async with serving(wire, handler) as url:
            try:
                if hangs_up:
                    with pytest.raises(wire.httpx.HTTPStatusError, match="413"):
                        await wire.get(url, "POST", json=prompt)
                # The packages send all before they read: the limit of time ends that. It
                # is long enough for a busy machine to have connected, as a connection
                # that is cancelled as it is made is left to the garbage collector.
                match = "413" if hangs_up else "did not answer within 1.5 seconds"
                with pytest.raises(wire.ModelError, match=match):
                    await wire.ask(url, prompt, total=20 if hangs_up else 1.5)
            finally:
                gone.set()

    asyncio.run(main())


def test_a_server_that_never_shakes_hands(wire: Wire) -> None:
    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()

    async def main() -> None:
        async with serving(wire, silent) as url:
            url = url.replace("http:", "https:")
            match = "could not be reached within 0.05 seconds"
            with pytest.raises(wire.ModelError, match=match) as caught:
                await wire.ask(url, "m", connect=0.05)
            assert caught.value.kind == "timeout"  # type: ignore[attr-defined]

    asyncio.run(main())


def test_the_key_stays_out_of_what_a_proxy_reads(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 403 Forbidden by rule\r\ncontent-length: 0\r\n\r\n")

    async def main() -> None:
        async with serving(wire, proxy) as url:
            monkeypatch.setenv("HTTPS_PROXY", url)
            with pytest.raises(
                wire.ModelError, match="403 Forbidden by rule"
            ) as caught:
                await wire.ask("https://models.test/v1", "m")
            assert caught.value.kind == "connection"  # type: ignore[attr-defined]
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1/")
            await wire.close_clients()
            with pytest.raises(wire.ModelError, match="answered 403"):
                await wire.ask(url, "m")

    asyncio.run(main())
    assert heads[0].startswith(b"CONNECT models.test:443 HTTP/1.1\r\n")
    assert b"authorization" not in heads[0].lower()
    assert b"authorization: bearer k" in heads[1].lower()


# Answers without a bound.


@cache
def bomb_of(times: int) -> bytes:
    """A few bytes that are 400 MiB when they have been unpacked so many times."""
    return gzip.compress(bomb_of(times - 1) if times else bytes(400 << 20))


@pytest.mark.parametrize("coding", [b"gzip", b"gzip, gzip", b"br", b"zstd"])
def test_a_bomb_is_not_unpacked(wire: Wire, coding: bytes) -> None:
    bomb = bomb_of(coding.count(b","))
    assert len(bomb) < 450_000

    async def main() -> None:
        head = b"content-encoding: %s\r\n" % coding
        refused = f"the coding `{coding.decode()}` was not asked for"
        async with serving(wire, saying(answer_of(bomb, head))) as url:
            with pytest.raises((ValueError, wire.httpx.DecodingError)) as caught:
                await wire.get(url)
            told = "more than 64 MiB" if coding == b"gzip" else refused
            assert told in str(caught.value)
            for is_streamed in (False, True):
                with pytest.raises(wire.ModelError, match=told):
                    await wire.ask(url, "m", is_streamed)

    tracemalloc.start()
    try:
        asyncio.run(main())
        # The limit, and what one piece of 64 KiB takes while it is unpacked.
        assert tracemalloc.get_traced_memory()[1] < (64 + 4 * 66) << 20
    finally:
        tracemalloc.stop()


def test_what_may_be_unpacked_is_asked_for(wire: Wire) -> None:
    heads: list[bytes] = []

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        heads.append((await reader.readuntil(b"\r\n\r\n")).lower())
        writer.write(answer_of(b"{}"))

    def client() -> Any:
        asked = {"accept-encoding": "gzip, br, zstd"}
        return wire.httpx.AsyncClient(headers=asked)

    async def main() -> None:
        async with serving(wire, handler) as url:
            await wire.get(url)
            wire.module.configure(http=client)
            try:
                await wire.get(url)
                with pytest.raises(wire.ModelError):
                    await wire.ask(url, "m")
                await wire.get(url, headers={"Accept-Encoding": "identity"})
            finally:
                wire.module.configure(http=None)
                await wire.close_clients()

    asyncio.run(main())
    asked = [h.partition(b"accept-encoding: ")[2].split(b"\r\n")[0] for h in heads]
    assert asked == [b"gzip, deflate"] * 3 + [b"identity"]
    assert all(head.count(b"accept-encoding") == 1 for head in heads)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("has_body", [False, True])
def test_a_redirect_takes_no_secret_and_no_body_to_another_server(
    wire: Wire, status: int, method: str, has_body: bool
) -> None:
    heads: list[bytes] = []
    there = ""

    async def elsewhere(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        heads.append((await reader.read(10_000)).lower())
        writer.write(answer_of(b"ok"))

    async def main() -> None:
        nonlocal there
        async with serving(wire, elsewhere) as there:
            head = f"location: {there}x\r\n".encode()
            moved = b"HTTP/1.1 %d Moved\r\n" % status
            answer = moved + head + b"content-length: 0\r\n\r\n"
            async with serving(wire, saying(answer)) as url:
                parts = {"json": {"k": "canary"}} if has_body else {}
                headers = {"X-Api-Key": "canary", "Authorization": "canary"}
                is_read_only = method == "GET" and not has_body
                try:
                    await wire.get(url, method, headers=headers, **parts)
                    assert is_read_only
                except wire.httpx.HTTPStatusError:
                    # A GET that lost its body on the way is none that was asked for.
                    assert not is_read_only

    asyncio.run(main())
    assert len(heads) == (method == "GET" and not has_body)
    assert all(b"canary" not in head for head in heads)
