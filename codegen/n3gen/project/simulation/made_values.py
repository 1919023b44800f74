"""Values that fit types, made at random."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from n3gen.spec.model import InputField, TypeDef, TypeRef

__all__ = ["NoValue", "ValueMaker"]

_WORDS: Final = [
    "alpha",
    "amber",
    "birch",
    "cedar",
    "cobalt",
    "coral",
    "delta",
    "ember",
    "fjord",
    "grove",
    "harbor",
    "indigo",
    "jasper",
    "lagoon",
    "maple",
    "meadow",
    "nectar",
    "onyx",
    "prairie",
    "quartz",
    "river",
    "saffron",
    "timber",
    "umber",
]
_DEEPEST: Final = 4
"""Levels of values in values from which on they are as small as they can be."""

_TRIED: Final = 20
_MADE_TEXTS: Final = (
    "1",
    "a",
    "A1",
    "2024-01-01",
    "a@b.de",
    "https://example.com",
    "abc-123",
)


class NoValue(ValueError):
    """No value can be made that fits a type."""


@dataclass(frozen=True, slots=True)
class ValueMaker:
    """Make values of types; `types` are the declared ones by name."""

    types: Mapping[str, TypeDef]
    random: Random

    def record(self, fields: Iterable[InputField], depth: int = 0) -> dict[str, Any]:
        """Return a mapping of fields; one with a default is left out now and then."""
        return {
            field.key: self.field(field, depth)
            for field in fields
            if field.required or (depth < _DEEPEST and self.random.random() < 0.5)
        }

    def field(self, field: InputField, depth: int = 0) -> Any:
        """Return a value of a field, within its bounds."""
        type_ = field.type
        if type_.name == "union":
            type_ = next(part for part in type_.args if part.name != "none")
        match type_.name:
            case "int" | "float":
                return self._number(field, whole=type_.name == "int")
            case "str" | "file":
                return self._text(field)
            case "list":
                return self._items(field, type_, depth)
        return self.value(type_, depth)

    def value(self, type_: TypeRef, depth: int = 0) -> Any:
        """Return a value of a type."""
        if type_.name in self.types:
            return self.record(self.types[type_.name].fields, depth + 1)
        if type_.name in _MADE:
            return _MADE[type_.name](self.random)
        match type_.name:
            case "one of":
                return self.random.choice(type_.values)
            case "union":
                return self.value(self._member(type_, depth), depth)
            case "list":
                count = 0 if depth >= _DEEPEST else self.random.randint(1, 3)
                return [self.value(type_.args[0], depth + 1) for _ in range(count)]
            case "dict":
                count = 0 if depth >= _DEEPEST else self.random.randint(1, 3)
                key, item = type_.args
                return {
                    self.value(key, depth + 1): self.value(item, depth + 1)
                    for _ in range(count)
                }
        raise NoValue(f"no value is known of type `{type_.name}`")

    def _member(self, type_: TypeRef, depth: int) -> TypeRef:
        plain = [part for part in type_.args if part.name == "none"]
        if plain and (depth >= _DEEPEST or self.random.random() < 0.25):
            return plain[0]
        return self.random.choice([part for part in type_.args if part not in plain])

    def _number(self, field: InputField, *, whole: bool) -> int | float:
        low, high = field.min, field.max
        if low is None:
            low = 0.0 if high is None or high >= 0 else high - 100
        if high is None:
            high = low + (100 if whole else 1)
        if whole:
            return self.random.randint(int(-(-low // 1)), int(high // 1))
        return round(self.random.uniform(low, high), 3)

    def _text(self, field: InputField) -> str:
        least, most = field.min_length or 0, field.max_length
        for number in range(_TRIED):
            text = _MADE_TEXTS[number % len(_MADE_TEXTS)]
            if field.pattern is None or not number:
                text = _phrase(self.random)
            while len(text) < least:
                text = f"{text} {_phrase(self.random)}"
            text = text[:most]
            if field.pattern is None or re.search(field.pattern, text):
                return text
        raise NoValue(
            f"no text for `{field.key}` is known that its `pattern` is found in"
        )

    def _items(self, field: InputField, type_: TypeRef, depth: int) -> list[Any]:
        least, most = field.min_length or 1, field.max_length
        if depth >= _DEEPEST:
            count = field.min_length or 0
        else:
            high = least + 2 if most is None else most
            count = self.random.randint(min(least, high), high)
        return [self.value(type_.args[0], depth + 1) for _ in range(count)]


def _phrase(random: Random) -> str:
    return f"{random.choice(_WORDS)} {random.choice(_WORDS)}"


_MADE: Final[Mapping[str, Callable[[Random], Any]]] = {
    "str": _phrase,
    "file": _phrase,
    "any": _phrase,
    "none": lambda _: None,
    "bool": lambda random: random.random() < 0.5,
    "int": lambda random: random.randint(0, 100),
    "float": lambda random: round(random.random(), 3),
    "date": lambda random: f"2024-{random.randint(1, 12):02}-{random.randint(1, 28):02}",
    "datetime": lambda random: f"2024-06-{random.randint(1, 28):02}T12:00:00Z",
    "duration": lambda random: random.randint(1, 3600),
    "uuid": lambda random: f"00000000-0000-4000-8000-{random.getrandbits(48):012x}",
}
"""How values of the types without parts are made."""
