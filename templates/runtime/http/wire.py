"""Requests in the words of their providers, sent over HTTP."""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, ClassVar, TypeVar

from ..models.models import (
    ChatTurn,
    Connection,
    ModelAnswer,
    ModelRequest,
    Progress,
    Structure,
    TokenUsage,
    UsageMeter,
)
from ..providers.json_parts import letters_in
from ..recovery.failures import ModelError
from .calls import HttpCall
from .secrets import Env, read_setting
from .streams import EventDecoder
from .transfer import Transfer

__all__ = ["HttpConnection", "StreamReader", "Timeouts"]

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


class StreamReader(ABC):
    """Puts one streamed answer of the connection `name` together.

    It `has_begun` with the first text, thought or call of a tool, and `has_ended` once
    the server has said that the answer is at its end.
    """

    has_begun = False
    has_ended = False

    def __init__(self, name: str) -> None:
        self.name = name

    @abstractmethod
    def feed(self, event: str, data: Any) -> str:
        """Read an event, whose JSON is `data`, and return the text that it adds.

        That is text of the answer, or of the tool that takes it. Raises `ModelError` for
        an event that reports a failure.
        """

    @abstractmethod
    def body(self) -> Any:
        """Return what has come so far, in the JSON of an answer that is not streamed."""


@dataclass(frozen=True, kw_only=True)
class HttpConnection(Connection):
    """A connection over HTTP: what all providers share."""

    base_url: Env | str = ""
    api_key: Env | str | None = None
    headers: Mapping[str, Env | str] = field(default_factory=dict[str, Env | str])
    query: Mapping[str, Env | str] = field(default_factory=dict[str, Env | str])
    timeouts: Timeouts = Timeouts()
    structure: Structure | None = None
    write_images: Callable[[ChatTurn], list[dict[str, Any]]] | None = None
    idempotency_header: str | None = None

    decoder: ClassVar[type[EventDecoder]] = EventDecoder
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
    def usage_in(self, body: Any) -> TokenUsage | None:
        """The tokens that an answer's JSON counts, whatever else it is."""

    def default_model(self) -> str | None:
        """The model of calls that name none; its variable is read."""
        return read_setting(self.model, is_secret=False)

    def identity(self) -> tuple[str, ...]:
        """What distinguishes this connection from others: its secrets as their digest."""
        base_url = read_setting(self.base_url, is_secret=False) or ""
        given = [self.api_key, *self.headers.values(), *self.query.values()]
        names = [*self.headers, *self.query]
        settings = json.dumps([names, [read_setting(value) for value in given]])
        digest = hashlib.sha256(settings.encode()).hexdigest()
        way = type(self.structure).__name__
        return (*super().identity(), base_url, way, digest)

    async def send(
        self,
        request: ModelRequest,
        progress: Progress | None,
        meter: UsageMeter | None = None,
    ) -> ModelAnswer:
        """Send one request; with `progress` its text is streamed.

        Raises `ModelError`; it is final once `progress` has received a text.
        """
        meter = meter or UsageMeter()
        is_streamed = self.can_stream and (
            progress is not None or self.timeouts.need_a_stream
        )
        call = self.write(request, stream=is_streamed)
        if self.idempotency_header is not None:
            headers = {self.idempotency_header: request.idempotency_key, **call.headers}
            call = replace(call, headers=headers)
        if is_streamed:
            return await self.stream(call, progress, meter)
        answer = await self.fetch(call, partial(self.read_whole, meter), meter)
        if progress is not None and answer.text:
            await progress(answer.text)
        return answer

    def read_whole(self, meter: UsageMeter, body: Any) -> ModelAnswer:
        """Return the answer in a body, its tokens counted even where it is none."""
        meter.has_begun, meter.usage = True, self.usage_in(body)
        meter.letters = letters_in(body) or None
        answer = self.read(body)
        meter.model = answer.model
        return answer

    async def fetch(
        self,
        call: HttpCall,
        read: Callable[[Any], T],
        meter: UsageMeter | None = None,
    ) -> T:
        """Return what `read` makes of the JSON that answers a request."""
        async with Transfer(self, call) as transfer:
            if meter is not None:
                meter.has_begun = True
            return transfer.understood(partial(read, await transfer.body()))

    async def stream(
        self, call: HttpCall, progress: Progress | None, meter: UsageMeter
    ) -> ModelAnswer:
        """Return the answer to a request, sent to `progress` piece by piece."""
        reader, letters, said = self.reader(), 0, None
        try:
            async with Transfer(self, call) as transfer:
                if not await transfer.is_stream():
                    # A server that does not stream answers all at once.
                    read = partial(self.read_whole, meter, await transfer.body())
                    answer = transfer.understood(read)
                    if progress is not None and answer.text:
                        await transfer.passed_on(progress(answer.text))
                    return answer
                while (events := await transfer.events()) is not None:
                    for name, data in events:
                        said = transfer.parsed(data)
                        text = transfer.understood(partial(reader.feed, name, said))
                        meter.has_begun = transfer.has_begun = reader.has_begun
                        letters += len(text)
                        if text and progress is not None:
                            await transfer.passed_on(progress(text))
                if reader.has_ended:
                    read = partial(self.read_whole, meter, reader.body())
                    return transfer.understood(read)
            message = f"the stream of `{self.name}` broke off before its end"
            raise ModelError(message, "connection")
        except ModelError as error:
            error.is_final = error.is_final or (progress is not None and letters > 0)
            raise
        finally:
            body = reader.body()
            meter.usage = meter.usage or self.usage_in(body) or self.usage_in(said)
            came = max(letters, meter.letters or letters_in(body))
            meter.letters = came or letters_in(said) or None
            if not reader.has_ended and meter.usage is not None:
                output = max(meter.usage.output, letters // 4)
                meter.usage = replace(meter.usage, output=output)
