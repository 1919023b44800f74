"""Takes HTTP requests; sends each over a connection that nobody else uses meanwhile."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable
from functools import cached_property
from urllib.request import getproxies

import httpx

from .http_lane import HttpLane, LaneOrigin

MOST_IDLE_LANES = 100


PROXY_KINDS = frozenset(("http", "https", "all"))
"""The environment's proxies that httpx heeds; `no_proxy` alone names none."""


IDLE_LANE_SECONDS = 5.0
"""Seconds for which a connection stays open without a request, as httpx has it."""


def lane_transport() -> httpx.AsyncBaseTransport | None:
    """What a client sends requests over; `None` for httpx's own, which knows of proxies.

    That one looks at all its connections several times a request: at fifty requests at
    a time it takes most of a processor.
    """
    has_proxy = not PROXY_KINDS.isdisjoint(getproxies())
    return None if has_proxy else LaneTransport()


class LaneTransport(httpx.AsyncBaseTransport):
    """Has a connection for each request: one that is free, or else a new one."""

    def __init__(self) -> None:
        self.idle: list[HttpLane] = []
        self.is_closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        lane = await self.lane(request)
        try:
            head = await lane.respond(request)
        except BaseException:
            lane.abort()
            raise
        return httpx.Response(
            head.status_code,
            headers=head.headers.raw_items(),
            stream=LaneStream(lane, self.leave),
            extensions={
                "http_version": b"HTTP/" + head.http_version,
                "reason_phrase": head.reason,
            },
        )

    async def lane(self, request: httpx.Request) -> HttpLane:
        """A connection to a request's server, for it alone."""
        url = request.url
        if url.scheme not in ("http", "https") or not url.raw_host:
            message = "an address begins as `https://api.example.com` does"
            raise httpx.UnsupportedProtocol(message, request=request)
        origin = (url.scheme, url.raw_host, url.port)
        lane = self.take(origin)
        if lane is None:
            lane = HttpLane(origin)
            context = self.ssl_context if url.scheme == "https" else None
            seconds = request.extensions.get("timeout", {}).get("connect")
            await lane.connect(context, seconds)
        return lane

    @cached_property
    def ssl_context(self) -> ssl.SSLContext:
        """Kept, as reading the certificates takes longer than all else."""
        context = httpx.create_ssl_context()
        context.set_alpn_protocols(["http/1.1"])
        return context

    def take(self, origin: LaneOrigin) -> HttpLane | None:
        """The connection to a server that became free last, if there is one."""
        self.close_idle(time.monotonic() - IDLE_LANE_SECONDS, MOST_IDLE_LANES)
        for place in range(len(self.idle) - 1, -1, -1):
            if self.idle[place].origin == origin:
                lane = self.idle.pop(place)
                if lane.is_free:
                    return lane
                lane.abort()
        return None

    def leave(self, lane: HttpLane) -> None:
        """Lets others have a connection; closes one whose use was broken off."""
        if lane.begin_anew() and not self.is_closed:
            lane.free_since = time.monotonic()
            self.idle.append(lane)
        else:
            lane.abort()

    def close_idle(self, before: float, most: int) -> None:
        """Closes connections that have been free for too long, or are too many."""
        while self.idle and (self.idle[0].free_since < before or len(self.idle) > most):
            self.idle.pop(0).abort()

    async def aclose(self) -> None:
        self.is_closed = True
        while self.idle:
            self.idle.pop().abort()
        await asyncio.sleep(0)  # in which their sockets are closed


class LaneStream(httpx.AsyncByteStream):
    """A response's body; when it is closed, its connection is free again, or closed."""

    def __init__(self, lane: HttpLane, leave: Callable[[HttpLane], None]) -> None:
        self.lane = lane
        self.leave = leave
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self.lane.piece()) is not None:
            yield piece

    async def aclose(self) -> None:
        if not self.is_closed:
            self.is_closed = True
            self.leave(self.lane)
