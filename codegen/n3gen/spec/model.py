"""Takes nothing; says what a checked-for-shape spec is: chains, steps, blocks, definitions.

Texts of the user's (conditions, prompts, templates) stay texts here; the room
`expressions` reads them. Places are kept as `Place`, never as spans.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

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
from n3gen.spec.test_nodes import Test

__all__ = [
    "Api",
    "Branch",
    "Budget",
    "Cache",
    "Case",
    "Chain",
    "Connection",
    "Connector",
    "Data",
    "Entry",
    "Fallback",
    "For",
    "If",
    "InputField",
    "Kind",
    "Limit",
    "Match",
    "Node",
    "Place",
    "RateLimit",
    "Retry",
    "Spec",
    "Step",
    "Timeouts",
    "Tool",
    "TypeDef",
    "TypeField",
    "TypeRef",
    "While",
]

Kind = Literal["connector", "llm", "http", "python", "chain", "value"]

Api = Literal["openai", "anthropic", "gemini", "ollama", "http", "local"]
"""Whose protocol a connection speaks; `local` answers without a network."""

Way = Literal["schema", "tool", "json", "prompt"]
"""How an answer of a type is asked for."""


class TypeRef(BaseModel):
    """A type as a spec writes it.

    `name` is `str`, `int`, `float`, `bool`, `any`, `none`, `list`, `dict`,
    `union`, `one of`, or a declared type's name. `args` are the item type of a
    list, the key and value types of a dict, the members of a union. `values` are
    the literals of `one of`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    args: tuple[TypeRef, ...] = ()
    values: tuple[str | int | float | bool | None, ...] = ()


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


class LocalAnswer(Node):
    """One canned answer of an `api: local` connection."""

    contains: tuple[str, ...] = ()
    answer: str


class Connector(Node):
    """`connector NAME:` a model call with a name; `timeout` is seconds.

    It has a `prompt`, `messages` or both, or `embed`, the texts to make vectors of.
    `messages` are a list of mappings whose texts are templates, or one text that is an
    expression; so are `images`, which go with the prompt.
    """

    name: str
    description: str | None = None
    connection: str
    model: str | None = None
    prompt: str | None = None
    system: str | None = None
    messages: Data = None
    images: Data = None
    embed: Data = None
    options: dict[str, Data] = Field(default_factory=dict)
    tools: tuple[Tool, ...] = ()
    rounds: int | None = None
    output: TypeRef | None = None
    timeout: float | None = None
    retry: Retry | None = None
    fallback: tuple[Fallback, ...] = ()
    cache: Cache | None = None


class Limit(Node):
    """`limit NAME: n`, at most `permits` at once, `within` a parent."""

    name: str
    permits: int
    within: str | None = None


class Step(Node):
    """One step, of any kind; what a kind does not use is unset.

    `timeout` is seconds. `limited` is false for `limit: none`. `with_` are the
    keyword arguments of a python target. `value` of kind `value` is data whose
    texts are templates.
    """

    name: str
    kind: Kind
    description: str | None = None
    parallel: bool = False
    depends_on: tuple[str, ...] = ()
    when: str | None = None
    timeout: float | None = None
    limited: bool = True
    output: TypeRef | None = None
    target: str | None = None
    options: dict[str, Data] = Field(default_factory=dict)
    retry: Retry | None = None
    fallback: tuple[Fallback, ...] = ()
    cache: Cache | None = None
    # llm: as a connector's
    prompt: str | None = None
    system: str | None = None
    messages: Data = None
    images: Data = None
    embed: Data = None
    tools: tuple[Tool, ...] = ()
    rounds: int | None = None
    model: str | None = None
    connection: str | None = None
    # http
    method: str = "GET"
    url: str | None = None
    headers: dict[str, Data] = Field(default_factory=dict)
    query: dict[str, Data] = Field(default_factory=dict)
    json_: Data = None
    # python
    with_: dict[str, Data] | None = None
    executor: Literal["thread", "process"] = "thread"
    # chain: the payload of the other chain, data whose texts are templates
    payload: Data = None
    # value
    value: Data = None


class Branch(Node):
    """`if` or `elif` with its condition."""

    condition: str
    steps: tuple[Entry, ...]


class If(Node):
    """`if` / `elif` / `else`."""

    name: str | None = None
    parallel: bool = False
    branches: tuple[Branch, ...]
    otherwise: tuple[Entry, ...] | None = None


class Case(Node):
    """One `case` with its literals."""

    values: tuple[str | int | float | bool | None, ...]
    steps: tuple[Entry, ...]


class Match(Node):
    """`match` on an expression's value."""

    name: str | None = None
    parallel: bool = False
    subject: str
    cases: tuple[Case, ...]
    otherwise: tuple[Entry, ...] | None = None


class While(Node):
    """`while CONDITION max N`: at most `max` rounds.

    Where the condition reads a step of its own body, the first round runs before
    the condition is asked.
    """

    name: str | None = None
    parallel: bool = False
    condition: str
    max: int
    steps: tuple[Entry, ...]


class For(Node):
    """`for VARIABLE in ITEMS`, one round after another."""

    name: str | None = None
    parallel: bool = False
    variable: str
    items: str
    steps: tuple[Entry, ...]


Entry = Step | If | Match | While | For


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
    steps: tuple[Entry, ...]
    result: Data = None
    has_result: bool = False
    budget: Budget | None = None
    used: bool = False


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


for _model in (Connection, Branch, If, Case, Match, While, For, Chain, TypeRef):
    _model.model_rebuild()
