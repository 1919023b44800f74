"""`kind: state`: a state is read or changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Final

from n3gen.spec.entries import Step
from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Flag, Name
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Data, Place
from n3gen.spec.texts import Text, data_texts
from n3gen.spec.values import shown

__all__ = ["OLD_VALUE", "OPERATIONS", "StateStep"]

OPERATIONS: Final = ("set", "update", "append", "merge", "delete")
"""The keys of which a step has at most one: what becomes of the value."""

OLD_VALUE: Final = "value"
"""What `update` calls the value that it changes."""


class StateStep(Step):
    """A state that is read, or changed in one go; the step's value is the new one."""

    kind = "state"
    also = ("store", "memory", "variable", "assign")
    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("state", Name("states"), "the state; needed"),
        Key("target", Name("states"), "the same, behind `kind: state`"),
        Key(
            "key",
            AnyData(),
            "the entry of a mapping that is read or changed, in place of all of it",
            also=("field", "entry"),
        ),
        Key("set", AnyData(), "the new value", also=("put", "write", "assign")),
        Key(
            "update",
            AnyData(),
            "the new value, made of `value`, the old one, while nothing else changes it",
            also=("increment", "inc", "decrement", "modify"),
        ),
        Key(
            "append",
            AnyData(),
            "an item that is put behind those of a list",
            also=("add", "push", "insert", "enqueue"),
        ),
        Key("merge", AnyData(), "entries that are put into a mapping"),
        Key(
            "delete",
            Flag(),
            "back to the first value; with `key` the entry is taken out",
            False,
            also=("reset", "clear", "remove"),
        ),
    )
    signature = ("state",)
    needless: ClassVar[Mapping[str, str]] = dict.fromkeys(
        ("get", "read", "load"), "a step that changes nothing reads the state"
    )

    state: str | None = None
    target: str | None = None
    key: Data = None
    set: Data = None
    update: Data = None
    append: Data = None
    merge: Data = None
    delete: bool = False

    @property
    def about(self) -> str:
        return f"{self.kind} {shown(self.state_name)}"

    @property
    def takes(self) -> float:
        return 0.0

    @property
    def state_name(self) -> str:
        """The name of the state."""
        return self.state or self.target or ""

    @property
    def named_states(self) -> tuple[str, ...]:
        return (self.state_name,) if self.state_name else ()

    @property
    def named_state_at(self) -> Place:
        """The place of the name of the state."""
        return self.place / ("target" if self.state is None else "state")

    @property
    def operations(self) -> tuple[str, ...]:
        """What becomes of the value: nothing, one thing, or too many."""
        given = self.model_fields_set - ({"delete"} if not self.delete else set())
        return tuple(key for key in OPERATIONS if key in given)

    @property
    def has_key(self) -> bool:
        """Whether it is about one entry alone."""
        return "key" in self.model_fields_set

    def own_texts(self) -> Iterator[Text]:
        for key in ("key", "set", "append", "merge"):
            yield from data_texts(getattr(self, key), key)
        for text in data_texts(self.update, "update"):
            yield text._replace(own=(OLD_VALUE,))
