"""Chains and pipelines as a spec has them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar, Literal

from n3gen.spec.blocks.stage import Clauses, Stage, stage_record
from n3gen.spec.entries import Entries, every_entry
from n3gen.spec.field_nodes import FIELD, InputField
from n3gen.spec.key_shapes import (
    Choice,
    Duration,
    ListOf,
    Mapping,
    OneOf,
    Prose,
    Steps,
    Whole,
)
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Budget, Data, Node
from n3gen.spec.steps import KINDS
from n3gen.spec.steps.chain import ChainStep
from n3gen.spec.texts import Text, data_texts

__all__ = ["MOST_DEPTH", "Chain", "Pipeline"]

MOST_DEPTH = 50
"""How many runs of a chain may at most be nested."""


class Chain(Node):
    """`chain NAME:`; `timeout` is seconds.

    `result` is data whose texts are templates; where `has_result` is false, the
    last batch's result is the chain's. `used` chains came from a `use`d file:
    they can be called by kind `chain` and are not offered by the module. `max_depth`
    runs of a chain that runs itself may be nested.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("description", Prose(), "the docstring of the chain's function"),
        Key(
            "timeout",
            Duration(),
            "for everything; else `CHAIN_TIMEOUT_SECONDS`, else 300 s",
        ),
        Key(
            "schedule",
            Choice("file", "dag"),
            "what orders the steps: see below",
            "file",
        ),
        Key(
            "max_parallel",
            Whole(),
            "how many steps of a run work at once; those that wait for their turn are "
            "queued",
            also=("max_concurrency", "concurrency"),
        ),
        Key(
            "input",
            Mapping(FIELD),
            "the fields of the payload: checked before anything runs, every fault in one "
            "error; without it the payload is anything",
            also=("inputs", "parameters", "args"),
        ),
        Key(
            "budget",
            Record("budget", Budget.KEYS, "what the model calls of a run may use"),
            "what its model calls may use ([Calls to models](models.md#budgets-and-prices))",
        ),
        Key(
            "max_depth",
            Whole(1, MOST_DEPTH),
            "how many runs of a chain that runs itself may be nested, the "
            "outermost counted; one more fails",
        ),
        Key("steps", Steps(), "the steps, as blocks or as a list", needed=True),
        Key(
            "result",
            AnyData(),
            "the chain's result; without it, the last batch's: one step's value, or a "
            "mapping by name",
            also=("output", "outputs", "return"),
        ),
    )

    word: ClassVar[str] = "chain"
    parts: ClassVar[str] = "steps"

    name: str
    description: str | None = None
    timeout: float | None = None
    schedule: Literal["file", "dag"] = "file"
    max_parallel: int | None = None
    input: tuple[InputField, ...] | None = None
    steps: Entries
    result: Data = None
    has_result: bool = False
    budget: Budget | None = None
    max_depth: int | None = None
    used: bool = False

    @property
    def typed_fields(self) -> tuple[InputField, ...]:
        """All fields whose types it declares: those of its input."""
        return self.input or ()

    @cached_property
    def calls(self) -> tuple[str, ...]:
        """The chains that its steps run, by their names, each once."""
        steps = (one for one in every_entry(self.steps) if isinstance(one, ChainStep))
        return tuple(dict.fromkeys(step.target or "" for step in steps))

    def texts(self) -> Iterator[Text]:
        """Yield the templates of the chain's result."""
        return data_texts(self.result, "result")


class Pipeline(Chain):
    """`pipeline NAME:` a chain whose `steps` are stages, and clauses behind them.

    The parameters of the first are its `input`. Its result is that of the last one.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        *(
            key
            for key in Chain.KEYS
            if key.name in ("description", "timeout", "max_parallel", "budget")
        ),
        Key(
            "stages",
            ListOf(OneOf(stage_record(KINDS), Clauses()), least=1),
            "the stages, as blocks or as a list, and the clauses behind the last one",
            needed=True,
            also=("steps",),
        ),
        Key(
            "result",
            AnyData(),
            "the pipeline's result; without it, the last stage's",
            also=("output", "outputs", "return"),
        ),
    )
    word = "pipeline"
    parts = "stages"

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Its stages, without the clauses behind them."""
        return tuple(entry for entry in self.steps if isinstance(entry, Stage))

    @property
    def typed_fields(self) -> tuple[InputField, ...]:
        """All fields whose types it declares: the parameters of its stages."""
        return tuple(field for stage in self.stages for field in stage.parameters)
