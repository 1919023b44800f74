"""Which of a server's addresses a socket leads to, and what is left of the others."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from n3gen.templates.runtime.http import sockets
from n3gen.templates.runtime.http.sockets import (
    SocketAddress,
    connected_socket,
    server_addresses,
)

from tests.clock import run

NEVER = 1e9


def address(name: str, family: int = socket.AF_INET) -> SocketAddress:
    return SocketAddress(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", name)


class Net:
    """Addresses by the seconds that they take to answer; negative ones refuse then."""

    def __init__(self, answers: Mapping[str, float]) -> None:
        self.answers = answers
        self.started = 0.0
        self.tried: list[tuple[float, str]] = []
        self.sockets: dict[str, socket.socket] = {}

    async def addresses(self, host: str, port: int) -> list[SocketAddress]:
        return [address(name) for name in self.answers]

    async def connect(self, address: SocketAddress) -> socket.socket:
        name, loop = str(address.address), asyncio.get_running_loop()
        self.tried.append((round(loop.time() - self.started, 3), name))
        seconds = self.answers[name]
        await asyncio.sleep(abs(seconds))
        if seconds < 0:
            raise ConnectionRefusedError(f"{name} refuses")
        self.sockets[name] = socket.socket()
        return self.sockets[name]

    async def chosen(self) -> str:
        """The address that is connected to; all other sockets are closed by then."""
        self.started = asyncio.get_running_loop().time()
        before = asyncio.all_tasks()
        found = await connected_socket("models.test", 443)
        assert asyncio.all_tasks() == before
        (name,) = [n for n, s in self.sockets.items() if s is found]
        assert [n for n, s in self.sockets.items() if s.fileno() >= 0] == [name]
        found.close()
        return name


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def patch(**answers: float) -> Net:
        net = Net(answers)
        monkeypatch.setattr(sockets, "server_addresses", net.addresses)
        monkeypatch.setattr(sockets, "connect_socket", net.connect)
        return net

    yield patch
    gc.collect()  # a socket that is not closed would be told of here


def test_the_first_address_that_answers(patched: Any) -> None:
    net = patched(a=0.1, b=0.1)
    assert run(net.chosen()) == "a"
    assert net.tried == [(0, "a")]


def test_an_address_that_refuses_does_not_hold_the_next_one_up(patched: Any) -> None:
    net = patched(a=-0.01, b=-0.02, c=0.1)
    assert run(net.chosen()) == "c"
    assert net.tried == [(0, "a"), (0.01, "b"), (0.03, "c")]


def test_a_slow_address_is_overtaken(patched: Any) -> None:
    net = patched(a=NEVER, b=NEVER, c=0.1, d=0.1)
    assert run(net.chosen()) == "c"
    assert net.tried == [(0, "a"), (0.25, "b"), (0.5, "c")]


def test_a_slow_address_may_still_be_the_first(patched: Any) -> None:
    assert run(patched(a=0.4, b=0.3).chosen()) == "a"


def test_of_two_that_answer_together_one_is_closed(patched: Any) -> None:
    net = patched(a=0.35, b=0.1)
    assert run(net.chosen()) in ("a", "b")
    assert len(net.sockets) == 2


def test_one_that_refuses_late(patched: Any) -> None:
    net = patched(a=-0.6, b=-0.1, c=1.0)
    assert run(net.chosen()) == "c"


def test_none_answers(patched: Any) -> None:
    net = patched(a=-0.1, b=-0.4, c=-0.1)
    with pytest.raises(OSError, match=r"^a refuses; b refuses; c refuses$"):
        run(net.chosen())


def test_a_host_without_an_address(patched: Any) -> None:
    with pytest.raises(OSError, match="test has no address"):
        run(patched().chosen())


@pytest.mark.parametrize("seconds", [0, 0.1, 0.25, 0.3, 0.35])
def test_cancelled_at_any_time(patched: Any, seconds: float) -> None:
    net = patched(a=0.35, b=0.1, c=NEVER)

    async def main() -> None:
        net.started = asyncio.get_running_loop().time()
        before = asyncio.all_tasks()
        task = asyncio.create_task(connected_socket("models.test", 443))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == before
        assert all(opened.fileno() < 0 for opened in net.sockets.values())

    run(main())


def test_versions_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    v4 = [address(name) for name in ("1.1.1.1", "1.1.1.2")]
    v6 = [address(name, socket.AF_INET6) for name in ("::1", "::2", "::3")]

    async def main() -> list[str]:
        async def getaddrinfo(*_: Any, **__: Any) -> list[SocketAddress]:
            return [*v6, *v4]

        loop = asyncio.get_running_loop()
        monkeypatch.setattr(loop, "getaddrinfo", getaddrinfo)
        return [str(found.address) for found in await server_addresses("x", 1)]

    found = asyncio.run(main())
    assert found == ["::1", "1.1.1.1", "::2", "1.1.1.2", "::3"]


def test_localhost_is_there_under_one_of_its_addresses() -> None:
    async def main() -> None:
        async def handle(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        async with await asyncio.start_server(handle, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            with await connected_socket("localhost", port) as opened:
                assert opened.getpeername()[1] == port
            server.close()
            with pytest.raises(OSError, match=r"refused|failed"):
                await connected_socket("localhost", port)

    asyncio.run(main())
