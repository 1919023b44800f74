"""Takes HTTP requests; sends each over a connection that nobody else uses meanwhile."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import NamedTuple, cast
from urllib.request import getproxies

import httpx

__all__ = ["lane_transport"]

MOST_IDLE_LANES = 100

IDLE_LANE_SECONDS = 5.0
"""Seconds for which a connection stays open without a request, as httpx has it."""


class Lane(NamedTuple):
    """A connection: what opens and uses it, where to, and since when it is free."""

    transport: httpx.AsyncHTTPTransport
    origin: tuple[str, str, int | None]
    since: float = 0.0


def lane_transport() -> httpx.AsyncBaseTransport | None:
    """What a client sends requests over; `None` for httpx's own, which knows of proxies.

    That one looks at all its connections several times a request: at fifty requests at
    a time it takes most of a processor.
    """
    return None if getproxies() else LaneTransport()


class LaneTransport(httpx.AsyncBaseTransport):
    """Has a connection for each request: one that is free, or else a new one."""

    def __init__(self) -> None:
        # Reading the certificates takes longer than all else of a connection.
        self.ssl_context = httpx.create_ssl_context()
        self.idle: list[Lane] = []
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await self.close_idle(time.monotonic() - IDLE_LANE_SECONDS, MOST_IDLE_LANES)
        lane = self.take((request.url.scheme, request.url.host, request.url.port))
        try:
            response = await lane.transport.handle_async_request(request)
        except BaseException:
            await lane.transport.aclose()
            raise
        inner = cast("httpx.AsyncByteStream", response.stream)
        response.stream = LaneStream(inner, partial(self.leave, lane))
        return response

    def take(self, origin: tuple[str, str, int | None]) -> Lane:
        """The connection to a server that became free last, else a new one."""
        for place in range(len(self.idle) - 1, -1, -1):
            if self.idle[place].origin == origin:
                return self.idle.pop(place)
        return Lane(httpx.AsyncHTTPTransport(verify=self.ssl_context), origin)

    async def leave(self, lane: Lane, is_free: bool) -> None:
        """Lets others have a connection, or closes it.

        One whose use was broken off is not free: where a cancellation comes at a bad
        moment, httpx never lets go of it.
        """
        if is_free and not self.is_closed:
            self.idle.append(lane._replace(since=time.monotonic()))
        else:
            await lane.transport.aclose()

    async def close_idle(self, before: float, most: int) -> None:
        """Closes connections that have been free for too long, or are too many."""
        while self.idle and (self.idle[0].since < before or len(self.idle) > most):
            await self.idle.pop(0).transport.aclose()

    async def aclose(self) -> None:
        self.is_closed = True
        async with AsyncExitStack() as stack:
            while self.idle:
                stack.push_async_callback(self.idle.pop().transport.aclose)


class LaneStream(httpx.AsyncByteStream):
    """A response's body; when it was read and is closed, its connection is free again."""

    def __init__(
        self, inner: httpx.AsyncByteStream, leave: Callable[[bool], Awaitable[None]]
    ) -> None:
        self.inner = inner
        self.leave = leave
        self.is_read = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self.inner:
            yield piece
        self.is_read = True

    async def aclose(self) -> None:
        is_closed = False
        try:
            await self.inner.aclose()
            is_closed = True
        finally:
            await self.leave(self.is_read and is_closed)
