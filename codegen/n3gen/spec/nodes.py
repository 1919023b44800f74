"""Takes nothing; says what each node of a spec has, and the nodes that say how work is done.

These are the parts that several blocks share: tries, what stands in, what is kept,
what may be spent, how fast, how long, and which tools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from n3gen.source import Loc

__all__ = [
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

    def __truediv__(self, key: str | int) -> Place:
        """The place of a key or an index inside this one."""
        return Place(self.path, (*self.loc, key))


class Node(BaseModel):
    """What every part of a spec has: it is frozen, knows its keys, and its place."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    place: Place = Field(exclude=True, repr=False)


class Retry(Node):
    """`retry:` at most `max` more tries; `delay` and `max_delay` are seconds.

    `on` are the failures that are tried again; `None` are those that the kind of work
    is tried again after.
    """

    max: int
    backoff: Backoff = "exponential"
    delay: float = 0.5
    max_delay: float = 30.0
    jitter: bool = True
    on: tuple[FailureWord, ...] | None = None


class Fallback(Node):
    """A connector that stands in; `on` are the failures it does so after, `None` all."""

    connector: str
    on: tuple[FailureWord, ...] | None = None


class Cache(Node):
    """`cache:` what is kept of results, for `ttl` seconds, in memory or in the file `path`.

    `key` is data whose texts are templates; without `has_key`, all that the work is
    given is its key.
    """

    ttl: float | None = None
    key: Data = None
    has_key: bool = False
    path: str | None = None


class Budget(Node):
    """`budget:` what the model calls of a run may come to."""

    requests: int | None = None
    tokens: int | None = None
    cost: float | None = None


class RateLimit(Node):
    """`rate_limit:` how fast a connection may be asked."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    concurrent_requests: int | None = None


class Timeouts(Node):
    """The times of a connection's requests, in seconds."""

    connect: float | None = None
    first_token: float | None = None
    idle: float | None = None
    total: float | None = None


class Tool(Node):
    """A function that a model may have called; `target` is `package.module:function`."""

    name: str
    target: str
    description: str | None = None
