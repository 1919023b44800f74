"""Takes nothing; says what a model is asked and what it answers, in no provider's words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, Protocol
from uuid import uuid4

from ..http.secrets import Env
from ..limits.permit import Permit
from ..recovery.failures import ModelError
from ..run.process import Limiter
from ..run.run import Step

__all__ = [
    "AnswerSchema",
    "ChatTurn",
    "Connection",
    "EmbedCall",
    "ModelAnswer",
    "ModelCall",
    "ModelImage",
    "ModelPrice",
    "ModelRequest",
    "ModelTool",
    "OutputType",
    "Partials",
    "Progress",
    "TextVectors",
    "TokenUsage",
    "ToolCall",
    "ToolResult",
]

Progress = Callable[[str], Awaitable[None]]
"""Told of each piece of text as it comes; may wait for a listener that is behind."""


@dataclass(frozen=True)
class ModelImage:
    """A picture in a message: at an address, or its bytes in base64 with their type."""

    url: str | None = None
    data: str = ""
    media_type: str = ""


@dataclass(frozen=True)
class ToolCall:
    """A model's wish to have a tool called."""

    id: str
    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """What a tool returned, as text (JSON where it is no text already)."""

    call: ToolCall
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class ChatTurn:
    """One turn of a conversation.

    `calls` are the assistant's, `results` answer them in a user's turn. `raw` is an
    assistant's turn as its provider wrote it, for that provider to read again.
    """

    role: Literal["user", "assistant"]
    text: str = ""
    images: tuple[ModelImage, ...] = ()
    calls: tuple[ToolCall, ...] = ()
    results: tuple[ToolResult, ...] = ()
    raw: Any = None


@dataclass(frozen=True)
class AnswerSchema:
    """The JSON schema that an answer is to fit.

    It is as pydantic writes it (`$defs`, `anyOf`), and its root is always an object.
    """

    name: str
    schema: Mapping[str, Any]


class OutputType(Protocol):
    """The type that an answer is to be of."""

    def schema(self) -> AnswerSchema:
        """What the provider is told."""
        ...

    def parse(self, text: str) -> Any:
        """The value in an answer; raises `ModelError` of kind `invalid_output`."""
        ...

    def fault_prompt(self, error: ModelError) -> str:
        """The words with which a model is asked again."""
        ...

    def partials(self) -> Partials:
        """What reads an answer that is still coming."""
        ...


class Partials(Protocol):
    """Reads an answer of some type while it comes."""

    def feed(self, text: str) -> Any:
        """What can be read so far, now that `text` has come too; `None` if nothing new."""
        ...


class ModelTool(Protocol):
    """A Python function that a model may have called."""

    name: str

    def description(self) -> str: ...

    def parameters(self) -> Mapping[str, Any]:
        """The JSON schema of its arguments, an object."""
        ...

    async def call(self, step: Step, call: ToolCall) -> ToolResult:
        """Calls it; what it raises is told to the model as an error."""
        ...


@dataclass(frozen=True)
class ModelCall:
    """What a model is asked.

    `prompt` is the last user's turn, after those of `messages`: mappings with a
    `role` (`system`, `user`, `assistant`), a `content`, and maybe `images`. `images`
    are addresses, `data:` addresses or paths of files, which `load_image` reads, and go
    with the prompt. `options` go to the provider as they are. `rounds` is how often tools may be
    called before an answer.
    """

    connection: Connection
    prompt: str | None = None
    system: str | None = None
    messages: Sequence[Mapping[str, Any]] = ()
    images: Sequence[str] = ()
    load_image: Callable[[str], Awaitable[ModelImage]] | None = None
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tools: tuple[ModelTool, ...] = ()
    rounds: int = 8


@dataclass(frozen=True)
class EmbedCall:
    """Texts that a model is to turn into vectors; of one text the result is one vector."""

    connection: Connection
    texts: str | Sequence[str]
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class ModelRequest:
    """One request of a model call: the conversation so far.

    All tries of a request have its `idempotency_key`.
    """

    model: str | None
    system: str | None
    messages: tuple[ChatTurn, ...]
    options: Mapping[str, Any]
    schema: AnswerSchema | None = None
    tools: tuple[ModelTool, ...] = ()

    @cached_property
    def idempotency_key(self) -> str:
        return str(uuid4())


@dataclass(frozen=True)
class TokenUsage:
    """Tokens that a provider counted; `input` has the `cached` ones among them."""

    input: int = 0
    output: int = 0
    cached: int = 0

    def plus(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(
            self.input + other.input,
            self.output + other.output,
            self.cached + other.cached,
        )


@dataclass(frozen=True)
class ModelAnswer:
    """What a model answered; `calls` where it wants tools called first.

    `usage` is `None` where the provider told nothing; `model` is the one that
    answered, by the provider's word; `raw` is for `Message.raw`.
    """

    text: str
    calls: tuple[ToolCall, ...] = ()
    usage: TokenUsage | None = None
    model: str | None = None
    raw: Any = None


@dataclass(frozen=True)
class TextVectors:
    """Embeddings, in the order of the texts."""

    vectors: list[list[float]]
    usage: TokenUsage | None = None


@dataclass(frozen=True)
class ModelPrice:
    """What a million tokens cost; `cached` is for those of the input that were cached."""

    input: float
    output: float = 0.0
    cached: float | None = None

    def of(self, usage: TokenUsage) -> float:
        """The price of one request."""
        cached = self.input if self.cached is None else self.cached
        fresh = usage.input - usage.cached
        total = fresh * self.input + usage.cached * cached + usage.output * self.output
        return total / 1_000_000


@dataclass(frozen=True)
class Connection(ABC):
    """Where models are asked; `prices` are by the model's name."""

    name: str
    model: Env | str | None = field(default=None, kw_only=True)
    prices: Mapping[str, ModelPrice] = field(
        default_factory=dict[str, ModelPrice], kw_only=True
    )

    def admit(
        self,
        step: Step,
        tokens: int,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> AbstractAsyncContextManager[Any]:
        """The right to send one request of about `tokens` tokens.

        It is entered when the request may go, and its time is `timeout` seconds from
        then on; the time in line counts as queued.
        """
        return Permit(step, limiter, timeout)

    def default_model(self) -> str | None:
        """The model of calls that name none."""
        return self.model if isinstance(self.model, str) else None

    def price_of(self, model: str | None) -> ModelPrice | None:
        """The price of a model, if it has one."""
        return self.prices.get(model or "")

    @abstractmethod
    async def send(
        self, request: ModelRequest, progress: Progress | None
    ) -> ModelAnswer:
        """One request; with `progress` its text is streamed. Raises `ModelError`."""

    @abstractmethod
    async def embed(
        self, model: str | None, texts: Sequence[str], options: Mapping[str, Any]
    ) -> TextVectors:
        """The vectors of texts; raises `ModelError`."""

    def identity(self) -> tuple[str, ...]:
        """What tells this connection from others, without its secrets."""
        return (type(self).__name__, self.name)
