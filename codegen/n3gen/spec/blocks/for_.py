"""`for VARIABLE in ITEMS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.bodies import read_body, read_common
from n3gen.spec.entries import Block, Entries
from n3gen.spec.key_shapes import Expression, Name, Steps
from n3gen.spec.key_shapes import Text as AnyText
from n3gen.spec.keys import Key
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadName, NotBuiltYet
from n3gen.spec.texts import Text, expression
from n3gen.spec.values import is_int, shown

__all__ = ["For"]


class For(Block):
    """The body once for each item, one round after another."""

    word = "for"

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key("for", Name(), "the variable that holds the item", needed=True),
        Key("in", Expression(), "the items", needed=True),
        Key("steps", Steps(), "the steps for each item", needed=True),
        *Block.COMMON,
        Key("on_error", AnyText(), "what happens after a failure", later=True),
    )

    variable: str
    items: str
    steps: Entries

    @property
    def bodies(self) -> tuple[Entries, ...]:
        return (self.steps,)

    @property
    def binds(self) -> Mapping[str, str]:
        return {self.variable: "for"}

    @property
    def about(self) -> str:
        return f"for {self.variable} in {shown(self.items)}"

    @property
    def labels(self) -> tuple[str, ...]:
        return ("each round",)

    def outer_texts(self) -> Iterator[Text]:
        yield expression(self.items, "in")

    @classmethod
    def read(cls, reader: Reader, loc: Loc, data: dict[str, Any]) -> Self | None:
        data = reader.known(loc, data, cls.KEYS, "a `for` block")
        for key in ("parallel", "on_error"):
            if key in data and (key == "on_error" or is_int(data[key])):
                label = reader.document.label((*loc, key))
                what = "`parallel` with a number" if key == "parallel" else f"`{key}`"
                reader.report(NotBuiltYet.of(f"{what} on a `for` block", label))
                del data[key]
        values = read_common(reader, loc, data)
        values["variable"] = _variable(reader, loc, data.get("for"))
        values["items"] = reader.condition(loc, data, "in", "this `for`")
        values["steps"] = read_body(reader, loc, "steps", data, "this `for`")
        return reader.build(cls, loc, values, "a `for` block")


def _variable(reader: Reader, loc: Loc, name: Any) -> str:
    if isinstance(name, str) and is_name(name) and not name.startswith("__"):
        return name
    label = reader.document.label((*loc, "for"))
    reader.report(BadName.variable(shown(name), label))
    reader.rejected = True
    return "item"
