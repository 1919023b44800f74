"""Connections of model calls: one a request, used again while the server keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from n3gen.templates.runtime.http import lanes
from n3gen.templates.runtime.http.lanes import LaneTransport, lane_transport

pytestmark = pytest.mark.usefixtures("loop_kind")


class Server:
    """Answers each request by its path; counts the connections that were made."""

    def __init__(self) -> None:
        self.made = 0
        self.open = 0
        self.port = 0
        self.changed = asyncio.Condition()
        self.may_answer = asyncio.Event()
        self.may_answer.set()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.made += 1
        await self.count(1)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self.may_answer.wait()
                path = head.split()[1]
                if path == b"/drop":
                    break
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        except asyncio.IncompleteReadError:
            pass
        finally:
            await self.count(-1)
            writer.close()

    async def count(self, more: int) -> None:
        async with self.changed:
            self.open += more
            self.changed.notify_all()

    async def has_open(self, connections: int) -> None:
        """Waits until so many connections are open."""
        async with self.changed:
            await self.changed.wait_for(lambda: self.open == connections)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@asynccontextmanager
async def serving() -> AsyncIterator[tuple[Server, httpx.AsyncClient]]:
    """A server, and a client with a connection for each request."""
    server = Server()
    async with await asyncio.start_server(server.serve, "127.0.0.1", 0) as listener:
        server.port = listener.sockets[0].getsockname()[1]
        async with httpx.AsyncClient(transport=LaneTransport()) as client:
            yield server, client
        await server.has_open(0)


def test_a_connection_is_used_again() -> None:
    async def main() -> int:
        async with serving() as (server, client):
            for _ in range(5):
                assert (await client.get(server.url())).text == "ok"
            return server.made

    assert asyncio.run(main()) == 1


def test_requests_at_once_have_a_connection_each() -> None:
    async def main() -> int:
        async with serving() as (server, client):
            for _ in range(3):
                server.may_answer.clear()
                async with asyncio.TaskGroup() as group:
                    for _ in range(7):
                        group.create_task(client.get(server.url()))
                    await server.has_open(7)
                    server.may_answer.set()
            return server.made

    assert asyncio.run(main()) == 7


def test_an_answer_holds_its_connection_until_it_is_read() -> None:
    async def main() -> int:
        async with serving() as (server, client):
            async with client.stream("GET", server.url()) as first:
                await client.get(server.url())
                await first.aread()
            return server.made

    assert asyncio.run(main()) == 2


def test_servers_do_not_share_connections() -> None:
    async def main() -> list[int]:
        async with serving() as (one, client), serving() as (other, _):
            for server in (one, other, one, other):
                await client.get(server.url())
            await client.aclose()
            return [one.made, other.made]

    assert asyncio.run(main()) == [1, 1]


def test_a_failure_gives_its_connection_back() -> None:
    async def main() -> int:
        async with serving() as (server, client):
            for _ in range(2):
                with pytest.raises(httpx.RemoteProtocolError):
                    await client.get(server.url("/drop"))
            assert (await client.get(server.url())).text == "ok"
            return len(client._transport.idle)  # type: ignore[attr-defined]

    assert asyncio.run(main()) == 1


def test_a_request_that_is_cancelled_leaves_no_connection() -> None:
    async def main() -> None:
        async with serving() as (server, client):
            server.may_answer.clear()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await client.get(server.url())
            server.may_answer.set()
            await server.has_open(0)
            assert (await client.get(server.url())).text == "ok"

    asyncio.run(main())


def test_idle_connections_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> tuple[int, int]:
        async with serving() as (server, client):
            await client.get(server.url())
            monkeypatch.setattr(lanes, "IDLE_LANE_SECONDS", -1.0)
            await client.get(server.url())
            await server.has_open(1)
            return server.made, server.open

    assert asyncio.run(main()) == (2, 1)


def test_not_too_many_idle_connections_are_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def main() -> int:
        async with serving() as (server, client):
            server.may_answer.clear()
            async with asyncio.TaskGroup() as group:
                for _ in range(6):
                    group.create_task(client.get(server.url()))
                await server.has_open(6)
                server.may_answer.set()
            monkeypatch.setattr(lanes, "MOST_IDLE_LANES", 2)
            await client.get(server.url())
            await server.has_open(2)
            return server.made

    assert asyncio.run(main()) == 6


def test_an_answer_that_is_still_read_when_the_client_is_closed() -> None:
    async def main() -> None:
        async with (
            serving() as (server, client),
            client.stream("GET", server.url()) as response,
        ):
            await client.aclose()
            assert await response.aread() == b"ok"

    asyncio.run(main())


def test_where_there_is_a_proxy_httpx_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert isinstance(lane_transport(), LaneTransport)
    monkeypatch.setenv("NO_PROXY", "localhost")
    assert isinstance(lane_transport(), LaneTransport)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    assert lane_transport() is None
