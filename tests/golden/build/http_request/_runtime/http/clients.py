"""Takes requests; hands on responses over one pooled HTTP client per loop and name."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from weakref import WeakKeyDictionary

import httpx

from ..recordings.recordings import recording_transport
from ..run.run import Step
from .lanes import lane_transport


class HttpClient(httpx.AsyncClient):
    """A client with the connections of this module.

    It has no cap on connections, as the permits of the runs are the cap, no time
    limit but for connecting, and keeps no cookies: they would pass from run to run.
    """

    def __init__(self) -> None:
        self.lanes = recording_transport() or lane_transport()
        super().__init__(
            timeout=httpx.Timeout(None, connect=10.0),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            transport=self.lanes,
        )
        self.usual_headers = dict(self.headers)

    async def exchange(self, request: httpx.Request) -> httpx.Response:
        """The answer to a request that has all of its headers; its body is yet to come.

        Goes by all else that httpx would do: a third of the time of a call.
        """
        if self.lanes is None:
            return await self.send(request, stream=True)
        response = await self.lanes.handle_async_request(request)
        response.request = request
        return response


CLIENTS: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, HttpClient]] = (
    WeakKeyDictionary()
)
"""The pooled clients of this module, by event loop and connection."""


def http_client(name: str) -> HttpClient:
    """The client of a connection on this event loop."""
    clients = CLIENTS.get(asyncio.get_running_loop())
    if clients is None:
        forget_closed_loops()
        clients = CLIENTS.setdefault(asyncio.get_running_loop(), {})
    if name not in clients:
        clients[name] = HttpClient()
    return clients[name]


def forget_closed_loops() -> None:
    """Drops the clients of loops that are closed: their sockets hold the loops."""
    for reference in CLIENTS.keyrefs():
        loop = reference()
        if loop is not None and loop.is_closed():
            CLIENTS.pop(loop, None)


async def close_clients() -> None:
    """Closes the clients of this event loop, all of them even if it is cancelled."""
    clients = CLIENTS.pop(asyncio.get_running_loop(), {})
    async with AsyncExitStack() as stack:
        for client in clients.values():
            stack.push_async_callback(client.aclose)


async def send(
    name: str, method: str, url: str, /, *, headers: Mapping[str, str], **parts: Any
) -> httpx.Response:
    """The response to a request over the client `name`, redirects followed.

    The headers go to the origin of `url` and to no other, as any may hold a key.
    """
    for header, value in headers.items():
        # httpx says so as well, and shows the value.
        if not value.isascii() or any(char in value for char in "\r\n\0"):
            raise ValueError(f"header `{header}` has a character that no header may")
    client = http_client(name)
    request = client.build_request(method, url, headers=headers, **parts)
    origin = origin_of(request.url)
    for _ in range(client.max_redirects):
        response = await client.send(request)
        if response.next_request is None:
            return response
        request = response.next_request
        if origin_of(request.url) != origin:
            for header in headers:
                if header in request.headers and header.lower() != "host":
                    del request.headers[header]
    raise httpx.TooManyRedirects("too many redirects", request=request)


def origin_of(url: httpx.URL) -> tuple[str, str, int | None]:
    """What two addresses share that the same server answers."""
    return url.scheme, url.host, url.port


async def http_request(
    step: Step, method: str, url: str, /, **parts: Any
) -> dict[str, Any]:
    """One HTTP request; raises `httpx.HTTPStatusError` for a status from 400.

    Returns `status`, `headers` (names in lower case) and `body`: parsed where it is
    JSON, else text.
    """
    given: Mapping[Any, Any] = parts.pop("headers", None) or {}
    headers = {str(name): str(value) for name, value in given.items()}
    response = await send("http", method, url, headers=headers, **parts)
    if response.status_code >= 400:
        # Without query and user, which may hold a key.
        asked = f"{method} {response.url.copy_with(query=None, userinfo=b'')}"
        message = f"{asked} answered {response.status_code} {response.reason_phrase}"
        raise httpx.HTTPStatusError(
            message.strip(), request=response.request, response=response
        )
    body: Any = response.text
    if "json" in response.headers.get("content-type", "").lower():
        with suppress(ValueError):
            body = response.json()
    return {
        "status": response.status_code,
        "headers": dict(response.headers),
        "body": body,
    }
