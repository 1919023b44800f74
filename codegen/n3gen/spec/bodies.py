"""Reading a body of steps: each entry is a step, or a block that reads itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.endings import in_order
from n3gen.spec.entries import Block, Entry, Step
from n3gen.spec.failures import kinds_in
from n3gen.spec.key_shapes import Shape, Steps
from n3gen.spec.keys import Key, Record, key_names
from n3gen.spec.reader import Reader
from n3gen.spec.rules import BadName, NoSteps, TooDeep, WrongType
from n3gen.spec.step_reader import SIGNATURE, read_step
from n3gen.spec.values import described, shown
from n3gen.syntax.arrows import NO_ARROWS, order_drawn

__all__ = [
    "DEEPEST",
    "read_body",
    "read_common",
    "read_else",
    "read_ending",
    "read_variable",
    "with_endings",
]

DEEPEST: Final = 16
"""How many blocks can be nested."""

_ENDINGS: Final = ("on_error", "finally")
"""The words of blocks that a step has as keys, and that have no names."""

_STEP_KEYS: Final = ("name", "step", "kind")


def read_body(
    reader: Reader, loc: Loc, key: str, data: dict[str, Any], what: str
) -> tuple[Entry, ...]:
    """The entries under `key`; `what`, such as `the else`, must have at least one."""
    return in_order(reader, _entries(reader, loc, key, data, what))


def _entries(
    reader: Reader, loc: Loc, key: str, data: dict[str, Any], what: str
) -> list[Entry]:
    items = data.get(key)
    at = (*loc, key)
    if items is None and (loc, key) in reader.slips:
        return []
    if items is None and loc in reader.misread:
        reader.rejected = True
        return []
    if items is None or items == []:
        label = reader.document.key_label(at if at in reader.document.keys else loc)
        reader.report(NoSteps.of(what, label))
        reader.rejected = True  # what stands beside it may have been meant to be in it
        return []
    if not isinstance(items, list):
        label = reader.document.label(at)
        way_out = "begin each step with `- name:`" if isinstance(items, dict) else None
        given = described(items)
        reader.report(WrongType.of(f"`{key}`", "a list", given, label, way_out))
        return []
    found = [_entry(reader, (*at, index), item) for index, item in enumerate(items)]
    return [entry for entry in found if entry is not None]


def _entry(reader: Reader, loc: Loc, data: Any) -> Entry | None:
    if not isinstance(data, dict):
        label = reader.document.label(loc)
        wanted = "a mapping with a `name`"
        if isinstance(data, str) and (drawn := order_drawn(data)):
            reader.report(WrongType.plainly(NO_ARROWS, label, drawn))
        else:
            reader.report(WrongType.of("a step", wanted, described(data), label))
        reader.rejected = True
        return None
    control = _control(data)
    if control is None:
        step = read_step(reader, loc, data)
        return step and with_endings(reader, loc, data, step)
    if _depth(loc) > DEEPEST:
        label = reader.document.key_label((*loc, control))
        reader.report(TooDeep.of(DEEPEST, label))
        reader.rejected = True
        return None
    return _blocks()[control].read(reader, loc, data)


def read_ending(reader: Reader, loc: Loc, data: Any) -> tuple[bool, Entry | None]:
    """Whether an entry is a clause or what runs last, and the entry if so."""
    word = _control(data) if isinstance(data, dict) else None
    if word not in _ENDINGS:
        return False, None
    return True, _blocks()[word].read(reader, loc, data)


def with_endings(reader: Reader, loc: Loc, data: dict[str, Any], step: Step) -> Step:
    """The step with the clauses among its keys.

    Plain steps below `on_error` are one clause, for every error.
    """
    found: list[Entry | None] = []
    what = f"the `on_error` of step `{shown(step.name)}`"
    given = None if kinds_in(data.get("on_error")) else data.get("on_error")
    first = given[0] if isinstance(given, list) and given else None
    if isinstance(first, dict) and _control(first) == "on_error":
        found += _entries(reader, loc, "on_error", data, what)
    elif isinstance(given, list):
        steps = read_body(reader, loc, "on_error", data, what)
        at, clause = (*loc, "on_error"), _blocks()["on_error"]
        found += [reader.build(clause, at, {"steps": steps}, what)] if steps else []
    if data.get("finally") is not None:
        last = {"finally": data["finally"]}
        found.append(_blocks()["finally"].read(reader, loc, last))
    known = in_order(reader, [entry for entry in found if entry is not None], step)
    endings = tuple(entry for entry in known if isinstance(entry, Block))
    return step.model_copy(update={"endings": endings}) if endings else step


def _control(data: dict[str, Any]) -> str | None:
    """The key that makes an entry a block, or `None` for a step."""
    for key in data:
        if key == "parallel" and not _holds_members(data):
            continue
        if key in _ENDINGS and not data.keys().isdisjoint(_owners()):
            continue
        if key in _blocks():
            is_step = "kind" in data or any(key in data for key in SIGNATURE)
            has_body = any(map(partial(_is_body, data), data))
            return None if is_step and not has_body else str(key)
    return None


def _holds_members(data: dict[str, Any]) -> bool:
    """Whether `parallel` is the key of a block, though its members may stand beside it."""
    if data["parallel"] is None and "steps" in data:
        return data.keys().isdisjoint((*_STEP_KEYS, *(_blocks().keys() - {"parallel"})))
    return isinstance(data["parallel"], list)


def _owners() -> set[str]:
    """The keys of entries that have an `on_error` or a `finally` of their own."""
    return {*_STEP_KEYS, *_blocks()} - {*_ENDINGS}


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


def read_variable(reader: Reader, loc: Loc, key: str, name: Any) -> str:
    """The name of a variable, or another one where it cannot be one."""
    if (loc, key) in reader.slips:
        reader.rejected = True
        return "item"
    if isinstance(name, str) and is_name(name) and not name.startswith("__"):
        return name
    label = reader.document.label((*loc, key))
    is_name_of_python = isinstance(name, str) and is_name(name)
    rule = BadName.dunder if is_name_of_python else BadName.variable
    reader.report(rule(shown(name), label))
    reader.rejected = True
    return "item"


def read_common(reader: Reader, loc: Loc, data: dict[str, Any]) -> dict[str, Any]:
    """Read the keys that every block has."""
    values: dict[str, Any] = {}
    if data.get("name") is not None:
        values["name"] = reader.name(
            data["name"], reader.document.label((*loc, "name"))
        )
    for key in ("parallel", "background", "description"):
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
