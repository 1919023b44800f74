"""The node of a connection: where model calls go. Each provider has a class of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field

from n3gen.source import Loc
from n3gen.spec.entries import RETRY
from n3gen.spec.key_shapes import Choice, Duration, Mapping, OneOf, Prose
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Node, RateLimit, Retry, Timeouts
from n3gen.spec.reader import Reader
from n3gen.spec.texts import Text

__all__ = ["Connection", "Way", "option_names"]

Way = Literal["schema", "tool", "json", "prompt"]
"""How an answer of a type is asked for."""

_ENV = AnyText()


def option_names(*texts: str, camel: bool = False) -> frozenset[str]:
    """Return the names of options in texts, with `camel` also as `camelCase`."""
    names = {name for text in texts for name in text.split()}
    return frozenset(names | {_camel(name) for name in names} if camel else names)


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


class Connection(Node):
    """`connection NAME:` where model calls go.

    Each `api` is a class in `spec/providers`, which says what its provider can do:

    - `KEYS` are its own keys, beside the `COMMON` ones;
    - `PROTOCOLS` are the ways of asking that a key may choose from, each with a form in
      `emit/providers`; without any, the `api` is the only one;
    - `WAYS` are the values of `structured_output` that it has;
    - `CANNOT` are the keys of a model call that it has nothing for;
    - `OPTIONS` and `EMBED_OPTIONS` are the options that a call may have, `None` any.
    """

    COMMON: ClassVar[tuple[Key, ...]] = (
        Key("description", Prose(), "what it is for"),
        Key("base_url", _ENV, "the address of the server; may be `env(...)`"),
        Key(
            "api_key",
            _ENV,
            "`env(...)`: the secret stays out of the spec",
            also=("key", "token"),
        ),
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
    )

    api: ClassVar[str]
    KEYS: ClassVar[tuple[Key, ...]] = ()
    PROTOCOLS: ClassVar[tuple[str, ...]] = ()
    WAYS: ClassVar[tuple[str, ...]] = get_args(Way)
    CANNOT: ClassVar[tuple[str, ...]] = ()
    OPTIONS: ClassVar[frozenset[str] | None] = None
    EMBED_OPTIONS: ClassVar[frozenset[str] | None] = None
    asks_server: ClassVar[bool] = True
    needs_model: ClassVar[bool] = True
    streams: ClassVar[bool] = True

    name: str
    description: str | None = None
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

    @classmethod
    def read_own(
        cls, reader: Reader, loc: Loc, values: dict[str, Any], what: str
    ) -> None:
        """Make the values of the api's own keys what the node has."""

    @property
    def protocol(self) -> str:
        """How the server is asked."""
        return self.api

    @property
    def about(self) -> str:
        """What knows the options of a call, in words."""
        return f"`api: {self.api}`"

    def options(self, *, embeds: bool) -> frozenset[str] | None:
        """Return the options that a call may have; `None` where it may have any."""
        return self.EMBED_OPTIONS if embeds else self.OPTIONS

    def texts(self) -> Iterator[Text]:
        """Yield the expressions and templates of the connection."""
        yield from ()
