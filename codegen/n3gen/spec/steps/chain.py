"""`kind: chain`: another chain, run inside this one's deadline and limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import TRIES, Step
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Name
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["ChainStep"]


class ChainStep(Step):
    """A run of the chain `target`; `payload` is data whose texts are templates."""

    kind = "chain"
    also = ("workflow", "subchain", "flow")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "target",
            Name("chains"),
            "the chain that runs",
            needed=True,
            also=("function", "chain", "run", "call", "workflow", "flow"),
        ),
        Key(
            "payload",
            AnyData(),
            "its payload; else this chain's own",
            also=("with", "input", "inputs", "args", "arguments", "parameters"),
        ),
        *TRIES,
    )

    target: str | None = None
    payload: Data = None

    @property
    def takes_slot(self) -> bool:
        return False

    @property
    def about(self) -> str:
        return f"{self.kind} {shown(self.target)}"

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.payload, "payload")
