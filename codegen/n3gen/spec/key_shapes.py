"""The shapes that the values of keys can have; each knows its words and its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from n3gen.source import Loc

__all__ = [
    "METHODS",
    "Choice",
    "Data",
    "Duration",
    "Expression",
    "Flag",
    "FunctionName",
    "JsonSchema",
    "ListOf",
    "Literal",
    "Mapping",
    "Name",
    "Number",
    "OneOf",
    "OrTemplate",
    "Prose",
    "Shape",
    "Steps",
    "Template",
    "Text",
    "TypeText",
    "Whole",
]

JsonSchema = dict[str, Any]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
"""The methods of HTTP that a request can have."""


class Shape:
    """What the value of a key can be."""

    @property
    def words(self) -> str:
        """The shape as a page says it."""
        return "data"

    @property
    def plural(self) -> str:
        """Several values of the shape, as a page says it."""
        return self.words.removeprefix("a ").removeprefix("an ") + "s"

    def schema(self) -> JsonSchema:
        """Return the JSON Schema of the YAML spelling; any value fits an empty one."""
        return {}

    def parts(self) -> Iterator[Shape]:
        """Yield the shapes that this one is made of."""
        yield from ()

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        """Yield the places of texts, in a value at `loc`, that are taken as they stand."""
        yield from ()


class Data(Shape):
    """Plain data, nested at will, whose texts are templates."""


class Text(Shape):
    """A text that is taken as it stands."""

    @property
    def words(self) -> str:
        return "a text"

    def schema(self) -> JsonSchema:
        return {"type": "string"}

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        if isinstance(value, str):
            yield loc


class Reported(Text):
    """A text that is not a template, where a rule of its own looks at what it is."""

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        yield from ()


@dataclass(frozen=True)
class Name(Reported):
    """The name of something in the spec.

    `of` is where the name is defined: a section such as `limits`, or `steps` for the
    bodies around it. Without one it is a name that this very key defines.
    """

    of: str = ""

    @property
    def words(self) -> str:
        return "a name"


class FunctionName(Reported):
    """The name of a Python function."""


class Prose(Reported):
    """A text that people read, in which anything may stand."""


class Template(Reported):
    """A text with expressions in `{{ }}`."""

    @property
    def words(self) -> str:
        return "a template"


class Expression(Shape):
    """An expression; YAML reads `true` and `1` as what they are."""

    @property
    def words(self) -> str:
        return "an expression"

    def schema(self) -> JsonSchema:
        return {"type": ["string", "boolean", "number"]}


class Duration(Shape):
    """A number of seconds above 0, or a text such as `250ms`."""

    @property
    def words(self) -> str:
        return "a duration"

    def schema(self) -> JsonSchema:
        pattern = r"^\s*(?![0.]+ ?[a-z])\d{1,15}(\.\d{1,15})? ?(ms|s|m|h|d)\s*$"
        number = {"type": "number", "exclusiveMinimum": 0}
        return {"anyOf": [number, {"type": "string", "pattern": pattern}]}


class Number(Shape):
    """A number."""

    @property
    def words(self) -> str:
        return "a number"

    def schema(self) -> JsonSchema:
        return {"type": "number"}


class Flag(Shape):
    """`true` or `false`."""

    @property
    def words(self) -> str:
        return "`true` or `false`"

    def schema(self) -> JsonSchema:
        return {"type": "boolean"}


class Literal(Shape):
    """A text, a number, `true`, `false` or `null`."""

    @property
    def words(self) -> str:
        return "a literal"

    def schema(self) -> JsonSchema:
        return {"type": ["string", "number", "boolean", "null"]}


class TypeText(Shape):
    """A type, such as `list[str]`, or the choices of `one of`."""

    @property
    def words(self) -> str:
        return "a type"

    def schema(self) -> JsonSchema:
        choices = {
            "type": "object",
            "properties": {"one of": {"type": "array", "minItems": 1}},
            "required": ["one of"],
            "additionalProperties": False,
        }
        return {"anyOf": [{"type": "string"}, choices]}


ANY_DATA = Data()


class Steps(Shape):
    """A body of steps and blocks."""

    @property
    def words(self) -> str:
        return "steps"

    def schema(self) -> JsonSchema:
        return {"type": "array", "items": {"$ref": "#/$defs/entry"}, "minItems": 1}


@dataclass(frozen=True)
class Whole(Shape):
    """A whole number from `least` to `most`."""

    least: int = 1
    most: int | None = None

    @property
    def words(self) -> str:
        return "a whole number"

    def schema(self) -> JsonSchema:
        top = {} if self.most is None else {"maximum": self.most}
        return {"type": "integer", "minimum": self.least, **top}


class Choice(Shape):
    """One of some words or numbers."""

    def __init__(self, *options: str | int | bool) -> None:
        self.options = options

    @property
    def words(self) -> str:
        names = ("true" if option is True else option for option in self.options)
        return _listed([f"`{name}`" for name in names])

    @property
    def plural(self) -> str:
        return self.words

    def schema(self) -> JsonSchema:
        return {"enum": list(self.options)}


@dataclass(frozen=True)
class Mapping(Shape):
    """A mapping from names, perhaps those of some kind, to values of one shape."""

    of: Shape = ANY_DATA
    names: Name | None = None

    @property
    def words(self) -> str:
        return (
            "a mapping" if type(self.of) is Data else f"a mapping to {self.of.plural}"
        )

    def schema(self) -> JsonSchema:
        return {"type": "object", "additionalProperties": self.of.schema() or True}

    def parts(self) -> Iterator[Shape]:
        yield self.of

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        for key, item in value.items() if isinstance(value, dict) else ():
            yield from self.of.plain_texts(item, (*loc, key))


@dataclass(frozen=True)
class ListOf(Shape):
    """A list of values of one shape."""

    of: Shape = ANY_DATA
    least: int = 0

    @property
    def words(self) -> str:
        return "a list" if type(self.of) is Data else f"a list of {self.of.plural}"

    def schema(self) -> JsonSchema:
        least = {"minItems": self.least} if self.least else {}
        return {"type": "array", "items": self.of.schema() or True, **least}

    def parts(self) -> Iterator[Shape]:
        yield self.of

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        for index, item in enumerate(value if isinstance(value, list) else ()):
            yield from self.of.plain_texts(item, (*loc, index))


class OneOf(Shape):
    """A value of one of several shapes, which may be `called` something of its own."""

    def __init__(self, *shapes: Shape, called: str = "") -> None:
        self.shapes = shapes
        self.called = called

    @property
    def words(self) -> str:
        return self.called or _listed([shape.words for shape in self.shapes])

    @property
    def plural(self) -> str:
        if self.called:
            return super().plural
        return _listed([shape.plural for shape in self.shapes])

    def schema(self) -> JsonSchema:
        return {"anyOf": [shape.schema() for shape in self.shapes]}

    def parts(self) -> Iterator[Shape]:
        yield from self.shapes

    def plain_texts(self, value: Any, loc: Loc) -> Iterator[Loc]:
        for shape in self.shapes:
            yield from shape.plain_texts(value, loc)


@dataclass(frozen=True)
class OrTemplate(Shape):
    """A value of a shape, or the template that gives it in a test with rows."""

    of: Shape

    @property
    def words(self) -> str:
        return self.of.words

    @property
    def plural(self) -> str:
        return self.of.plural

    def schema(self) -> JsonSchema:
        template = {"type": "string", "pattern": r"\{[{%]"}
        return {"anyOf": [self.of.schema(), template]}

    def parts(self) -> Iterator[Shape]:
        yield self.of


def _listed(words: list[str]) -> str:
    """The alternatives in a row: `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
