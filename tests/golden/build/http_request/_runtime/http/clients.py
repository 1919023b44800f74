"""The HTTP clients of a module: httpx's own, or those that a caller gives."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib import import_module
from inspect import iscoroutinefunction
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from ..run.process import loop_state, process_state
from ..run.run_task import CALLER_HTTP

HttpSource = (
    httpx.AsyncClient | httpx.AsyncBaseTransport | Callable[[], httpx.AsyncClient]
)
"""What a caller may give for `http=`: a client, a transport, or what makes clients."""


REQUESTS_PER_CLIENT = 16
"""Requests under way on a client, from which on another one is used."""


CLIENT_WRAPPERS: list[Callable[[httpx.AsyncClient], httpx.AsyncClient]] = []
"""What is put around each client, such as the recording of what goes over it."""


class NoneKept(DefaultCookiePolicy):
    """Cookies that a client has are sent; those of answers would pass from run to run."""

    def set_ok(self, cookie: Any, request: Any) -> bool:
        return False


class HttpClients:
    """The clients of one connection on one event loop.

    A client of httpx looks at all of its connections for each request: several
    clients with a few requests each cost less than one with many.
    """

    is_closed = False

    def __init__(self, make: Callable[[], Any], *, is_owned: bool) -> None:
        self.make = make
        self.is_owned = is_owned
        self.under_way: dict[httpx.AsyncClient, int] = {}

    @asynccontextmanager
    async def client(self) -> AsyncGenerator[httpx.AsyncClient, None]:
        """A client for one request, for as long as the block lasts."""
        free = (c for c, n in self.under_way.items() if n < REQUESTS_PER_CLIENT)
        client = next(free, None)
        if client is None:
            client = self.make()
            if not isinstance(client, httpx.AsyncClient):
                raise no_source(f"one that returns {type(client).__name__}")
            if self.is_owned:
                client.cookies.jar.set_policy(NoneKept())
            for wrap in CLIENT_WRAPPERS:
                client = wrap(client)
        self.under_way[client] = self.under_way.get(client, 0) + 1
        try:
            yield client
        finally:
            self.under_way[client] -= 1
            if self.is_closed:
                await self.aclose()

    async def aclose(self) -> None:
        """Close the clients, all of them even if this is cancelled.

        One with requests under way is closed when these have ended.
        """
        self.is_closed = True
        async with AsyncExitStack() as stack:
            for client in [c for c, n in self.under_way.items() if not n]:
                del self.under_way[client]
                stack.push_async_callback(client.aclose)


async def tls_context() -> ssl.SSLContext:
    """Return the certificates that the environment names, read once, in a thread."""
    contexts: dict[Any, ssl.SSLContext] = process_state().setdefault("tls", {})
    named = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    async with loop_state().setdefault("tls_lock", asyncio.Lock()):
        if named not in contexts:
            contexts[named] = await asyncio.to_thread(load_tls)
    return contexts[named]


def load_tls() -> ssl.SSLContext:
    """Read the certificates, and load what httpx would load for the first request."""
    context = httpx.create_ssl_context()
    httpx.AsyncHTTPTransport(verify=context)
    with suppress(ImportError):
        import_module("anyio._backends._asyncio")
    return context


def clients_of(source: Any, context: ssl.SSLContext | None = None) -> HttpClients:
    """Return the clients for what the caller has given, `None` where that is nothing.

    Clients of a caller's, and clients over a transport of a caller's, are not closed.
    Raises `TypeError` for what is no source of clients.
    """
    if source is None:
        check_recordings()
        return HttpClients(lambda: new_client(verify=context), is_owned=True)
    if isinstance(source, httpx.AsyncClient):
        return HttpClients(lambda: source, is_owned=False)
    if isinstance(source, httpx.AsyncBaseTransport):
        return HttpClients(lambda: new_client(transport=source), is_owned=False)
    if callable(source) and not iscoroutinefunction(source):
        return HttpClients(source, is_owned=True)
    raise no_source("an async one" if callable(source) else type(source).__name__)


def no_source(what: str) -> TypeError:
    """Return the error of an `http` that makes no clients."""
    return TypeError(
        f"`http` must be an AsyncClient or AsyncBaseTransport of {httpx.__name__}, or"
        f" a function that returns such a client, not {what}"
    )


def new_client(**how: Any) -> httpx.AsyncClient:
    """Return a client without a cap of its own, as the permits of the runs are the cap.

    Proxies and certificates are those of the environment. Requests have their times.
    """
    return httpx.AsyncClient(
        cookies=CookieJar(NoneKept()),
        limits=httpx.Limits(
            max_connections=None, max_keepalive_connections=REQUESTS_PER_CLIENT
        ),
        **how,
    )


def check_recordings() -> None:
    """Raise `RuntimeError` where recordings are asked of a module that has none."""
    for name in ("N3GEN_RECORD", "N3GEN_REPLAY"):
        if not CLIENT_WRAPPERS and os.environ.get(name, "").strip():
            raise RuntimeError(
                f"{name} is set, but this module is built without recordings;"
                " set `recordings = true` in its configuration"
            )


def check_http(http: HttpSource | None) -> None:
    """Raise `TypeError` for what cannot send requests."""
    if http is not None:
        clients_of(http)


def configure_http(http: HttpSource | None) -> None:
    """Have all runs of this process that are given no `http` use this one."""
    clients_of(http)
    process_state()["http"] = http


CLIENTS: WeakKeyDictionary[
    asyncio.AbstractEventLoop, dict[tuple[Any, str], HttpClients]
] = WeakKeyDictionary()
"""The clients to be closed, by event loop, what they come from, and connection."""


async def http_clients(name: str) -> HttpClients:
    """Return the clients of a connection on this event loop."""
    loop = asyncio.get_running_loop()
    source = CALLER_HTTP.get()
    if source is None:
        source = process_state().get("http")
    context = None if source is not None else await tls_context()
    found = CLIENTS.get(loop)
    if found is None:
        # The sockets of loops that are closed hold the loops.
        known = [reference() for reference in CLIENTS.keyrefs()]
        for old in [old for old in known if old is not None and old.is_closed()]:
            CLIENTS.pop(old, None)
        found = CLIENTS.setdefault(loop, {})
    clients = found.get((source, name))
    if clients is None:
        clients = clients_of(source, context)
        if clients.is_owned:
            found[source, name] = clients
    return clients


async def close_clients() -> None:
    """Close the clients of this event loop, all of them even if this is cancelled."""
    found = CLIENTS.pop(asyncio.get_running_loop(), {})
    async with AsyncExitStack() as stack:
        for clients in found.values():
            stack.push_async_callback(clients.aclose)


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """What two addresses share that the same server answers."""
    return url.scheme, url.host, url.port
