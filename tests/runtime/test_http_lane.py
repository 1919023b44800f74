"""HTTP over one connection: what httpx's own transport reads of the same bytes, and TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.templates.runtime.http.lanes import LaneTransport

from tests.runtime.cancelled import Cancelled

pytestmark = pytest.mark.usefixtures("loop_kind")

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
    "bare newlines": b"HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
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
    "switching": b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nhello",
}


@asynccontextmanager
async def serving(handler: Handler, **how: Any) -> AsyncIterator[str]:
    """The address of a server of which each connection is handled so."""
    tasks: set[asyncio.Task[None]] = set()

    async def handle(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            tasks.discard(task)
            writer.close()

    async with await asyncio.start_server(handle, "127.0.0.1", 0, **how) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"{'https' if how else 'http'}://127.0.0.1:{port}/"
        server.close()
        while tasks:
            await asyncio.wait(tasks)


def saying(*pieces: bytes) -> Handler:
    """Answers each connection's first request with these pieces, and hangs up."""

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return handler


async def told_by(transport: httpx.AsyncBaseTransport, url: str) -> Any:
    """What a client sees of an answer: its parts, or the error."""
    async with httpx.AsyncClient(transport=transport, timeout=10) as client:
        try:
            response = await client.get(url)
        except httpx.HTTPError as error:
            return type(error)
        return (
            response.status_code,
            response.headers.raw,
            response.content,
            response.http_version,
            response.reason_phrase,
        )


async def both(*pieces: bytes) -> tuple[Any, Any]:
    """What our connection and httpx's make of an answer that comes in these pieces."""
    async with serving(saying(*pieces)) as url:
        ours = await told_by(LaneTransport(), url)
        return ours, await told_by(httpx.AsyncHTTPTransport(), url)


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_read_as_httpx_reads_them(name: str) -> None:
    ours, theirs = asyncio.run(both(ANSWERS[name]))
    assert ours == theirs


@pytest.mark.parametrize("name", [name for name in ANSWERS if name != "long head"])
def test_answers_may_come_byte_by_byte(name: str) -> None:
    data = ANSWERS[name]
    pieces = [data[place : place + 1] for place in range(len(data))]
    ours, theirs = asyncio.run(both(*pieces))
    assert ours == theirs


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([ANSWERS["length"], ANSWERS["chunks"], ANSWERS["trailers"]]),
    st.data(),
)
def test_damaged_answers_are_read_as_httpx_reads_them(
    answer: bytes, data: st.DataObject
) -> None:
    damaged = bytearray(answer)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(damaged) - 1))
        damaged[place] = data.draw(st.integers(0, 255))
    ours, theirs = asyncio.run(both(bytes(damaged)))
    assert ours == theirs


def answer_of(body: bytes) -> bytes:
    return OK + b"content-length: %d\r\n\r\n%s" % (len(body), body)


async def read_request(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of a request."""
    head = await reader.readuntil(b"\r\n\r\n")
    if b"chunked" in head.lower():
        body = b""
        while size := int((await reader.readline()), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readline()
        return head, body
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    return head, await reader.readexactly(length)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answers each request with its own body."""
    while True:
        _, body = await read_request(reader)
        writer.write(answer_of(body))
        await writer.drain()


@pytest.mark.parametrize("size", [0, 1, 70_000, 5_000_000])
def test_bodies_of_any_size_go_there_and_back(size: int) -> None:
    async def main() -> None:
        body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
        async with (
            serving(echo) as url,
            httpx.AsyncClient(transport=LaneTransport(), timeout=30) as client,
        ):
            for _ in range(2):
                response = await client.post(url, content=body)
                assert response.content == body

    asyncio.run(main())


def test_a_body_in_pieces_is_sent_in_chunks() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(100):
            yield b"%d " % number * 2000

    async def main() -> None:
        async with (
            serving(echo) as url,
            httpx.AsyncClient(transport=LaneTransport(), timeout=30) as client,
        ):
            response = await client.post(url, content=pieces())
            expected = b"".join([piece async for piece in pieces()])
            assert response.content == expected

    asyncio.run(main())


def test_a_short_request_goes_out_in_one_piece() -> None:
    got: list[bytes] = []

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        got.append(await reader.read(100_000))
        writer.write(answer_of(b""))

    async def main() -> None:
        async with (
            serving(handler) as url,
            httpx.AsyncClient(transport=LaneTransport()) as client,
        ):
            await client.post(url, content=b"x" * 1000)

    asyncio.run(main())
    assert got[0].endswith(b"\r\n\r\n" + b"x" * 1000)


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_server_may_answer_before_it_has_read_all(hangs_up: bool) -> None:
    opened = 0

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal opened
        opened += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\n\r\nno")
        if hangs_up:
            writer.write_eof()
        await writer.drain()
        await gone.wait()

    async def main() -> None:
        async with (
            serving(handler) as url,
            httpx.AsyncClient(transport=LaneTransport(), timeout=10) as client,
        ):
            for _ in range(2):
                # More than the buffers of the sockets take.
                response = await client.post(url, content=b"x" * 20_000_000)
                assert (response.status_code, response.text) == (413, "no")
            gone.set()

    gone = asyncio.Event()
    asyncio.run(main())
    assert opened == 2  # one that was not read to its end is not used again


def test_a_reader_who_takes_his_time_has_the_server_wait() -> None:
    sent = 0

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal sent
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()
            sent += 65_536

    async def main() -> None:
        async with (
            serving(handler) as url,
            httpx.AsyncClient(transport=LaneTransport()) as client,
            client.stream("GET", url) as response,
        ):
            pieces = aiter(response.aiter_raw())
            await anext(pieces)
            before = -1
            while sent != before:
                before = sent
                await asyncio.sleep(0.05)
            held = sent
            taken = 0
            while taken <= held:
                taken += len(await anext(pieces))
            assert held < 20_000_000

    asyncio.run(main())


@pytest.mark.parametrize("unasked", [False, True])
def test_a_connection_that_the_server_has_closed_is_not_used_again(
    unasked: bool,
) -> None:
    opened = 0

    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal opened
        opened += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer_of(b"hello"))
        if unasked:
            await writer.drain()
            writer.write(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n")
            await reader.read()

    async def main() -> None:
        async with (
            serving(handler) as url,
            httpx.AsyncClient(transport=LaneTransport()) as client,
        ):
            for _ in range(3):
                assert (await client.get(url)).text == "hello"
                await asyncio.sleep(0.02)

    asyncio.run(main())
    assert opened == 3


@pytest.mark.parametrize(
    "address", ["ftp://example.com/", "//example.com/", "x", "http:///x", "https:///"]
)
def test_what_is_no_address_of_a_server(address: str) -> None:
    async def main() -> None:
        transport = LaneTransport()
        request = httpx.Request("GET", address)
        with pytest.raises(httpx.UnsupportedProtocol):
            await transport.handle_async_request(request)

    asyncio.run(main())


def test_a_header_that_cannot_be_sent() -> None:
    async def main() -> None:
        async with (
            serving(echo) as url,
            httpx.AsyncClient(transport=LaneTransport()) as client,
        ):
            with pytest.raises(httpx.LocalProtocolError):
                await client.get(url, headers={"x": "a\nb"})

    asyncio.run(main())


def test_a_server_that_is_not_there() -> None:
    async def main() -> None:
        async with serving(echo) as url:
            pass
        async with httpx.AsyncClient(transport=LaneTransport()) as client:
            with pytest.raises(httpx.ConnectError):
                await client.get(url)

    asyncio.run(main())


class Authority:
    """Certificates for a server, and a client that knows who has signed them."""

    def __init__(self, name: str = "127.0.0.1") -> None:
        authority = trustme.CA()
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.set_alpn_protocols(["h2", "http/1.1"])
        authority.issue_cert(name).configure_cert(self.server)
        self.transport = LaneTransport()
        authority.configure_trust(self.transport.ssl_context)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_over_tls(host: str) -> None:
    async def main() -> None:
        known, body = Authority(host), b"hello" * 100_000
        async with (
            serving(echo, ssl=known.server) as url,
            httpx.AsyncClient(transport=known.transport, timeout=30) as client,
        ):
            url = url.replace("127.0.0.1", host)
            for _ in range(3):
                assert (await client.post(url, content=body)).content == body
            assert len(known.transport.idle) == 1

    asyncio.run(main())


@pytest.mark.parametrize("is_warm", [False, True])
def test_cancelled_wherever_it_waits_over_tls(is_warm: bool) -> None:
    async def cancelled(at: int) -> bool:
        known = Authority("localhost")
        # Its handlers end when the client's connections do, and the block when they do.
        async with asyncio.timeout(10), serving(echo, ssl=known.server) as address:
            url = address.replace("127.0.0.1", "localhost")
            async with httpx.AsyncClient(transport=known.transport) as client:
                if is_warm:
                    await client.post(url, content=b"x")

                async def work() -> None:
                    await Cancelled(client.post(url, content=b"y" * 500_000), at, 1)

                task = asyncio.create_task(work())
                await asyncio.wait([task])
                return task.cancelled()

    async def main() -> int:
        at = 1
        while await cancelled(at):
            at += 1
        return at

    assert asyncio.run(main()) > (3 if is_warm else 6)


def test_a_certificate_that_is_not_for_the_server() -> None:
    async def main() -> None:
        known, other = Authority("other.example"), Authority()
        async with serving(echo, ssl=known.server) as url:
            for transport in (known.transport, other.transport):
                async with httpx.AsyncClient(transport=transport) as client:
                    with pytest.raises(httpx.ConnectError, match="CERTIFICATE"):
                        await client.get(url)

    asyncio.run(main())


@pytest.mark.parametrize("is_cancelled", [False, True])
def test_a_server_that_never_shakes_hands(is_cancelled: bool) -> None:
    async def silent(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()

    async def main() -> None:
        timeout = None if is_cancelled else 0.05
        error = TimeoutError if is_cancelled else httpx.ConnectTimeout
        async with (
            serving(silent) as url,
            httpx.AsyncClient(transport=LaneTransport(), timeout=timeout) as client,
        ):
            with pytest.raises(error):
                async with asyncio.timeout(0.05 if is_cancelled else None):
                    await client.get(url.replace("http:", "https:"))

    asyncio.run(main())


def test_a_connection_that_breaks_in_the_middle_of_an_answer() -> None:
    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-length: 50\r\n\r\nhello")
        await asyncio.sleep(0.02)
        writer.transport.abort()

    async def main() -> None:
        async with (
            serving(handler) as url,
            httpx.AsyncClient(transport=LaneTransport()) as client,
            client.stream("GET", url) as response,
        ):
            pieces = aiter(response.aiter_raw())
            assert await anext(pieces) == b"hello"
            with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
                await anext(pieces)

    asyncio.run(main())


def test_a_client_that_is_closed_while_an_answer_is_read() -> None:
    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"content-length: 50\r\n\r\nhello")
        await reader.read()

    async def main() -> None:
        async with (
            serving(handler) as url,
            httpx.AsyncClient(transport=LaneTransport()) as client,
            client.stream("GET", url) as response,
        ):
            pieces = aiter(response.aiter_raw())
            await anext(pieces)
            reading = asyncio.ensure_future(anext(pieces))
            await asyncio.sleep(0)
            await response.stream.aclose()  # type: ignore[union-attr]
            with pytest.raises(httpx.RemoteProtocolError):
                await reading

    asyncio.run(main())
