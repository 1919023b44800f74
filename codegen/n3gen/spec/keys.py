"""The keys of a construct: one table, from which readers, messages, pages and schema come."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Pairs
from dataclasses import dataclass
from typing import Any

from n3gen.diagnostics.suggest import nearest
from n3gen.source import Loc
from n3gen.spec.key_shapes import (
    Data,
    JsonSchema,
    Literal,
    Mapping,
    OneOf,
    OrTemplate,
    Shape,
    Steps,
)

__all__ = [
    "MODEL_OPTIONS",
    "Key",
    "Record",
    "built",
    "key_names",
    "lacks_steps",
    "meant_key",
    "takes_nothing",
]

MODEL_OPTIONS = ("temperature", "max_tokens", "top_p", "top_k", "seed")
"""Options of model calls that users expect to be keys."""


_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
"""A link of a page, whose words are its first group."""

_SEE = re.compile(rf": see (?:below|{_LINK.pattern})| \({_LINK.pattern}\)")
"""Links within a page."""


@dataclass(frozen=True)
class Key:
    """One key of a construct.

    `about` says what it means, as pages and editors show it. `later` marks a key that
    this version parses and does not build. `also` are names that other languages have
    for it, which a message answers with this one; `holds` are keys that users write
    beside it and that go below it.
    """

    name: str
    shape: Shape
    about: str
    default: Any = None
    needed: bool = False
    later: bool = False
    also: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of the key's value."""
        default = {} if self.default is None else {"default": self.default}
        return {"description": self.hint, **default, **self.shape.schema()}

    @property
    def hint(self) -> str:
        """What it means, for editors: without what leads on within a page."""
        return _LINK.sub(r"\1", _SEE.sub("", self.about)).replace("`", "")


@dataclass(frozen=True)
class Record(Shape):
    """A mapping with the keys of a construct; `name` is its name in the JSON Schema.

    `others` is the shape under keys that the spec names itself.
    """

    name: str
    keys: tuple[Key, ...]
    about: str = ""
    others: Shape | None = None

    @property
    def words(self) -> str:
        return f"`{{{', '.join(key_names(built(self.keys)))}}}`"

    @property
    def plural(self) -> str:
        return self.words

    def schema(self) -> JsonSchema:
        return {"$ref": f"#/$defs/{self.name}"}

    def parts(self) -> Iterator[Shape]:
        for key in self.keys:
            yield key.shape
        if self.others is not None:
            yield self.others

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        for key in self.keys:
            if isinstance(value, dict) and key.name in value and not key.later:
                yield from key.shape.plain_texts(value[key.name], (*loc, key.name))

    def definition(self) -> JsonSchema:
        """Return the JSON Schema that stands under the record's name."""
        keys = built(self.keys)
        needed = [key.name for key in keys if key.needed]
        return {
            **({"description": self.about.replace("`", "")} if self.about else {}),
            "type": "object",
            "properties": {key.name: key.schema() for key in keys},
            **({"required": needed} if needed else {}),
            "additionalProperties": self.others.schema() if self.others else False,
        }


def key_names(keys: Iterable[Key]) -> tuple[str, ...]:
    """The names of keys, in the order of their table."""
    return tuple(key.name for key in keys)


def meant_key(name: str, keys: Iterable[Key]) -> str | None:
    """The key that an unknown `name` was most likely meant to be."""
    keys = tuple(keys)
    also = next((key.name for key in keys if name in key.also), None)
    return also or nearest(name, key_names(keys))


def built(keys: Iterable[Key]) -> tuple[Key, ...]:
    """The keys that this version builds."""
    return tuple(key for key in keys if not key.later)


def lacks_steps(key: Key, data: Pairs[Any, Any]) -> bool:
    """Whether a key for steps is there without them."""
    is_there = key.name in data and not data[key.name]
    return is_there and key.name != "steps" and isinstance(key.shape, Steps)


def takes_nothing(shape: Shape) -> bool:
    """Whether a key may stand without a value, or the lack of one is reported elsewhere."""
    if isinstance(shape, OneOf):
        return any(isinstance(one, Data | Literal) for one in shape.shapes)
    if isinstance(shape, OrTemplate):
        return takes_nothing(shape.of)
    return isinstance(shape, Data | Literal | Mapping | Steps)
