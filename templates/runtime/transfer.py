"""Takes one request of a connection; hands on what comes back, whole or event by event."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import AsyncExitStack, contextmanager, suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import httpx

from .clients import http_client, origin_of
from .failures import ModelError
from .inputs import is_dict, is_list
from .rates import learn_rates
from .secrets import Env, hide_secrets, read_setting
from .server_words import retry_after_of, should_retry_of
from .streams import EventDecoder

if TYPE_CHECKING:
    from .wire import HttpCall, HttpConnection

__all__ = ["Transfer"]

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes up to which an answer is read."""

MOST_REDIRECTS = 3
"""How often a server may send a request on to another of its own addresses."""

TOO_LONG = (
    "context_length_exceeded",
    "maximum context length",
    "prompt is too long",
    "input token count",
    "exceed context limit",
    "exceeds the available context size",
)
"""By these words providers say that a prompt is too long for a model."""


class StreamEvent(NamedTuple):
    """An event of a stream, its data read as JSON."""

    name: str
    data: Any


class Transfer:
    """One request and what comes back; nothing of it is open when the block ends.

    Entered when the head of the answer is there, and says that all is well. Raises
    `ModelError`. `has_begun` is set once a text has come, for the time limits.
    """

    has_begun = False
    response: httpx.Response

    def __init__(self, connection: HttpConnection, call: HttpCall) -> None:
        self.connection = connection
        self.call = call
        self.name = connection.name
        self.secrets: list[str] = []
        self.open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        timeouts = self.connection.timeouts
        self.total = await self.open.enter_async_context(
            asyncio.timeout(timeouts.total)
        )
        time = asyncio.get_running_loop().time
        first = timeouts.first_token
        self.first_token_at = None if first is None else time() + first
        try:
            with self.failures():
                async with asyncio.timeout_at(self.first_token_at):
                    self.response = await self.answered()
                self.open.push_async_callback(self.response.aclose)
                await self.check_status()
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
            raise self.late(f"did not answer within {seconds:g} seconds") from None

    @property
    def is_whole(self) -> bool:
        """Whether the answer is one JSON and no stream."""
        kind: str = self.response.headers.get("content-type", "")
        return kind.partition(";")[0].strip().lower() == "application/json"

    async def body(self) -> Any:
        """The JSON of the answer."""
        with self.failures():
            return self.parsed(await self.read_bytes(LARGEST_BODY))

    async def events(self) -> AsyncIterator[StreamEvent]:
        """The events of the answer."""
        decoder = EventDecoder(self.connection.stream_format)
        pieces = aiter(self.response.aiter_bytes())
        while True:
            with self.failures():
                piece = await self.next_piece(pieces)
            events = decoder.end() if piece is None else decoder.feed(piece)
            for event in events:
                if event.data.strip() != "[DONE]":
                    yield StreamEvent(event.name, self.parsed(event.data))
            if len(decoder.rest) > LARGEST_BODY:
                raise self.too_large()
            if piece is None:
                return

    async def next_piece(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        """The next bytes of a stream, `None` at its end."""
        timeouts = self.connection.timeouts
        if not self.has_begun and self.first_token_at is not None:
            limit = asyncio.timeout_at(self.first_token_at)
            told = f"sent no text within {timeouts.first_token:g} seconds"
        elif timeouts.idle is not None:
            limit = asyncio.timeout(timeouts.idle)
            told = f"sent nothing for {timeouts.idle:g} seconds"
        else:
            return await anext(pieces, None)
        try:
            async with limit:
                return await anext(pieces, None)
        except TimeoutError:
            raise self.late(told) from None

    async def answered(self) -> httpx.Response:
        """The head of the answer, after redirects within the server."""
        client, call = http_client(self.name), self.call
        timeouts = httpx.Timeout(None, connect=self.connection.timeouts.connect)
        request = client.build_request(
            call.method,
            self.address(),
            headers=self.headers(),
            json=call.json,
            timeout=timeouts,
        )
        for _ in range(MOST_REDIRECTS + 1):
            response = await client.send(request, stream=True)
            learn_rates(self.connection, response.status_code, response.headers)
            following = response.next_request
            if following is None:
                return response
            await response.aclose()
            keeps_body = response.status_code in (307, 308)
            if not keeps_body or origin_of(following.url) != origin_of(request.url):
                place = following.url.copy_with(query=None, userinfo=b"")
                raise ModelError(
                    f"`{self.name}` redirects to {place}, which is not followed, as the"
                    " request holds a key; is its `base_url` right?"
                )
            request = following
        raise ModelError(f"`{self.name}` redirects more than {MOST_REDIRECTS} times")

    def address(self) -> httpx.URL:
        """The URL of the request: the base's path and query, and the call's."""
        text = read_setting(self.connection.base_url, is_secret=False) or ""
        base = httpx.URL(text)
        if base.scheme not in ("http", "https") or not base.host:
            raise ModelError(f"the `base_url` of `{self.name}` is no address: {text!r}")
        url = base.copy_with(path=base.path.rstrip("/") + self.call.path)
        query = self.settings(self.connection.query)
        return url.copy_merge_params({**query, **self.call.query})

    def headers(self) -> dict[str, str]:
        """The headers of the request; those of the connection go before others."""
        headers = dict(self.call.headers)
        key = read_setting(self.connection.api_key)
        if key is not None:
            self.secrets.append(key)
            headers.update(self.connection.key_headers(key.strip()))
        headers.update(self.settings(self.connection.headers))
        for name, value in headers.items():
            # httpx says so as well, and shows the value.
            if not value.isascii() or any(char in value for char in "\r\n\0"):
                raise ModelError(f"header `{name}` has a character that no header may")
        return headers

    def settings(self, values: Mapping[str, Env | str]) -> dict[str, str]:
        """Texts of the connection; those out of the environment count as secrets."""
        found: dict[str, str] = {}
        for name, value in values.items():
            found[name] = text = read_setting(value) or ""
            if isinstance(value, Env):
                self.secrets.append(text)
        return found

    async def check_status(self) -> None:
        """Raises `ModelError` for a status that is no answer."""
        response = self.response
        status, headers = response.status_code, response.headers
        if 200 <= status < 300:
            return
        text = await self.read_bytes(LARGEST_BODY)
        told = hide_secrets(error_words(text), self.secrets)
        raw = text.decode(errors="replace").lower()
        if status in (400, 413, 422) and any(word in raw for word in TOO_LONG):
            message = f"`{self.name}` says that the prompt is too long: {told}"
            raise ModelError(message, "context_length", status=status)
        hint = self.key_hint() if status in (401, 403) else ""
        should_retry = should_retry_of(headers)
        if status == 429 and "insufficient_quota" in raw:
            should_retry = False  # no waiting mends that
        raise ModelError(
            f"`{self.name}` answered {status}: {told or response.reason_phrase}{hint}",
            "status",
            status=status,
            retry_after=retry_after_of(headers),
            should_retry=should_retry,
        )

    def key_hint(self) -> str:
        """Where the key that a server does not take came from."""
        key = self.connection.api_key
        if isinstance(key, Env):
            return f" (its key is that of {key.name})"
        return " (it has no `api_key`)" if key is None else ""

    async def read_bytes(self, most: int) -> bytes:
        """The bytes of the answer, up to `most`."""
        pieces: list[bytes] = []
        size = 0
        async for piece in self.response.aiter_bytes():
            size += len(piece)
            if size > most:
                raise self.too_large()
            pieces.append(piece)
        return b"".join(pieces)

    def parsed(self, text: str | bytes) -> Any:
        """The JSON in a text."""
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            shown = text if isinstance(text, str) else text.decode(errors="replace")
            shown = hide_secrets(" ".join(shown[:200].split()), self.secrets)
            message = f"`{self.name}` answered with what is no JSON: {shown[:80]!r}"
            raise ModelError(message) from error

    def too_large(self) -> ModelError:
        return ModelError(
            f"`{self.name}` answered with more than {LARGEST_BODY >> 20} MiB"
        )

    def late(self, told: str) -> ModelError:
        return ModelError(f"`{self.name}` {told}", "timeout")

    @contextmanager
    def failures(self) -> Generator[None, None, None]:
        """Tells the errors of the HTTP client in our words, without the address."""
        timeouts = self.connection.timeouts
        try:
            yield
        except httpx.ConnectTimeout as error:
            told = f"could not be reached within {timeouts.connect:g} seconds"
            raise self.late(told) from error
        except httpx.ConnectError as error:
            raise self.broken("cannot be reached", error) from error
        except httpx.TransportError as error:
            raise self.broken("broke the connection off", error) from error
        except httpx.DecodingError as error:
            message = f"`{self.name}` answered with what cannot be decoded: {error}"
            raise ModelError(message) from error
        except httpx.InvalidURL as error:
            message = f"the `base_url` of `{self.name}` is no address: {error}"
            raise ModelError(message) from error
        except (TypeError, ValueError) as error:
            message = f"what is to be sent to `{self.name}` is no JSON: {error}"
            raise ModelError(message) from error
        except TimeoutError as error:
            if self.total.expired() or self.first_token_at is None:
                raise
            told = f"sent no text within {timeouts.first_token:g} seconds"
            raise self.late(told) from error

    def broken(self, what: str, error: Exception) -> ModelError:
        reason = hide_secrets(str(error), self.secrets)
        told = f": {reason}" if reason else ""
        return ModelError(f"`{self.name}` {what}{told}", "connection")


def error_words(body: bytes) -> str:
    """What a provider says of a failure, in at most 300 letters."""
    text = body.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        found: Any = json.loads(text)
        if is_list(found) and found:
            found = found[0]
        for key in ("error", "message", "detail"):
            inner: Any = found.get(key) if is_dict(found) else None
            found = found if inner is None else inner
        text = found if isinstance(found, str) else json.dumps(found)
    return " ".join(text.split())[:300]
