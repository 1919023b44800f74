"""The clients that requests go over: how many there are, whose they are, who closes them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trustme

from tests.runtime.wire_modules import Wire

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Service:
    """Answers each request by `ok`, unless it has to wait; keeps what it has read."""

    def __init__(self) -> None:
        self.url = ""
        self.heads: list[bytes] = []
        self.opened = 0
        self.open = 0
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.dies_after: int | None = None

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.opened += 1
        self.open += 1
        try:
            served = 0
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.heads.append(head)
                if served == self.dies_after:
                    break
                served += 1
                await self.may_answer.wait()
                writer.write(OK)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.open -= 1

    @asynccontextmanager
    async def running(self, wire: Wire, **how: Any) -> AsyncIterator[Service]:
        async with await asyncio.start_server(
            self.serve, "127.0.0.1", 0, **how
        ) as server:
            port = server.sockets[0].getsockname()[1]
            self.url = f"{'https' if how else 'http'}://127.0.0.1:{port}/"
            try:
                yield self
            finally:
                await wire.close_clients()
                while self.open:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)


def served(wire: Wire, use: Callable[[Service], Awaitable[None]], **how: Any) -> None:
    async def main() -> None:
        async with asyncio.timeout(20), Service().running(wire, **how) as service:
            await use(service)

    asyncio.run(main())


def clients_of(wire: Wire) -> dict[Any, int]:
    """The clients of `http` steps, and how many requests each has under way."""
    (clients,) = wire.module.CLIENTS[asyncio.get_running_loop()].values()
    found: dict[Any, int] = clients.under_way
    return found


def test_each_client_has_few_requests_under_way(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A busy machine may need longer than the five seconds that a connection is kept.
    kept = partial(wire.httpx.Limits, keepalive_expiry=600.0)
    monkeypatch.setattr(wire.httpx, "Limits", kept)

    async def use(service: Service) -> None:
        for _ in range(2):
            service.may_answer.clear()
            async with asyncio.TaskGroup() as group:
                for _ in range(40):
                    group.create_task(wire.get(service.url))
                while len(service.heads) % 40 or not service.heads:  # noqa: ASYNC110
                    await asyncio.sleep(0.001)
                assert list(clients_of(wire).values()) == [16, 16, 8]
                service.may_answer.set()
            service.heads.clear()
            assert list(clients_of(wire).values()) == [0, 0, 0]
        assert service.opened == 40

    served(wire, use)


def test_a_get_on_a_kept_connection_that_dies_goes_out_once_more(wire: Wire) -> None:
    async def use(service: Service) -> None:
        service.dies_after = 1
        for _ in range(3):
            assert (await wire.get(service.url))["body"] == "ok"
        assert (service.opened, len(service.heads)) == (3, 5)
        with pytest.raises(wire.httpx.RemoteProtocolError):
            await wire.get(service.url, "DELETE")

    served(wire, use)


def test_a_get_on_a_new_connection_that_dies_does_not(wire: Wire) -> None:
    async def use(service: Service) -> None:
        service.dies_after = 0
        with pytest.raises(wire.httpx.RemoteProtocolError):
            await wire.get(service.url)
        assert len(service.heads) == 1

    served(wire, use)


def authority_of(tmp_path: Path) -> tuple[trustme.CA, ssl.SSLContext, str]:
    """An authority, the server that it has signed, and the file with its certificate."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    path = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return authority, context, str(path)


def test_an_authority_in_the_environment_is_trusted(
    wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, context, path = authority_of(tmp_path)

    async def use(service: Service) -> None:
        with pytest.raises(wire.httpx.ConnectError, match="CERTIFICATE"):
            await wire.get(service.url)
        await wire.close_clients()
        monkeypatch.setenv("SSL_CERT_FILE", path)
        assert (await wire.get(service.url))["body"] == "ok"

    served(wire, use, ssl=context)


def test_a_client_certificate_by_a_factory(wire: Wire, tmp_path: Path) -> None:
    authority, server, path = authority_of(tmp_path)
    server.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(server)
    mine = ssl.create_default_context(cafile=path)
    authority.issue_cert("me@example.com").configure_cert(mine)
    made: list[Any] = []

    def factory() -> Any:
        made.append(wire.httpx.AsyncClient(verify=mine))
        return made[-1]

    async def use(service: Service) -> None:
        for _ in range(2):
            record = await wire.module.run_chain("page", service.url, http=factory)
            assert record["result"]["body"] == "ok"
        assert len(made) == 1 and not made[0].is_closed
        await wire.close_clients()
        assert made[0].is_closed

    served(wire, use, ssl=server)


def test_a_clients_own_client_stays_open(wire: Wire) -> None:
    async def use(service: Service) -> None:
        async with wire.httpx.AsyncClient(headers={"x-mine": "1"}) as client:
            record = await wire.module.run_chain("page", service.url, http=client)
            assert record["status"] == "ok"
            events = wire.module.stream_chain("page", service.url, http=client)
            assert [event async for event in events][-1]["event"] == "chain_complete"
            await wire.module.page(service.url, http=client)
            await wire.module.aclose()
            assert not client.is_closed
        assert [b"x-mine: 1" in head.lower() for head in service.heads] == [True] * 3
        await wire.get(service.url)
        assert b"x-mine" not in service.heads[-1].lower()

    served(wire, use)


def test_a_transport_for_all_runs(wire: Wire) -> None:
    seen: list[str] = []

    def answer(request: Any) -> Any:
        seen.append(str(request.url))
        message = {"content": "Hello", "role": "assistant"}
        return wire.httpx.Response(200, json={"choices": [{"message": message}]})

    wire.module.configure(http=wire.httpx.MockTransport(answer))
    try:
        assert asyncio.run(wire.module.hello(None)) == "Hello"
    finally:
        wire.module.configure(http=None)
    assert seen == ["http://127.0.0.1:9/v1/chat/completions"]


def test_what_is_no_source_of_clients(wire: Wire) -> None:
    with pytest.raises(TypeError, match="`http` must be an AsyncClient"):
        wire.module.configure(http=5)
    with pytest.raises(TypeError, match="`http` must be an AsyncClient"):
        asyncio.run(wire.module.run_chain("page", "http://x/", http="x"))


def test_a_proxy_and_who_goes_past_it(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(service: Service) -> None:
        async with Service().running(wire) as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("HTTPS_PROXY", proxy.url)
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            assert (await wire.get(service.url))["body"] == "ok"
            assert (await wire.get("http://models.test/x"))["body"] == "ok"
            assert [head.split()[1] for head in service.heads] == [b"/"]
            assert proxy.heads[0].startswith(b"GET http://models.test/x HTTP")
            await wire.close_clients()

    served(wire, use)


def test_recordings_that_a_module_does_not_have(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_REPLAY", "somewhere")
    record = asyncio.run(wire.module.run_chain("page", "http://127.0.0.1:9/"))
    assert "built without recordings" in record["error"]
