"""What a spec is once its shape is checked: chains, steps, blocks, definitions.

Texts of the user's (conditions, prompts, templates) stay texts here; the room
`expressions` reads them. Places are kept as `Place`, never as spans.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from n3gen.spec.actors import Actor
from n3gen.spec.blocks.do import Do
from n3gen.spec.blocks.finally_ import Finally
from n3gen.spec.blocks.for_ import For
from n3gen.spec.blocks.if_ import Branch, If
from n3gen.spec.blocks.match import Case, Match
from n3gen.spec.blocks.on_error import OnError
from n3gen.spec.blocks.parallel import Parallel
from n3gen.spec.blocks.race import Race
from n3gen.spec.blocks.stage import Stage
from n3gen.spec.blocks.while_ import While
from n3gen.spec.blocks.within import Within
from n3gen.spec.chain_nodes import MOST_DEPTH, Chain, Pipeline
from n3gen.spec.channels import Channel
from n3gen.spec.connection_nodes import Connection
from n3gen.spec.entries import (
    DESCRIPTION,
    TRIES,
    Block,
    Entries,
    Entry,
    Step,
)
from n3gen.spec.field_nodes import InputField, TypeDef, TypeField
from n3gen.spec.joins import Join
from n3gen.spec.key_shapes import (
    Duration,
    Mapping,
    TypeText,
)
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import MODEL_OPTIONS, Key
from n3gen.spec.limits import NAMED_LIMIT_SHAPE, Limit, LimitUse
from n3gen.spec.messages import MessageStep
from n3gen.spec.model_call_keys import ModelCall, ModelStep
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
from n3gen.spec.states import State
from n3gen.spec.steps.ask import AskStep
from n3gen.spec.steps.cancel import CancelStep
from n3gen.spec.steps.chain import ChainStep
from n3gen.spec.steps.connector import ConnectorStep
from n3gen.spec.steps.emit import EmitStep
from n3gen.spec.steps.fail import FailStep
from n3gen.spec.steps.http import HttpStep
from n3gen.spec.steps.llm import LlmStep
from n3gen.spec.steps.python import PythonStep
from n3gen.spec.steps.send import SendStep
from n3gen.spec.steps.stage import StageStep
from n3gen.spec.steps.state import StateStep
from n3gen.spec.steps.stop import StopStep
from n3gen.spec.steps.tell import TellStep
from n3gen.spec.steps.value import ValueStep
from n3gen.spec.steps.wait import WaitStep
from n3gen.spec.test_nodes import Test
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.type_refs import TypeRef

__all__ = [
    "MOST_DEPTH",
    "Actor",
    "AskStep",
    "Block",
    "Branch",
    "Budget",
    "Cache",
    "CancelStep",
    "Case",
    "Chain",
    "ChainStep",
    "Channel",
    "Connection",
    "Connector",
    "ConnectorStep",
    "Data",
    "Do",
    "EmitStep",
    "Entries",
    "Entry",
    "FailStep",
    "Fallback",
    "Finally",
    "For",
    "HttpStep",
    "If",
    "InputField",
    "Join",
    "Limit",
    "LimitUse",
    "LlmStep",
    "Match",
    "MessageStep",
    "ModelCall",
    "ModelStep",
    "Node",
    "OnError",
    "Parallel",
    "Pipeline",
    "Place",
    "PythonStep",
    "Race",
    "RateLimit",
    "Retry",
    "SendStep",
    "Spec",
    "Stage",
    "StageStep",
    "State",
    "StateStep",
    "Step",
    "StopStep",
    "TellStep",
    "Text",
    "Timeouts",
    "Tool",
    "TypeDef",
    "TypeField",
    "TypeRef",
    "ValueStep",
    "WaitStep",
    "While",
    "Within",
]


class Connector(ModelCall):
    """`connector NAME:` a model call with a name; `timeout` is seconds."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        DESCRIPTION,
        *ModelCall.CALL_KEYS,
        Key(
            "options",
            Mapping(),
            "what goes to the provider, such as `temperature: 0`",
            also=("parameters",),
            holds=MODEL_OPTIONS,
        ),
        Key("output", TypeText(), "the type of the answer"),
        Key("timeout", Duration(), "the timeout of its steps that have none"),
        *TRIES,
        Key("on_error", AnyText(), "what happens after a failure", later=True),
        Key(
            "limit", NAMED_LIMIT_SHAPE, "the named limits that each of its calls takes"
        ),
    )

    name: str
    description: str | None = None
    connection: str
    options: dict[str, Data] = Field(default_factory=dict)
    output: TypeRef | None = None
    timeout: float | None = None
    retry: Retry | None = None
    fallback: tuple[Fallback, ...] = ()
    cache: Cache | None = None
    limits: tuple[LimitUse, ...] = ()

    def texts(self) -> Iterator[Text]:
        """Yield the connector's templates."""
        yield from data_texts(self.options, "options")
        yield from self.call_texts()
        if self.cache is not None:
            yield from data_texts(self.cache.key, "cache", "key")


class Spec(BaseModel):
    """All that one module is made from: a file's blocks and those of the files it uses.

    `tests` are the file's own.

    `rejected` are the names of chains and definitions that lost a part, or are left
    out, because of an error already reported: a later phase neither calls them
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
    channels: tuple[Channel, ...] = ()
    states: tuple[State, ...] = ()
    actors: tuple[Actor, ...] = ()
    tests: tuple[Test, ...] = ()
    rejected: frozenset[str] = frozenset()
    lacks_files: bool = False
