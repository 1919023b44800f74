"""`kind: connector`: the call of a named connector, defined or given at run time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.key_shapes import Choice, Mapping, Name
from n3gen.spec.keys import Key
from n3gen.spec.model_call_keys import REMEMBER
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["ConnectorStep"]


class ConnectorStep(Step):
    """A call of the connector `target`; `with` holds the arguments of a given callable."""

    kind = "connector"
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "target",
            Name("connectors"),
            "a `connector` of the spec, or a callable that the run is given",
            needed=True,
            also=("connector", "function", "run", "call"),
        ),
        Key(
            "with",
            Mapping(),
            "arguments of a given callable",
            also=("args", "arguments", "payload", "input", "inputs", "parameters"),
        ),
        Key(
            "executor",
            Choice("thread", "process"),
            "where a plain function runs",
            "thread",
        ),
        REMEMBER,
        *TRIES,
    )
    signature = ("target",)

    target: str | None = None
    with_: dict[str, Data] | None = None
    executor: Literal["thread", "process"] = "thread"
    remember: str | None = None

    @property
    def memory(self) -> str | None:
        return self.remember

    @property
    def about(self) -> str:
        return f"{self.kind} {shown(self.target)}"

    @property
    def called(self) -> str | None:
        return self.target

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.with_, "with")
