"""Steps that send a message to an actor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import FunctionName, Mapping
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data, Place
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["MessageStep", "message_keys"]


def message_keys(word: str) -> tuple[Key, ...]:
    """Return the keys of a kind of step that sends messages."""
    return (
        Key(word, FunctionName(), "the actor and its method, `actor.method`; needed"),
        Key("target", FunctionName(), f"the same, behind `kind: {word}`"),
        Key(
            "with",
            Mapping(),
            "the arguments of the method, by name",
            also=("args", "arguments", "value", "data", "message"),
        ),
    )


class MessageStep(Step):
    """A call of a method of an actor; `with_` are its arguments by name."""

    word: ClassVar[str]
    """The key that names the actor and its method."""

    target: str | None = None
    with_: dict[str, Data] | None = None

    @property
    def about(self) -> str:
        return f"{self.word} {shown(self.message)}"

    @property
    def named(self) -> str | None:
        """The value of the key that implies the kind of the step."""
        raise NotImplementedError(type(self))

    @property
    def message(self) -> str:
        """The actor and its method, as the spec has them."""
        return self.named or self.target or ""

    @property
    def actor(self) -> str:
        """The name of the actor."""
        return self.message.rpartition(".")[0]

    @property
    def method(self) -> str:
        """The name of the method."""
        return self.message.rpartition(".")[2]

    @property
    def message_at(self) -> Place:
        """The place of the actor and its method."""
        return self.place / ("target" if self.named is None else self.word)

    def own_texts(self) -> Iterator[Text]:
        return data_texts(self.with_, "with")
