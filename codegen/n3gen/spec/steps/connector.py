"""`kind: connector`: the call of a named connector, defined or given at run time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["ConnectorStep"]


class ConnectorStep(Step):
    """A call of the connector `target`; `with_` are a given callable's arguments."""

    kind = "connector"
    keys = ("target", "with", "executor", *TRIES)
    needed = "target"
    signature = ("target",)

    target: str | None = None
    with_: dict[str, Data] | None = None
    executor: Literal["thread", "process"] = "thread"

    @property
    def about(self) -> str:
        return f"{self.kind} {shown(self.target)}"

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.with_, "with")
