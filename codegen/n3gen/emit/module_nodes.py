"""The nodes of a module: types, connectors, connections, chains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from n3gen.emit.channels import OpenChannel
from n3gen.emit.link import Names
from n3gen.emit.nodes import BlockFunction, Node
from n3gen.emit.step_function import StepFunction
from n3gen.expressions import Code
from n3gen.spec.model import Chain
from n3gen.target import Target

__all__ = [
    "Asked",
    "Callee",
    "ChainFunctions",
    "Connections",
    "ConnectorFunction",
    "Constant",
    "Endpoint",
    "Import",
    "Input",
    "InputField",
    "ModelType",
    "Module",
    "StateConstant",
    "TypeField",
]


@dataclass(frozen=True, slots=True)
class TypeField:
    """A field of a declared type."""

    name: str
    annotation: Code
    default: Code | None


@dataclass(frozen=True, slots=True)
class ModelType(Node):
    """The pydantic model of a declared type.

    One that `is_late` reads by support which a module of its own has further down.
    """

    template = "types.py.j2"

    name: str
    doc: str
    fields: tuple[TypeField, ...]
    has_aliases: bool = False
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class InputField:
    """A field of a chain's input: its key in the payload, and its parameter for callers.

    `about` is the description, or empty. A default that `is_mutable` is that of no parameter, which is `None` instead.
    """

    name: str
    key: Code
    annotation: Code
    kind: Code
    default: Code | None
    parameter: Code
    is_mutable: bool
    about: str = ""


@dataclass(frozen=True, slots=True)
class Input(Node):
    """The input of a chain: its record and the function that checks it."""

    template = "input.py.j2"

    record: str
    check: str
    chain: str
    word: str
    title: str
    fields: tuple[InputField, ...]
    parameters: tuple[Code, ...]
    has_aliases: bool = False


@dataclass(frozen=True, slots=True)
class Callee:
    """A chain as others call it: its function, its facts and its input, if it is declared."""

    chain: Chain
    function: str
    facts: str
    input: Input | None


@dataclass(frozen=True, slots=True)
class ConnectorFunction(Node):
    """A connector of the spec: the function that says what it asks."""

    template = "connector.py.j2"

    function: str
    parameters: tuple[Code, ...]
    doc: str
    is_embedding: bool
    call: Code


@dataclass(frozen=True, slots=True)
class Endpoint(Node):
    """A function that writes the body for an endpoint or reads its answer."""

    template = "endpoint.py.j2"

    function: str
    parameter: Code
    doc: str
    value: Code


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant of the module."""

    name: str
    value: Code


@dataclass(frozen=True, slots=True)
class StateConstant(Node):
    """A state: its class, what that is made with, and what says which cell a run means."""

    template = "state.py.j2"

    name: str
    kind: Code
    parts: tuple[Code, ...]
    by: Code | None


@dataclass(frozen=True, slots=True)
class ActorConstant(Node):
    """An actor: its class, what that is made with, and what its object is made of."""

    template = "actor.py.j2"

    name: str
    kind: Code
    parts: tuple[Code, ...]
    given: Code | None


@dataclass(frozen=True, slots=True)
class Connections(Node):
    """The connections, caches, limits, states and actors of a module."""

    template = "connections.py.j2"

    constants: tuple[Constant, ...]
    states: tuple[StateConstant, ...] = ()
    actors: tuple[ActorConstant, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chain can be sent answers to, what checks them, and whether they have keys."""

    name: str
    check: Code | None
    has_keys: bool


@dataclass(frozen=True, slots=True)
class ChainFunctions(Node):
    """A chain: its public function, if callers may run it, its flow and its steps.

    `controls` are the names of the parameters for connectors, timeout and HTTP client (of
    a durable chain: timeout and run id), and of the variables for the run and its result,
    `versions` those of its steps. `returned` is another name for what it `returns`, where
    a parameter has that of a type. Where it `reads_kept`, its result has a type that JSON
    does not show. `connectors` are called `with_context`, or `by_name`. Where the chain
    calls one, `asked` are the names of all connectors of the spec, and `given` those of
    all others of the module. `variables` are those of the environment that every run
    needs, `asked_by` those that only connectors of the spec need, with these.
    """

    template = "chain.py.j2"

    name: str
    public: str | None
    doc: str
    flow_doc: str
    controls: tuple[str, ...]
    uses_http: bool
    input: Input | None
    payload: Code
    returns: Code
    returned: Code | None
    reads_kept: bool
    function: str
    facts: str
    description: str
    timeout: Code
    steps: tuple[str, ...]
    connectors: tuple[str, ...]
    versions: Mapping[str, str]
    with_context: tuple[str, ...]
    by_name: tuple[tuple[str, ...], ...]
    asked: tuple[str, ...]
    given: tuple[str, ...]
    variables: tuple[str, ...]
    asked_by: Mapping[str, tuple[str, ...]]
    budget: Code | None
    slots: Code | None
    channels: tuple[OpenChannel, ...]
    signals: tuple[Asked, ...]
    body: tuple[Node, ...]
    is_pipeline: bool
    functions: tuple[StepFunction | BlockFunction, ...]


@dataclass(frozen=True, slots=True)
class Import:
    """A module that is imported, under another name where its own is taken."""

    module: str
    alias: str | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Module(Node):
    """Everything in a module but the support that is linked to it.

    `runs` is the file in which a durable target keeps its runs, `version` that of the code
    which they are of, where it is not that of the module alone. Where a module `spreads`,
    other processes take rounds of its loops. One whose runs can be seen has
    `views` of them.
    """

    template = "module.py.j2"

    doc: tuple[str, ...]
    source: str
    public_names: tuple[str, ...]
    types: tuple[ModelType, ...]
    connectors: tuple[ConnectorFunction | Endpoint, ...]
    chains: tuple[ChainFunctions, ...]
    connections: Connections
    defaults: Code
    closes: tuple[str, ...]
    names: Names
    http: str | None
    records: bool
    handles: bool
    asks: bool
    feeds: bool
    target: Target
    spreads: bool
    views: Code | None = None
    runs: str = ""
    version: str = ""
    imports: tuple[Import, ...] = ()
