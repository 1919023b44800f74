"""What a spec is once its shape is checked: chains, steps, blocks, definitions.

Texts of the user's (conditions, prompts, templates) stay texts here; the room
`expressions` reads them. Places are kept as `Place`, never as spans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from n3gen.spec.blocks.for_ import For
from n3gen.spec.blocks.if_ import Branch, If
from n3gen.spec.blocks.match import Case, Match
from n3gen.spec.blocks.while_ import While
from n3gen.spec.entries import Block, Entries, Entry, Step
from n3gen.spec.model_call_keys import ModelCall
from n3gen.spec.nodes import (
    Budget,
    Cache,
    Data,
    Fallback,
    Node,
    Place,
    RateLimit,
    Retry,
    Timeouts,
    Tool,
)
from n3gen.spec.steps.chain import ChainStep
from n3gen.spec.steps.connector import ConnectorStep
from n3gen.spec.steps.http import HttpStep
from n3gen.spec.steps.llm import LlmStep
from n3gen.spec.steps.python import PythonStep
from n3gen.spec.steps.value import ValueStep
from n3gen.spec.test_nodes import Test
from n3gen.spec.texts import Text, data_texts, expression
from n3gen.spec.type_refs import TypeRef

__all__ = [
    "Api",
    "Block",
    "Branch",
    "Budget",
    "Cache",
    "Case",
    "Chain",
    "ChainStep",
    "Connection",
    "Connector",
    "ConnectorStep",
    "Data",
    "Entries",
    "Entry",
    "Fallback",
    "For",
    "HttpStep",
    "If",
    "InputField",
    "Limit",
    "LlmStep",
    "Match",
    "ModelCall",
    "Node",
    "Place",
    "PythonStep",
    "RateLimit",
    "Retry",
    "Spec",
    "Step",
    "Text",
    "Timeouts",
    "Tool",
    "TypeDef",
    "TypeField",
    "TypeRef",
    "ValueStep",
    "While",
]

Api = Literal["openai", "anthropic", "gemini", "ollama", "http", "local"]
"""Whose protocol a connection speaks; `local` answers without a network."""

Way = Literal["schema", "tool", "json", "prompt"]
"""How an answer of a type is asked for."""


class InputField(Node):
    """One field of a chain's input; `required` is false where it has a default."""

    name: str
    type: TypeRef
    required: bool = True
    default: Data = None


class TypeField(InputField):
    """One field of a declared type."""


class TypeDef(Node):
    """`type NAME:` a record of typed fields."""

    name: str
    description: str | None = None
    fields: tuple[TypeField, ...]


class Connection(Node):
    """`connection NAME:` where model calls go.

    `endpoint` is for `api: openai`. For `api: http`, `body` is data whose templates read
    `prompt`, `system`, `model`, `options` and `messages`, and `answer` an expression
    over the `body` that comes back. `latency`, in seconds, and `answers` are for
    `api: local`: an answer's `contains` are texts of which one must stand in the
    prompt (none: always), and the first that fits is given.
    """

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


class LocalAnswer(Node):
    """One canned answer of an `api: local` connection."""

    contains: tuple[str, ...] = ()
    answer: str


class Connector(ModelCall):
    """`connector NAME:` a model call with a name; `timeout` is seconds."""

    name: str
    description: str | None = None
    connection: str
    options: dict[str, Data] = Field(default_factory=dict)
    output: TypeRef | None = None
    timeout: float | None = None
    retry: Retry | None = None
    fallback: tuple[Fallback, ...] = ()
    cache: Cache | None = None

    def texts(self) -> Iterator[Text]:
        """Yield the connector's templates."""
        yield from data_texts(self.options, "options")
        yield from self.call_texts()
        if self.cache is not None:
            yield from data_texts(self.cache.key, "cache", "key")


class Limit(Node):
    """`limit NAME: n`, at most `permits` at once, `within` a parent."""

    name: str
    permits: int
    within: str | None = None


class Chain(Node):
    """`chain NAME:`; `timeout` is seconds.

    `result` is data whose texts are templates; where `has_result` is false, the
    last batch's result is the chain's. `used` chains came from a `use`d file:
    they can be called by kind `chain` and are not offered by the module.
    """

    name: str
    description: str | None = None
    timeout: float | None = None
    schedule: Literal["file", "dag"] = "file"
    input: tuple[InputField, ...] | None = None
    steps: Entries
    result: Data = None
    has_result: bool = False
    budget: Budget | None = None
    used: bool = False

    def texts(self) -> Iterator[Text]:
        """Yield the templates of the chain's result."""
        return data_texts(self.result, "result")


class Spec(BaseModel):
    """All that one module is made from: a file's blocks and those of the files it uses.

    `tests` are the file's own.

    `rejected` are the names of chains and definitions that lost a part, or are left
    out, because of an error already told: a later phase neither calls them
    unknown nor counts on their having all their parts. It `lacks_files` where one
    that it uses is not there, which may have what seems unknown.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str
    chains: tuple[Chain, ...] = ()
    connections: tuple[Connection, ...] = ()
    connectors: tuple[Connector, ...] = ()
    types: tuple[TypeDef, ...] = ()
    limits: tuple[Limit, ...] = ()
    tests: tuple[Test, ...] = ()
    rejected: frozenset[str] = frozenset()
    lacks_files: bool = False


Connection.model_rebuild()
