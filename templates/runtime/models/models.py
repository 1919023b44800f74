"""What a model is asked and what it answers, in no provider's words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import KW_ONLY, dataclass, field
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
    "ModelAnswer",
    "ModelCall",
    "ModelImage",
    "ModelRequest",
    "ModelTool",
    "OutputType",
    "Progress",
    "Structure",
    "TokenUsage",
    "ToolCall",
    "ToolResult",
    "TryWork",
    "UsageMeter",
]

Progress = Callable[[str], Awaitable[None]]
"""Receives each piece of text as it comes; may wait for a listener that is behind."""

TryWork = Callable[[Step, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Does the work of a step as often as it may be tried: a `Tries`."""


@dataclass(frozen=True)
class ModelImage:
    """A picture in a message: its address, or its bytes in base64 with their type."""

    url: str | None = None
    data: str = ""
    media_type: str = ""


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool that a model asks for.

    `text` are the arguments as the model wrote them. Where they are not a JSON object,
    `fault` says so.
    """

    id: str
    name: str
    arguments: Mapping[str, Any]
    fault: str = ""
    text: str = field(default="", compare=False)


@dataclass(frozen=True)
class ToolResult:
    """What a tool returned, as text (JSON where it is not text already)."""

    call: ToolCall
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class ChatTurn:
    """One turn of a conversation.

    `images` are `ModelImage`s, files among them; of any type, so that modules without
    them carry no class; so are `calls`, `ToolCall`s of the assistant, and `results`,
    `ToolResult`s, which answer them in a user's turn.
    `raw` is an assistant's turn as its provider wrote it, for that provider to read again.
    """

    role: Literal["system", "user", "assistant"]
    text: str = ""
    images: tuple[Any, ...] = ()
    calls: tuple[Any, ...] = ()
    results: tuple[Any, ...] = ()
    raw: Sequence[dict[str, Any]] | None = None


@dataclass(frozen=True)
class AnswerSchema:
    """The JSON schema that an answer must fit.

    It is as pydantic writes it (`$defs`, `anyOf`), and its root is always an object.
    """

    name: str
    schema: Mapping[str, Any]


class Structure:
    """How a provider is asked for an answer of a type: by nothing, unless overridden."""

    def fields(self, schema: AnswerSchema) -> dict[str, Any]:
        """The fields of a request that ask for the type."""
        return {}

    def words(self, schema: AnswerSchema) -> str:
        """What the system prompt says of the type."""
        return ""


class OutputType(Protocol):
    """The type of an answer: what `Typed` says of it."""

    def schema(self) -> AnswerSchema: ...

    def parse(self, text: str, asked: str = "", *, is_cut: bool = False) -> Any: ...

    def fault_prompt(self, error: ModelError) -> str: ...

    def partials(self) -> Callable[[str], Any]: ...

    def accept(self, value: Any) -> Any: ...


class ModelTool(Protocol):
    """A Python function that a model may call."""

    name: str

    def description(self) -> str: ...

    def parameters(self) -> Mapping[str, Any]:
        """The JSON schema of its arguments, an object."""
        ...

    async def call(self, step: Step, call: ToolCall) -> ToolResult:
        """Call it; what it raises is sent to the model as an error."""
        ...


@dataclass(frozen=True)
class ModelCall:
    """What a model is asked.

    `options` are sent as they are. `tools` are `ModelTool`s, `rounds` is how often they
    may be called before an answer. `connector` is the one of the spec that asks, a
    `ModelConnector`; `Any`, so that a module without one need not carry the class.
    """

    connection: Connection
    prompt: str | None = None
    system: str | None = None
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tools: tuple[Any, ...] = ()
    rounds: int = 8
    connector: Any = field(default=None, kw_only=True)

    async def turns(self) -> list[ChatTurn]:
        """The conversation that the model is to continue."""
        system, prompt = self.system, self.prompt
        turns = [] if system is None else [ChatTurn("system", system)]
        return turns if prompt is None else [*turns, ChatTurn("user", prompt)]


@dataclass(frozen=True)
class ModelRequest:
    """One request of a model call: the conversation so far.

    All tries of a request have its `idempotency_key`.
    """

    model: str | None
    messages: tuple[ChatTurn, ...]
    options: Mapping[str, Any]
    schema: AnswerSchema | None = None
    tools: tuple[Any, ...] = ()

    @cached_property
    def idempotency_key(self) -> str:
        return str(uuid4())


@dataclass(frozen=True)
class TokenUsage:
    """Tokens that a provider counted; `input` includes the `cached` ones."""

    input: int = 0
    output: int = 0
    cached: int = 0


@dataclass
class UsageMeter:
    """The tokens of one request, known even where its answer is refused or broken off.

    A request that `has_begun` to be answered without a `usage` was not counted by its
    provider. `model` is the one that answers, by its word, in so many `letters`.
    """

    usage: TokenUsage | None = None
    model: str | None = None
    has_begun: bool = False
    letters: int | None = None


@dataclass(frozen=True)
class ModelAnswer:
    """What a model answered; `calls`, `ToolCall`s, where it asks for tools first.

    An answer that `is_cut` ended at a limit of tokens. `raw` is for `ChatTurn.raw`.
    """

    text: str
    calls: tuple[Any, ...] = ()
    usage: TokenUsage | None = None
    model: str | None = None
    raw: Sequence[dict[str, Any]] | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class Connection(ABC):
    """Where models are asked; `prices` says what a model's tokens cost, if it is known."""

    name: str
    _: KW_ONLY
    model: Env | str | None = None
    prices: Callable[[str | None, TokenUsage], float | None] | None = None
    # A `RateLimit`; `Any`, so that a module without one need not carry the class.
    rate_limit: Any = None

    def admit(
        self,
        step: Step,
        request: ModelRequest,
        limiter: Limiter | None = None,
        timeout: float | None = None,
    ) -> AbstractAsyncContextManager[Any]:
        """The right to send one request, in the connection's rate limit.

        It is entered when the request may go, and its time is `timeout` seconds from
        then on; the time before counts as queued.
        """
        if self.rate_limit is None:
            return Permit(step, limiter, timeout)
        place: AbstractAsyncContextManager[Any]
        place = self.rate_limit.admit(self, step, request, limiter, timeout)
        return place

    def default_model(self) -> str | None:
        """The model of calls that name none."""
        return self.model if isinstance(self.model, str) else None

    def cost_of(self, model: str | None, usage: TokenUsage) -> float | None:
        """What tokens of a model cost; `None` for one that has no price."""
        return None if self.prices is None else self.prices(model, usage)

    @abstractmethod
    async def send(
        self,
        request: ModelRequest,
        progress: Progress | None,
        meter: UsageMeter | None = None,
    ) -> ModelAnswer:
        """Send one request; with `progress` its text is streamed.

        Tokens are noted in `meter`, whatever becomes of them. Raises `ModelError`.
        """

    def identity(self) -> tuple[str, ...]:
        """What distinguishes this connection from others, without its secrets."""
        return (type(self).__name__, self.name)
