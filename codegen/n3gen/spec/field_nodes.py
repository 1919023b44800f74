"""The nodes of typed fields: those of declared types and those of inputs."""

from __future__ import annotations

from typing import ClassVar

from n3gen.spec.key_shapes import Data as AnyData
from n3gen.spec.key_shapes import Number, OneOf, Text, TypeText, Whole
from n3gen.spec.keys import Key, Record
from n3gen.spec.nodes import Data, Node
from n3gen.spec.type_refs import TypeRef

__all__ = ["FIELD", "InputField", "TypeDef", "TypeField"]


class InputField(Node):
    """One field of a chain's input; `required` is false where it has a default.

    `name` is Python's. `alias` is its name in JSON, where that is another one.
    """

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "type",
            TypeText(),
            "the type, which may end with a default",
            needed=True,
            also=("one of",),
        ),
        Key("default", AnyData(), "the value where none is given"),
        Key("description", Text(), "what it is, as models read it in the schema"),
        Key("alias", Text(), "its name in JSON, such as `from`"),
        Key("min", Number(), "the least number", also=("minimum", "ge", "gte")),
        Key("max", Number(), "the greatest number", also=("maximum", "le", "lte")),
        Key(
            "min_length",
            Whole(0),
            "the least number of characters, items or keys",
            also=("minLength", "minItems"),
        ),
        Key(
            "max_length",
            Whole(0),
            "the greatest number of characters, items or keys",
            also=("maxLength", "maxItems"),
        ),
        Key(
            "pattern",
            Text(),
            "a regular expression that is found in the text",
            also=("regex",),
        ),
    )
    BOUNDS: ClassVar = ("min", "max", "min_length", "max_length", "pattern")

    name: str
    type: TypeRef
    required: bool = True
    default: Data = None
    alias: str | None = None
    description: str | None = None
    min: float | None = None
    max: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None

    @property
    def key(self) -> str:
        """The name of the field in JSON."""
        return self.name if self.alias is None else self.alias

    @property
    def bounds(self) -> dict[str, int | float | str]:
        """The bounds that the field has, by the names of their keys."""
        found = {bound: getattr(self, bound) for bound in self.BOUNDS}
        return {
            bound: (
                int(value) if isinstance(value, float) and value.is_integer() else value
            )
            for bound, value in found.items()
            if value is not None
        }


class TypeField(InputField):
    """One field of a declared type."""


class TypeDef(Node):
    """`type NAME:` a record of typed fields."""

    name: str
    description: str | None = None
    fields: tuple[TypeField, ...]


FIELD = OneOf(
    TypeText(),
    Record("field", InputField.KEYS, "a field with more than its type"),
    called="a field",
)
"""What stands for a field: its type, or a mapping."""
