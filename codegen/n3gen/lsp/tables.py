"""The tables of keys of the language, by path in a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from n3gen.source import Loc
from n3gen.spec.blocks import BLOCKS
from n3gen.spec.entries import Step
from n3gen.spec.json_schema import SECTIONS
from n3gen.spec.key_shapes import ListOf, Mapping, OneOf, OrTemplate, Shape, Steps, Text
from n3gen.spec.keys import Key, Record, built
from n3gen.spec.step_reader import SIGNATURE
from n3gen.spec.steps import KINDS
from n3gen.syntax.words import WORDS

__all__ = ["Spot", "keys_of", "kind_of", "shapes_at", "spots_in"]


class Entry(Shape):
    """A step or a block among the entries of a body."""


_ENTRY: Final = Entry()
_USE: Final = ListOf(Text())

_ROOT: Final = Record(
    "file",
    (
        *(Key(name, Mapping(shape), "") for name, shape in SECTIONS.items()),
        Key("use", _USE, "files whose definitions are used here"),
    ),
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A value of a document: its place, what it is, and what it can be."""

    loc: Loc
    value: Any
    shapes: tuple[Shape, ...]


def kind_of(entry: dict[str, Any]) -> str | None:
    """The kind of a step, by its keys where it does not state it."""
    kind = entry.get("kind")
    if isinstance(kind, str) and kind:
        return "llm" if kind == "prompt" else kind if kind in KINDS else None
    return next((SIGNATURE[key] for key in SIGNATURE if key in entry), None)


def keys_of(shape: Shape, value: Any) -> tuple[Key, ...]:
    """The keys that a mapping of a shape can have, `value` being what it has so far."""
    if isinstance(shape, Record):
        return built(shape.keys)
    if isinstance(shape, OneOf | OrTemplate):
        return tuple(key for one in shape.parts() for key in keys_of(one, value))
    return _entry_keys(value) if isinstance(shape, Entry) else ()


def _entry_keys(entry: Any) -> tuple[Key, ...]:
    data = entry if isinstance(entry, dict) else {}
    control = WORDS.control_of(data)
    if control is not None and control.word in BLOCKS:
        return built(BLOCKS[control.word].KEYS)
    kind = kind_of(data)
    own = KINDS[kind].KEYS if kind is not None else _kind_keys()
    return (*built(Step.COMMON), *built(own))


def _kind_keys() -> tuple[Key, ...]:
    """The keys that imply the kind of a step which has none yet."""
    found: dict[str, Key] = {}
    for kind in KINDS.values():
        for key in kind.KEYS:
            if key.name in kind.signature and not kind.in_stages:
                found.setdefault(key.name, key)
    return tuple(found.values())


def _below(shape: Shape, value: Any, key: str | int) -> Iterator[Shape]:
    """The shapes of what stands under a key or an index of a value."""
    if isinstance(shape, OneOf | OrTemplate):
        for one in shape.parts():
            yield from _below(one, value, key)
    elif isinstance(shape, Steps) and isinstance(key, int):
        yield _ENTRY
    elif (isinstance(shape, ListOf) and isinstance(key, int)) or (
        isinstance(shape, Mapping) and isinstance(key, str)
    ):
        yield shape.of
    elif isinstance(key, str):
        known = [one.shape for one in keys_of(shape, value) if one.name == key]
        yield from known
        if not known and isinstance(shape, Record) and shape.others is not None:
            yield shape.others


def _inside(value: Any, key: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(key)
    if isinstance(value, list) and isinstance(key, int) and key < len(value):
        return value[key]
    return None


def shapes_at(data: Any, loc: Loc) -> tuple[tuple[Shape, ...], Any]:
    """What can stand at a place of a document, and what does."""
    shapes: tuple[Shape, ...] = (_ROOT,)
    for key in loc:
        shapes = tuple(one for shape in shapes for one in _below(shape, data, key))
        data = _inside(data, key)
    return shapes, data


def spots_in(data: Any) -> Iterator[Spot]:
    """Every value of a document with what it can be, mappings before what is in them."""
    waiting = [Spot((), data, (_ROOT,))]
    while waiting:
        spot = waiting.pop()
        yield spot
        if isinstance(spot.value, dict):
            pairs = [(key, one) for key, one in spot.value.items()]
        elif isinstance(spot.value, list):
            pairs = list(enumerate(spot.value))
        else:
            continue
        for key, value in reversed(pairs):
            shapes = tuple(
                one for shape in spot.shapes for one in _below(shape, spot.value, key)
            )
            waiting.append(Spot((*spot.loc, key), value, shapes))
