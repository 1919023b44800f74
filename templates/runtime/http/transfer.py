"""One request of a connection and what comes back, whole or event by event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from contextlib import AsyncExitStack, contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from ..limits.durations import in_seconds
from ..recovery.failures import ModelError
from ..run.records import describe_error, printable
from .calls import UNSENDABLE, HttpCall, RequestParts
from .clients import http_clients, origin_of
from .codings import bound_codings, check_coding
from .secrets import Env, hide_secrets
from .server_words import (
    LARGEST_ERROR,
    error_words,
    is_too_long,
    retry_after_of,
    should_retry_of,
)
from .streams import ServerEvent

if TYPE_CHECKING:
    from .wire import HttpConnection

__all__ = ["Transfer"]

T = TypeVar("T")

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes up to which an answer is read."""

LONGEST_ERROR = 1000
"""Characters of a server's words that an error repeats."""

MOST_REDIRECTS = 3
"""How often a server may send a request on to another of its own addresses."""

LAST_WORD = "[DONE]"
"""What comes in place of an event after the last one of a stream."""

SECONDS_TO_CLOSE = 0.5
"""How long a stream may go on after its last word, until its connection is given up."""


class Transfer:
    """One request and what comes back; nothing of it is open when the block ends.

    Entered when the head of the answer is there, and says that all is well. Raises
    `ModelError`. `has_begun` is set once a part of the answer has come, for the time
    limits.
    """

    has_begun = False
    is_at_end = False
    is_read = True
    ahead = b""
    size = 0
    response: httpx.Response
    pieces: AsyncIterator[bytes]

    def __init__(self, connection: HttpConnection, call: HttpCall) -> None:
        self.connection = connection
        self.name = connection.name
        self.parts = RequestParts(connection, call)
        self.open = AsyncExitStack()
        self.decoder = connection.decoder()
        self.deadline = asyncio.timeout(connection.timeouts.total)
        self.first_token_at = asyncio.timeout(connection.timeouts.first_token).when()

    async def __aenter__(self) -> Self:
        await self.open.enter_async_context(self.deadline)
        try:
            with self.failures():
                self.response = await self.by_first_token(self.answered())
            self.pieces = aiter(self.response.aiter_bytes())
            self.open.push_async_callback(self.close)
            await self.check_status()
            with self.failures():
                check_coding(self.response)
            self.is_read = False
        except BaseException as error:
            await self.__aexit__(type(error), error, error.__traceback__)
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            await self.open.__aexit__(kind, error, trace)
        except TimeoutError:
            seconds = self.connection.timeouts.total
            raise self.late(f"did not answer within {in_seconds(seconds)}") from None

    async def close(self) -> None:
        """Give the connection back if all has been read, or else close it.

        What is left is read until it has to be waited for, and broken off there: a
        generator that is merely dropped stays open until somebody collects it.
        """
        seconds = SECONDS_TO_CLOSE if self.is_at_end else 0.0
        try:
            if not (self.is_read or self.size > LARGEST_BODY):
                with suppress(TimeoutError, httpx.HTTPError):
                    async with asyncio.timeout(seconds):
                        async for _ in self.pieces:
                            pass
        finally:
            await self.response.aclose()

    async def is_stream(self) -> bool:
        """Read the beginning of the answer and say whether it is a stream."""
        kind: str = self.response.headers.get("content-type", "")
        name = kind.partition(";")[0].strip().lower()
        is_labelled = name not in ("application/json", "text/html", "text/plain", "")
        is_stream: bool | None = None
        while is_stream is None:
            piece = await self.next_streamed()
            self.ahead += piece or b""
            # The end of the answer ends its first line.
            start = self.ahead if piece is not None else self.ahead + b"\n"
            is_stream = self.decoder.is_stream(start, is_labelled=is_labelled)
            if piece is None:
                break
        return is_stream is not False and (bool(self.ahead) or "json" not in name)

    async def body(self) -> Any:
        """Return the JSON of the answer."""
        pieces = [self.ahead]
        while (piece := await self.next_piece()) is not None:
            pieces.append(piece)
        return self.parsed(b"".join(pieces))

    async def events(self) -> Sequence[ServerEvent] | None:
        """Return the next events of the answer, `None` at its end."""
        if self.is_at_end:
            return None
        piece = self.ahead or await self.next_streamed()
        self.ahead, self.is_at_end = b"", piece is None
        decoder = self.decoder
        events = decoder.end() if piece is None else decoder.feed(piece)
        for place, event in enumerate(events):
            if event.data.strip() == LAST_WORD:
                self.is_at_end = True
                events = events[:place]
                break
        return [event for event in events if event.data.strip()]

    async def passed_on(self, passing: Awaitable[None]) -> None:
        """Wait for the reader of a piece, which takes none of the time for the answer."""
        at, time = self.deadline.when(), asyncio.get_running_loop().time
        self.deadline.reschedule(None)
        began = time()
        await passing
        self.deadline.reschedule(None if at is None else at + time() - began)

    async def by_first_token(self, work: Awaitable[T]) -> T:
        """Await a part of the answer in the time for its first token."""
        try:
            async with asyncio.timeout_at(self.first_token_at):
                return await work
        except TimeoutError:
            seconds = self.connection.timeouts.first_token
            raise self.late(f"sent no text within {in_seconds(seconds)}") from None

    async def next_streamed(self) -> bytes | None:
        """The next bytes of a stream, `None` at its end."""
        idle = self.connection.timeouts.idle
        if not self.has_begun and self.first_token_at is not None:
            return await self.by_first_token(self.next_piece())
        try:
            async with asyncio.timeout(idle):
                return await self.next_piece()
        except TimeoutError:
            raise self.late(f"sent nothing for {in_seconds(idle)}") from None

    async def next_piece(self) -> bytes | None:
        """The next bytes of the answer, `None` at its end."""
        with self.failures():
            piece = await anext(self.pieces, None)
        self.is_read = piece is None
        self.size += len(piece or b"")
        if self.size > LARGEST_BODY:
            most = LARGEST_BODY >> 20
            raise ModelError(f"`{self.name}` answered with more than {most} MiB")
        return piece

    async def answered(self) -> httpx.Response:
        """The head of the answer, after redirects within the server."""
        clients = await http_clients(self.name)
        client = await self.open.enter_async_context(clients.client())
        request = self.parts.request(client)
        bound_codings(request)
        pace = self.connection.rate_limit
        for _ in range(MOST_REDIRECTS + 1):
            response = await client.send(request, stream=True, follow_redirects=False)
            if pace is not None:
                pace.learn(self.connection, response.status_code, response.headers)
            if not response.has_redirect_location:
                return response
            await response.aclose()
            request = self.redirected(request, response)
        raise ModelError(f"`{self.name}` redirects more than {MOST_REDIRECTS} times")

    def redirected(
        self, request: httpx.Request, response: httpx.Response
    ) -> httpx.Request:
        """The request to where the server sends it on; `ModelError` if it may not go."""
        try:
            target = request.url.join(response.headers["location"])
        except (httpx.InvalidURL, ValueError) as error:
            message = f"`{self.name}` redirects to what is not an address"
            raise ModelError(message) from error
        why = "its body would be lost"
        if origin_of(target) != origin_of(request.url):
            why = "the request holds a key"
        elif response.status_code in (307, 308):
            assert response.next_request is not None
            return response.next_request
        place = target.copy_with(query=None, userinfo=b"")
        raise ModelError(
            f"`{self.name}` redirects to {self.hidden(str(place))}, which is not"
            f" followed, as {why}; is its `base_url` right?"
        )

    async def check_status(self) -> None:
        """Raises `ModelError` for a status that is no answer."""
        response = self.response
        status, headers = response.status_code, response.headers
        if 200 <= status < 300:
            return
        body = await self.error_body()
        words = self.hidden(error_words(body) or response.reason_phrase)[:300]
        raw = body.decode(errors="replace")
        if status in (400, 413, 422) and is_too_long(raw):
            message = f"`{self.name}` says that the prompt is too long: {words}"
            raise ModelError(message, "context_length", status=status)
        should_retry = should_retry_of(headers)
        if status == 429 and "insufficient_quota" in raw:
            should_retry = False  # no waiting mends that
        raise ModelError(
            f"`{self.name}` answered {status}: {words}{self.hint(body)}",
            "status",
            status=status,
            retry_after=retry_after_of(headers),
            should_retry=should_retry,
        )

    async def error_body(self) -> bytes:
        """The beginning of what a server says of a failure, or what there is of it."""
        body = b""
        with suppress(httpx.HTTPError):
            check_coding(self.response)
            self.is_read = False
            async for piece in self.pieces:
                body += piece
                if len(body) > LARGEST_ERROR:
                    break
        return body[:LARGEST_ERROR]

    def hint(self, body: bytes) -> str:
        """What may be wrong with the connection, by the status of an answer."""
        status, connection = self.response.status_code, self.connection
        if status in (404, 405) and not body.lstrip().startswith((b"{", b"[")):
            path = self.hidden(self.response.request.url.path)
            return f" (at {path}: is its `base_url` right?)"
        if status not in (401, 403):
            return ""
        key = connection.api_key
        if isinstance(key, Env):
            return f" (its key is that of {key.name})"
        given = (*connection.headers.values(), *connection.query.values())
        names = [value.name for value in given if isinstance(value, Env)]
        if names:
            return f" (it was given what is in {' and '.join(names)})"
        return " (it has no `api_key`)" if key is None else ""

    def parsed(self, text: str | bytes) -> Any:
        """The JSON in a text."""
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            shown = text if isinstance(text, str) else text.decode(errors="replace")
            shown = self.hidden(" ".join(shown[:LONGEST_ERROR].split()))
            message = f"`{self.name}` answered with what is not JSON: {shown[:80]!r}"
            raise ModelError(message) from error

    def understood(self, read: Callable[[], T]) -> T:
        """Return what `read` makes of an answer; raise `ModelError` for one of another shape."""
        try:
            return read()
        except ModelError as error:
            words = self.hidden(str(error))
            cut = f"{words[:LONGEST_ERROR]} ..."
            error.args = (words if len(words) < LONGEST_ERROR else cut,)
            raise
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            words = self.hidden(describe_error(error))
            message = f"`{self.name}` answered in a shape that its API does not have"
            raise ModelError(f"{message}: {words}") from error

    def hidden(self, text: str) -> str:
        """Return a text as it can be shown, without the secrets of the request."""
        return printable(hide_secrets(text, self.parts.secrets))

    def late(self, what: str, *, was_sent: bool = True) -> ModelError:
        return ModelError(f"`{self.name}` {what}", "timeout", was_sent=was_sent)

    @contextmanager
    def failures(self) -> Generator[None, None, None]:
        """Turn errors of the HTTP client into `ModelError`, without the address."""
        try:
            yield
        except httpx.ConnectTimeout as error:
            seconds = self.connection.timeouts.connect
            what = f"could not be reached within {in_seconds(seconds)}"
            raise self.late(what, was_sent=False) from error
        except httpx.ConnectError as error:
            raise self.broken("cannot be reached", error, was_sent=False) from error
        except (*UNSENDABLE, UnicodeError) as error:
            words = self.hidden(str(error))
            message = f"the request to `{self.name}` cannot be sent: {words}"
            raise ModelError(message) from error
        except httpx.TimeoutException as error:
            what = f"did not answer in time: {self.hidden(str(error))}".strip(": ")
            raise self.late(what) from error
        except httpx.TransportError as error:
            raise self.broken("broke the connection off", error) from error
        except httpx.DecodingError as error:
            message = f"`{self.name}` answered with what cannot be decoded: {error}"
            raise ModelError(message) from error

    def broken(
        self, what: str, error: Exception, *, was_sent: bool = True
    ) -> ModelError:
        message = f"`{self.name}` {what}: {self.hidden(str(error))}".rstrip(": ")
        return ModelError(message, "connection", was_sent=was_sent)
