"""Reading a body of steps: each entry is a step, or a block that reads itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from n3gen.source import Loc
from n3gen.spec.entries import Block, Entry, Step
from n3gen.spec.key_shapes import Shape, Steps
from n3gen.spec.keys import Key, Record, key_names
from n3gen.spec.reader import Reader
from n3gen.spec.rules import NoSteps, NotBuiltYet, TooDeep, WrongType
from n3gen.spec.step_reader import SIGNATURE, read_step
from n3gen.spec.values import described

__all__ = ["DEEPEST", "read_body", "read_common", "read_else"]

DEEPEST: Final = 16
"""How many blocks can be nested."""

_LATER: Final = {
    "finally": "a `finally` block",
    "on_error": "an `on_error` clause",
}
"""The blocks that this version parses and does not build."""


def read_body(
    reader: Reader, loc: Loc, key: str, data: dict[str, Any], what: str
) -> tuple[Entry, ...]:
    """The entries under `key`; `what`, such as `the else`, must have at least one."""
    items = data.get(key)
    at = (*loc, key)
    if items is None and (loc, key) in reader.slips:
        return ()
    if items is None or items == []:
        label = reader.document.key_label(at if at in reader.document.keys else loc)
        reader.report(NoSteps.of(what, label))
        return ()
    if not isinstance(items, list):
        label = reader.document.label(at)
        way_out = "begin each step with `- name:`" if isinstance(items, dict) else None
        given = described(items)
        reader.report(WrongType.of(f"`{key}`", "a list", given, label, way_out))
        return ()
    found = [_entry(reader, (*at, index), item) for index, item in enumerate(items)]
    return tuple(entry for entry in found if entry is not None)


def _entry(reader: Reader, loc: Loc, data: Any) -> Entry | None:
    if not isinstance(data, dict):
        label = reader.document.label(loc)
        wanted = "a mapping with a `name`"
        reader.report(WrongType.of("a step", wanted, described(data), label))
        reader.rejected = True
        return None
    control = _control(data)
    if control is None:
        return read_step(reader, loc, data)
    if control in _LATER:
        label = reader.document.key_label((*loc, control))
        reader.report(NotBuiltYet.of(_LATER[control], label))
        reader.rejected = True
        return None
    if _depth(loc) > DEEPEST:
        label = reader.document.key_label((*loc, control))
        reader.report(TooDeep.of(DEEPEST, label))
        reader.rejected = True
        return None
    return _blocks()[control].read(reader, loc, data)


def _control(data: dict[str, Any]) -> str | None:
    """The key that makes an entry a block, or `None` for a step."""
    for key in data:
        if key == "parallel" and not isinstance(data[key], list):
            continue
        if key == "on_error" and not isinstance(data.get("steps"), list):
            continue
        if key in _LATER or key in _blocks():
            is_step = "kind" in data or any(key in data for key in SIGNATURE)
            has_body = key in _LATER or any(map(partial(_is_body, data), data))
            return None if is_step and not has_body else str(key)
    return None


def _is_body(data: dict[str, Any], key: str) -> bool:
    """Whether a key of an entry holds the steps of a block; a step has some of them too."""
    return key in _own_bodies() and (
        isinstance(data[key], list) or key not in key_names(Step.COMMON)
    )


def _depth(loc: Loc) -> int:
    """The number of bodies around the entry at `loc`, its own included."""
    names = {key.name for key in _keys() if isinstance(key.shape, Steps)}
    return sum(key in names for key in loc[2:])


def _blocks() -> dict[str, type[Block]]:
    return {block.word: block for block in _classes()}


def _classes() -> list[type[Block]]:
    """The blocks that any body can have."""
    return [block for block in Block.__subclasses__() if not block.in_stages]


def _keys() -> Iterator[Key]:
    """Yield the keys of all blocks, and those of their branches and cases."""
    for block in _classes():
        for key in block.KEYS:
            yield key
            yield from _inner_keys(key.shape)


def _inner_keys(shape: Shape) -> Iterator[Key]:
    if isinstance(shape, Record):
        yield from shape.keys
    for part in shape.parts():
        yield from _inner_keys(part)


def _own_bodies() -> set[str]:
    """The keys that make an entry a block: those of the bodies that blocks need."""
    return {
        key.name
        for block in _classes()
        for key in block.KEYS
        if key.needed and _holds_steps(key.shape)
    }


def _holds_steps(shape: Shape) -> bool:
    return isinstance(shape, Steps) or any(map(_holds_steps, shape.parts()))


def read_common(reader: Reader, loc: Loc, data: dict[str, Any]) -> dict[str, Any]:
    """Read the keys that every block has."""
    values: dict[str, Any] = {}
    if data.get("name") is not None:
        values["name"] = reader.name(
            data["name"], reader.document.label((*loc, "name"))
        )
    for key in ("parallel", "description"):
        if data.get(key) is not None:
            values[key] = data[key]
    if "result" in data:
        found = {"result": data["result"]}
        reader.data(loc, found, "result")
        values |= {**found, "has_result": True}
    return values


def read_else(reader: Reader, loc: Loc, data: dict[str, Any]) -> dict[str, Any]:
    if "else" not in data:
        return {}
    return {"otherwise": read_body(reader, loc, "else", data, "this `else`")}
