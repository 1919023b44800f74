"""What clients keep from run to run, how long they wait, and what closing them leaves."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.building import build
from tests.clock import run

SPEC = """
    connection o:
        api: openai
        base_url: "http://o.test"
        model: m

    chain login:
        step a:
            url: "http://o.test/login"
        step b:
            url: "http://o.test/cart"
        result: "{{ b.body }}"

    chain cart:
        step a:
            url: "http://o.test/cart"
        result: "{{ a.body }}"

    chain ask:
        step a:
            prompt: "Hi"
            on_error as e:
                step kind:
                    value: "{{ e.kind }}"

    chain get:
        step a:
            url: "http://o.test/"
            on_error as e:
                step kind:
                    value: "{{ e.kind }}"

    chain body:
        step a:
            url: "http://o.test/body"
            method: POST
            json: "{{ payload }}"
    """


@pytest.fixture(scope="module")
def module() -> Any:
    return build(SPEC)


def shop(request: httpx.Request) -> httpx.Response:
    """Set a cookie at a login, and else tell the cookies of the request."""
    if request.url.path == "/login":
        return httpx.Response(200, headers={"set-cookie": "sid=alice; Path=/"})
    return httpx.Response(200, text=request.headers.get("cookie", "none"))


def client_with(cookies: dict[str, str]) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(shop), cookies=cookies)


def factory() -> httpx.AsyncClient:
    return client_with({})


SOURCES = {
    "transport": lambda: httpx.MockTransport(shop),
    "factory": lambda: factory,
}


@pytest.mark.parametrize("source", SOURCES)
def test_cookies_do_not_pass_from_run_to_run(module: Any, source: str) -> None:
    async def main() -> list[str]:
        http = SOURCES[source]()
        sent = [await module.login(http=http), await module.cart(http=http)]
        await module.aclose()
        return sent

    assert run(main()) == ["none", "none"]


def test_cookies_that_a_factory_sets_are_sent_and_stay(module: Any) -> None:
    async def main() -> list[str]:
        client = client_with({"sid": "mine"})

        def http() -> httpx.AsyncClient:
            return client

        sent = [await module.login(http=http), await module.cart(http=http)]
        assert dict(client.cookies) == {"sid": "mine"}
        await module.aclose()
        return sent

    assert run(main()) == ["sid=mine", "sid=mine"]


def test_a_given_client_keeps_cookies_as_it_always_does(module: Any) -> None:
    async def main() -> str:
        async with client_with({}) as client:
            await module.login(http=client)
            sent: str = await module.cart(http=client)
            return sent

    assert run(main()) == "sid=alice"


def test_the_time_of_a_given_client_is_none_of_a_step(module: Any) -> None:
    seen: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.extensions["timeout"])
        if request.url.path == "/":
            return httpx.Response(307, headers={"location": "/there"})
        return httpx.Response(200)

    async def main() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            await module.get(http=client)

    run(main())
    limits = {"connect": 10.0, "read": None, "write": None, "pool": None}
    assert seen == [limits, limits]


KINDS = {
    "ConnectTimeout": "timeout",
    "ReadTimeout": "timeout",
    "WriteTimeout": "timeout",
    "PoolTimeout": "timeout",
    "ConnectError": "connection",
    "ReadError": "connection",
    "RemoteProtocolError": "connection",
    "ProxyError": "connection",
    "UnsupportedProtocol": "error",
    "LocalProtocolError": "error",
    "DecodingError": "error",
}


@pytest.mark.parametrize("chain", ["ask", "get"])
@pytest.mark.parametrize("name", KINDS)
def test_errors_of_a_transport_are_of_one_kind(
    module: Any, chain: str, name: str
) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise getattr(httpx, name)("oops", request=request)

    record = run(module.run_chain(chain, None, http=httpx.MockTransport(fail)))
    assert record["result"] == KINDS[name]
    assert "oops" in record["steps"][0]["error"] or name == "ConnectTimeout"


@pytest.mark.parametrize(
    ("payload", "body"),
    [(None, b""), ([], b"[]"), (0, b"0"), (False, b"false"), ("", b'""')],
)
def test_json_of_none_is_no_body(module: Any, payload: Any, body: bytes) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    run(module.run_chain("body", payload, http=httpx.MockTransport(answer)))
    assert seen[0].content == body
    assert ("content-type" in seen[0].headers) == (payload is not None)


class Held(httpx.AsyncBaseTransport):
    """Answers after a second, and notes when it is closed."""

    def __init__(self, closed: list[float]) -> None:
        self.closed = closed

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(1)
        return httpx.Response(200)

    async def aclose(self) -> None:
        self.closed.append(asyncio.get_running_loop().time())


def test_a_client_with_requests_under_way_is_closed_behind_them(module: Any) -> None:
    closed: list[float] = []

    async def main() -> tuple[Any, list[float]]:
        http = lambda: httpx.AsyncClient(transport=Held(closed))  # noqa: E731
        going = asyncio.create_task(module.run_chain("login", None, http=http))
        await asyncio.sleep(0.5)
        await module.aclose()
        assert closed == []
        record = await going
        after = [*closed]
        await module.aclose()
        return record["status"], after

    # The second step is sent over a client that the second `aclose` closes.
    assert run(main()) == ("ok", [1.0])
    assert closed == [1.0, 2.0]


def test_a_client_is_closed_behind_a_request_that_is_cancelled(module: Any) -> None:
    closed: list[float] = []

    async def main() -> None:
        http = lambda: httpx.AsyncClient(transport=Held(closed))  # noqa: E731
        going = asyncio.create_task(module.run_chain("login", None, http=http))
        await asyncio.sleep(0.25)
        await module.aclose()
        await asyncio.sleep(0.25)
        going.cancel()
        with pytest.raises(asyncio.CancelledError):
            await going

    run(main())
    assert closed == [0.5]


async def async_factory() -> httpx.AsyncClient:
    return factory()


def test_an_async_factory_is_refused_before_the_run(module: Any) -> None:
    with pytest.raises(
        TypeError, match=r"a function that returns .*, not an async one"
    ):
        run(module.run_chain("cart", None, http=async_factory))
    with pytest.raises(TypeError, match="not an async one"):
        module.configure(http=async_factory)


@pytest.mark.parametrize("made", [None, httpx.Client])
def test_what_a_factory_must_make(module: Any, made: Callable[[], Any] | None) -> None:
    async def main() -> Any:
        http = lambda: made and made()  # noqa: E731
        record = await module.run_chain("ask", None, http=http)
        await module.aclose()
        return record["steps"][0]["error"]

    kind = "Client" if made else "NoneType"
    words = f"a function that returns such a client, not one that returns {kind}"
    assert words in run(main())
