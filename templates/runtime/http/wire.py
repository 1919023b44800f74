"""Takes requests in a provider's words; sends them over HTTP, hands on what it answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, Literal, Protocol, TypeVar

from ..models.models import (
    Connection,
    ModelAnswer,
    ModelRequest,
    Progress,
    TextVectors,
)
from ..recovery.failures import ModelError
from ..run.process import Limiter
from ..run.run import Step
from .calls import HttpCall
from .secrets import Env, read_setting
from .transfer import Transfer

__all__ = ["HttpConnection", "Pace", "StreamReader", "Timeouts"]

T = TypeVar("T")


@dataclass(frozen=True)
class Timeouts:
    """Seconds: to connect, to the first piece of an answer, between two, for all of it.

    `first_token` and `idle` have the answer streamed.
    """

    connect: float = 10.0
    first_token: float | None = None
    idle: float | None = None
    total: float | None = 60.0

    @property
    def need_a_stream(self) -> bool:
        return self.first_token is not None or self.idle is not None


class Pace(Protocol):
    """How fast a connection may be asked: a `RateLimit`, where it has one."""

    def admit(
        self,
        connection: HttpConnection,
        step: Step,
        tokens: int,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> AbstractAsyncContextManager[Any]:
        """The right to send one request, as `Connection.admit` has it."""
        ...

    def learn(
        self, connection: HttpConnection, status: int, headers: Mapping[str, str]
    ) -> None:
        """Keep to what a response says of the server's limits."""
        ...


class StreamReader(Protocol):
    """Reads the events of one streamed answer."""

    @property
    def has_begun(self) -> bool:
        """Whether a part of the answer has come: text, a thought, a tool's call."""
        ...

    def feed(self, event: str, data: Any) -> str:
        """The text that an event adds; `data` is its JSON.

        Raises `ModelError` for an event that tells of a failure.
        """
        ...

    def answer(self) -> ModelAnswer | None:
        """The whole answer; `None` where the stream has not come to its end."""
        ...


@dataclass(frozen=True)
class HttpConnection(Connection):
    """A connection over HTTP: what all providers share."""

    base_url: Env | str = field(default="", kw_only=True)
    api_key: Env | str | None = field(default=None, kw_only=True)
    headers: Mapping[str, Env | str] = field(
        default_factory=dict[str, Env | str], kw_only=True
    )
    query: Mapping[str, Env | str] = field(
        default_factory=dict[str, Env | str], kw_only=True
    )
    timeouts: Timeouts = field(default=Timeouts(), kw_only=True)
    rate_limit: Pace | None = field(default=None, kw_only=True)
    structured_output: Literal["schema", "tool", "json", "prompt"] = field(
        default="schema", kw_only=True
    )
    idempotency_header: str | None = field(default=None, kw_only=True)

    stream_format: ClassVar[Literal["sse", "ndjson"]] = "sse"
    can_stream: ClassVar[bool] = True

    @abstractmethod
    def key_headers(self, key: str) -> dict[str, str]:
        """The headers that carry the key."""

    @abstractmethod
    def write(self, request: ModelRequest, *, stream: bool) -> HttpCall:
        """A request in the provider's words."""

    @abstractmethod
    def read(self, body: Any) -> ModelAnswer:
        """An answer's JSON; raises `ModelError` for a refusal or what is none."""

    @abstractmethod
    def reader(self) -> StreamReader:
        """What reads one streamed answer."""

    @abstractmethod
    def write_texts(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> HttpCall:
        """A request for vectors; raises `ModelError` where the provider has none."""

    @abstractmethod
    def read_vectors(self, body: Any) -> TextVectors:
        """The vectors in an answer's JSON."""

    def default_model(self) -> str | None:
        """The model of calls that name none; its variable is read."""
        return read_setting(self.model, is_secret=False)

    def identity(self) -> tuple[str, ...]:
        """What tells this connection from others, without its secrets."""
        base_url = read_setting(self.base_url, is_secret=False) or ""
        return (*super().identity(), base_url)

    def admit(
        self,
        step: Step,
        tokens: int,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> AbstractAsyncContextManager[Any]:
        """The right to send one request, in the connection's rate limit."""
        if self.rate_limit is None:
            return super().admit(step, tokens, limiter, timeout)
        return self.rate_limit.admit(self, step, tokens, limiter, timeout)

    async def send(
        self, request: ModelRequest, progress: Progress | None
    ) -> ModelAnswer:
        """One request; with `progress` its text is streamed.

        Raises `ModelError`; it is final once a text was told to `progress`.
        """
        is_streamed = self.can_stream and (
            progress is not None or self.timeouts.need_a_stream
        )
        call = self.write(request, stream=is_streamed)
        if self.idempotency_header is not None:
            headers = {self.idempotency_header: request.idempotency_key, **call.headers}
            call = replace(call, headers=headers)
        if is_streamed:
            return await self.stream(call, progress)
        answer = await self.fetch(call, self.read)
        if progress is not None and answer.text:
            await progress(answer.text)
        return answer

    async def embed(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> TextVectors:
        """The vectors of texts; raises `ModelError`."""
        call = self.write_texts(model, texts, options)
        return await self.fetch(call, self.read_vectors)

    async def fetch(self, call: HttpCall, read: Callable[[Any], T]) -> T:
        """What `read` makes of the JSON that answers a request."""
        async with Transfer(self, call) as transfer:
            return transfer.understood(partial(read, await transfer.body()))

    async def stream(self, call: HttpCall, progress: Progress | None) -> ModelAnswer:
        """The answer to a request, told piece by piece."""
        reader, has_told = self.reader(), False
        try:
            async with Transfer(self, call) as transfer:
                if transfer.is_whole:
                    # A server that does not stream answers all at once.
                    read = partial(self.read, await transfer.body())
                    answer = transfer.understood(read)
                    if progress is not None and answer.text:
                        has_told = True
                        await progress(answer.text)
                    return answer
                while (events := await transfer.events()) is not None:
                    for name, data in events:
                        feed = partial(reader.feed, name, transfer.parsed(data))
                        text = transfer.understood(feed)
                        transfer.has_begun = reader.has_begun
                        if text and progress is not None:
                            has_told = True
                            await progress(text)
                found = transfer.understood(reader.answer)
            if found is None:
                message = f"the stream of `{self.name}` broke off before its end"
                raise ModelError(message, "connection")
            return found
        except ModelError as error:
            error.is_final = error.is_final or has_told
            raise
