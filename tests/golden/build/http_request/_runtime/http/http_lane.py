"""Takes one HTTP request at a time; exchanges it for its answer over one connection."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from typing import cast

import h11
import httpx

from .sockets import connected_socket

LaneOrigin = tuple[str, bytes, int | None]
"""Whom a connection leads to: scheme, host (as it is looked up) and port."""


LARGEST_HEAD = 100 * 1024
"""Bytes up to which the head of an answer is read, as httpx has it."""


MOST_UNREAD = 256 * 1024
"""Bytes that may wait here, on their way in or out, until the other side has to wait."""


class HttpLane(asyncio.Protocol):
    """A connection that one request uses at a time; h11 says what goes over it.

    Methods raise the errors of httpx.
    """

    transport: asyncio.Transport
    free_since = 0.0
    unread = 0
    can_write = True
    is_lost = False
    problem: Exception | None = None
    waiter: asyncio.Future[None] | None = None

    def __init__(self, origin: LaneOrigin) -> None:
        self.origin = origin
        self.http = h11.Connection(h11.CLIENT, LARGEST_HEAD)

    async def connect(
        self, context: ssl.SSLContext | None, seconds: float | None
    ) -> None:
        """Opens the connection, in so many seconds; none is open if that fails."""
        _, host, port = self.origin
        name, port = host.decode("ascii"), port or (80 if context is None else 443)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                if is_ip_address(host):
                    await loop.create_connection(lambda: self, name, port, ssl=context)
                else:
                    opened = await connected_socket(name, port)
                    await loop.create_connection(
                        lambda: self,
                        sock=opened,
                        ssl=context,
                        server_hostname=None if context is None else name,
                    )
        except TimeoutError as error:
            raise httpx.ConnectTimeout(str(error)) from error
        except OSError as error:
            raise httpx.ConnectError(str(error)) from error

    async def respond(self, request: httpx.Request) -> h11.Response:
        """Sends a request; hands on the head of the answer, whose body `piece` reads."""
        with as_httpx_errors():
            await self.write(request)
            while isinstance(event := await self.event(), h11.InformationalResponse):
                pass
        return cast("h11.Response", event)

    async def write(self, request: httpx.Request) -> None:
        """Sends a request; not the rest of one that the server answers meanwhile."""
        head = h11.Request(
            method=request.method,
            target=request.url.raw_path,
            headers=request.headers.raw,
        )
        data = self.http.send(head) or b""
        async for piece in cast("httpx.AsyncByteStream", request.stream):
            # What is short goes out in one piece, head and body.
            data += self.http.send(h11.Data(data=piece)) or b""
            if len(data) > MOST_UNREAD:
                self.transport.write(data)
                data = b""
                while not (self.can_write or self.unread or self.is_lost):
                    await self.change()
                if self.unread or self.is_lost:
                    return
        self.transport.write(data + (self.http.send(h11.EndOfMessage()) or b""))

    async def piece(self) -> bytes | None:
        """The next piece of the answer's body; `None` at its end."""
        with as_httpx_errors():
            event = await self.event()
        return bytes(event.data) if isinstance(event, h11.Data) else None

    async def event(self) -> h11.Event:
        """What comes next of the answer."""
        while (event := self.http.next_event()) is h11.NEED_DATA:
            self.unread = 0
            if not self.is_lost:
                self.transport.resume_reading()
                await self.change()
            elif self.problem is not None:
                raise httpx.ReadError(str(self.problem)) from self.problem
            elif self.http.their_state is h11.SEND_RESPONSE:
                raise httpx.RemoteProtocolError("disconnected without a response")
            else:
                self.http.receive_data(b"")  # that is the end, or comes too early
        if event is h11.PAUSED:
            raise httpx.RemoteProtocolError("changed to another protocol")
        return cast("h11.Event", event)

    async def change(self) -> None:
        """Waits until the other side has sent or read something, or has gone."""
        self.waiter = asyncio.get_running_loop().create_future()
        try:
            await self.waiter
        finally:
            self.waiter = None

    def begin_anew(self) -> bool:
        """Makes the connection ready for another request, if it can take one."""
        if self.http.our_state is self.http.their_state is h11.DONE:
            self.http.start_next_cycle()
            self.unread = 0
            self.transport.resume_reading()
        return self.is_free

    @property
    def is_free(self) -> bool:
        """Whether it can take a request: a server that speaks unasked is about to go."""
        is_silent = self.http.trailing_data == (b"", False)
        return self.http.our_state is h11.IDLE and is_silent and not self.is_lost

    def abort(self) -> None:
        """Closes the connection at once."""
        self.is_lost = True
        self.transport.abort()

    def wake(self) -> None:
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(MOST_UNREAD)

    def data_received(self, data: bytes) -> None:
        self.http.receive_data(data)
        self.unread += len(data)
        if self.unread > MOST_UNREAD:
            self.transport.pause_reading()
        self.wake()

    def eof_received(self) -> None:
        self.is_lost = True
        self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self.problem = exc
        self.wake()

    def pause_writing(self) -> None:
        self.can_write = False

    def resume_writing(self) -> None:
        self.can_write = True
        self.wake()


def is_ip_address(host: bytes) -> bool:
    """Whether a host is named by its address, so that none has to be looked up."""
    return host.replace(b".", b"").isdigit() or b":" in host


@contextmanager
def as_httpx_errors() -> Generator[None, None, None]:
    """Tells errors of the protocol as httpx does."""
    try:
        yield
    except h11.LocalProtocolError as error:
        raise httpx.LocalProtocolError(str(error)) from error
    except h11.RemoteProtocolError as error:
        raise httpx.RemoteProtocolError(str(error)) from error
