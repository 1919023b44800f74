"""The base of all nodes of a spec, and the nodes that several constructs share.

These say how work is done: tries, fallbacks, caches, budgets, rates, timeouts, tools.
Each has its keys beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from n3gen.source import Loc
from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    Flag,
    FunctionName,
    ListOf,
    Name,
    Number,
    OneOf,
    Text,
    Whole,
)
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key
from n3gen.spec.zero_durations import DurationOrZero
from n3gen.syntax.uses import SPEC_ENDINGS

__all__ = [
    "FAILURES",
    "MOST_TRIES",
    "Backoff",
    "Budget",
    "Cache",
    "Data",
    "FailureWord",
    "Fallback",
    "Node",
    "Place",
    "RateLimit",
    "Retry",
    "Timeouts",
    "Tool",
]

Data = Any
"""Plain data: `dict`, `list`, `str`, `int`, `float`, `bool`, `None`, nested at will."""

Backoff = Literal["exponential", "linear", "constant"]
"""How the delay between tries grows."""

FailureWord = str | int
"""A kind of failure: a word such as `timeout` or `5xx`, or a status from 400 to 599."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node of the spec stands: the file's shown path and the loc in its document."""

    path: str
    loc: Loc

    @property
    def stem(self) -> str:
        """The file's path as it stays when the file takes the other spelling."""
        ending = next((e for e in SPEC_ENDINGS if self.path.endswith(e)), "")
        return self.path.removesuffix(ending)

    def __truediv__(self, key: str | int) -> Place:
        """The place of a key or an index inside this one."""
        return Place(self.path, (*self.loc, key))


FAILURES = (
    "timeout",
    "connection",
    "invalid_output",
    "context_length",
    "error",
    "4xx",
    "5xx",
)
"""The words for kinds of failures."""

_FAILURE = OneOf(Choice(*FAILURES), Whole(400, 599), called="a failure")
_ON = OneOf(_FAILURE, ListOf(_FAILURE, least=1))

MOST_TRIES = 100
"""The most further tries that a `retry` can ask for."""


class Node(BaseModel):
    """A part of a spec: it is frozen, and knows its keys and its place."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place = Field(exclude=True, repr=False)


class Retry(Node):
    """`retry:` at most `max` more tries; `delay` and `max_delay` are seconds.

    `on` are the failures that are tried again; `None` are those that the kind of work
    is tried again after.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "max",
            Whole(0, MOST_TRIES),
            "how many more tries there are",
            needed=True,
            also=("attempts", "retries", "times"),
        ),
        Key(
            "backoff",
            Choice("exponential", "linear", "constant"),
            "how the delay between tries grows",
            "exponential",
        ),
        Key(
            "delay",
            DurationOrZero(),
            "the delay before the second try",
            0.5,
            also=("interval", "wait"),
        ),
        Key("max_delay", Duration(), "the longest delay", 30.0),
        Key("jitter", Flag(), "whether the delay varies at random", True),
        Key(
            "on",
            _ON,
            "the failures that are tried again: words such as `timeout` and `5xx`, or statuses",
        ),
    )

    max: int
    backoff: Backoff = "exponential"
    delay: float = 0.5
    max_delay: float = 30.0
    jitter: bool = True
    on: tuple[FailureWord, ...] | None = None


class Fallback(Node):
    """A connector asked after a failure; `on` are the failures, `None` all."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "connector", Name("connectors"), "the connector that is asked", needed=True
        ),
        Key("on", _ON, "the failures after which it is asked"),
    )

    connector: str
    on: tuple[FailureWord, ...] | None = None


class Cache(Node):
    """`cache:` what is kept of results, for `ttl` seconds, in memory or in the file `path`.

    `key` is data whose texts are templates; without `has_key`, all that the work is
    given is its key.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("ttl", Duration(), "how long a result is kept; else for good"),
        Key(
            "key",
            AnyData(),
            "what identifies a result; else all that the work is given",
        ),
        Key("path", Text(), "the file that keeps them; else they are kept in memory"),
    )

    ttl: float | None = None
    key: Data = None
    has_key: bool = False
    path: str | None = None


class Budget(Node):
    """`budget:` what the model calls of a run may use."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("requests", Whole(), "requests to models"),
        Key("tokens", Whole(), "tokens, those of prompts and answers"),
        Key("cost", Number(), "the price of all calls, in the currency of the prices"),
    )

    requests: int | None = None
    tokens: int | None = None
    cost: float | None = None


class RateLimit(Node):
    """`rate_limit:` how fast a connection may be asked."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "requests_per_minute",
            Whole(),
            "requests started in a minute",
            also=("rpm",),
        ),
        Key("tokens_per_minute", Whole(), "tokens used in a minute", also=("tpm",)),
        Key("concurrent_requests", Whole(), "requests under way at once"),
    )

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent_requests: int | None = None


class Timeouts(Node):
    """The times of a connection's requests, in seconds."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("connect", Duration(), "until the connection is established"),
        Key("first_token", Duration(), "until the answer begins"),
        Key("idle", Duration(), "between two pieces of an answer"),
        Key("total", Duration(), "for a whole answer"),
    )

    connect: float | None = None
    first_token: float | None = None
    idle: float | None = None
    total: float | None = None


class Tool(Node):
    """A function that a model may have called; `target` is `package.module:function`."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("name", Name(), "the name that the model sees; else the function's"),
        Key(
            "target",
            FunctionName(),
            "`package.module:function`",
            needed=True,
            also=("function",),
        ),
        Key("description", Text(), "what the model reads of it; else its docstring"),
    )

    name: str
    target: str
    description: str | None = None
