"""`kind: python`: the call of a function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.key_shapes import Choice, FunctionName, Mapping
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["PythonStep"]


class PythonStep(Step):
    """A call of `package.module:function`, or of a bare name that the run is given.

    `with_` are its keyword arguments; without them it takes a context.
    """

    kind = "python"
    also = ("function", "code", "script")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "target",
            FunctionName(),
            "`package.module:function`, or a bare name that the run is given",
            needed=True,
            also=("function", "code", "source", "script", "run", "call"),
        ),
        Key(
            "with",
            Mapping(),
            "its keyword arguments; without them it takes a context",
            also=("args", "arguments", "payload", "input", "inputs", "parameters"),
        ),
        Key(
            "executor",
            Choice("thread", "process"),
            "where a plain function runs",
            "thread",
        ),
        *TRIES,
    )

    target: str | None = None
    with_: dict[str, Data] | None = None
    executor: Literal["thread", "process"] = "thread"

    @property
    def about(self) -> str:
        return f"{self.kind} {shown(self.target)}"

    @property
    def given(self) -> str | None:
        target = self.target or ""
        return None if ":" in target or "." in target else target

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.with_, "with")
