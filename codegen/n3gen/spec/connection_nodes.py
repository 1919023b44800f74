"""The node of a connection: where model calls go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal, get_args

from pydantic import Field

from n3gen.spec.entries import RETRY
from n3gen.spec.key_shapes import (
    METHODS,
    Choice,
    Duration,
    Expression,
    ListOf,
    Mapping,
    OneOf,
    Prose,
)
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import (
    Data,
    Node,
    RateLimit,
    Retry,
    Timeouts,
)
from n3gen.spec.texts import Text, data_texts, expression

__all__ = ["Api", "Connection", "LocalAnswer", "Way"]

Api = Literal["openai", "anthropic", "gemini", "ollama", "http", "local"]
"""Whose protocol a connection speaks; `local` answers without a network."""

Way = Literal["schema", "tool", "json", "prompt"]
"""How an answer of a type is asked for."""


_ENV = AnyText()

_ANSWER = Record(
    "answer",
    (
        Key(
            "contains",
            OneOf(AnyText(), ListOf(AnyText())),
            "texts of which one is in the prompt; without them it always fits",
        ),
        Key("answer", AnyText(), "the answer", needed=True),
    ),
    "a canned answer",
)


class LocalAnswer(Node):
    """One canned answer of an `api: local` connection."""

    KEYS: ClassVar[tuple[Key, ...]] = _ANSWER.keys

    contains: tuple[str, ...] = ()
    answer: str


class Connection(Node):
    """`connection NAME:` where model calls go.

    `endpoint` is for `api: openai`. For `api: http`, `body` is data whose templates read
    `prompt`, `system`, `model`, `options` and `messages`, and `answer` an expression
    over the `body` that comes back. `latency`, in seconds, and `answers` are for
    `api: local`: an answer's `contains` are texts of which one must stand in the
    prompt (none: always), and the first that fits is given.
    """

    OWN: ClassVar[dict[Api, tuple[Key, ...]]] = {
        "openai": (
            Key(
                "endpoint",
                Choice("chat", "responses"),
                "which of the API's two ways of asking is used",
                "chat",
            ),
        ),
        "http": (
            Key("method", Choice(*METHODS), "the method of the requests", "POST"),
            Key("path", AnyText(), "what follows the `base_url`"),
            Key(
                "body",
                AnyData(),
                "the body of the requests: its templates read `prompt`, `system`, "
                "`model`, `messages` and `options`",
            ),
            Key(
                "answer",
                Expression(),
                "where the answer is: an expression over `body`, the parsed response",
            ),
        ),
        "local": (
            Key("latency", Duration(), "how long an answer takes", 0.0),
            Key(
                "answers",
                ListOf(_ANSWER),
                "canned answers, of which the first that fits is given",
            ),
        ),
    }
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("description", Prose(), "what it is for"),
        Key(
            "api",
            Choice(*get_args(Api)),
            "whose protocol it speaks; `local` answers without a network",
            needed=True,
            also=("provider",),
        ),
        Key("base_url", _ENV, "the address of the server; may be `env(...)`"),
        Key("api_key", _ENV, "`env(...)`: the secret stays out of the spec"),
        Key("model", _ENV, "the model of its calls that name none; may be `env(...)`"),
        Key("headers", Mapping(_ENV), "headers of its requests; may be `env(...)`"),
        Key(
            "query",
            Mapping(_ENV),
            "parameters of its addresses; may be `env(...)`",
            also=("params",),
        ),
        Key(
            "timeout",
            OneOf(
                Duration(),
                Record("timeouts", Timeouts.KEYS, "the times of a request"),
            ),
            "for a whole answer (60 s), or a mapping of times",
        ),
        Key(
            "rate_limit",
            Record("rate_limit", RateLimit.KEYS, "how fast a connection may be asked"),
            "how fast it may be asked",
        ),
        RETRY,
        Key(
            "structured_output",
            Choice(*get_args(Way)),
            "how a typed answer is asked for, where a server cannot do its API's best way",
        ),
        Key(
            "idempotency_header",
            AnyText(),
            "the header that has one key for all tries of a request",
        ),
        *(key for keys in OWN.values() for key in keys),
    )

    name: str
    description: str | None = None
    api: Api
    endpoint: Literal["chat", "responses"] = "chat"
    base_url: str | None = None
    api_key: str | None = None
    model: str | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    query: dict[str, str] = Field(default_factory=dict)
    timeouts: Timeouts | None = None
    rate_limit: RateLimit | None = None
    retry: Retry | None = None
    structured_output: Way | None = None
    idempotency_header: str | None = None
    # http
    method: str = "POST"
    path: str | None = None
    body: Data = None
    has_body: bool = False
    answer: str | None = None
    # local
    latency: float = 0.0
    answers: tuple[LocalAnswer, ...] = ()

    def texts(self) -> Iterator[Text]:
        """Yield what an endpoint of the user's own is sent, and where its answer stands."""
        yield from data_texts(self.body, "body")
        if self.answer is not None:
            yield expression(self.answer, "answer")
