"""Takes the chains of a document; hands on `Chain`s: their steps and blocks of steps."""

from __future__ import annotations

import re
from typing import Any, Final

from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.definitions import read_input
from n3gen.spec.model import Branch, Case, Chain, Entry, For, If, Match, While
from n3gen.spec.policies import read_budget
from n3gen.spec.reader import Reader
from n3gen.spec.rules import (
    BadCase,
    BadName,
    NoSteps,
    NotBuiltYet,
    TooDeep,
    WhileWithoutBound,
    WrongType,
)
from n3gen.spec.step_reader import SIGNATURE, read_step
from n3gen.spec.values import data_fault, described, is_int, shown

__all__ = ["CHAIN_KEYS", "DEEPEST", "read_chain"]

_BOUND: Final = re.compile(r"\bmax\s+\d")
"""A bound that is written in the wrong way, and told with the expression before it."""

CHAIN_KEYS: Final = (
    "description",
    "timeout",
    "schedule",
    "input",
    "budget",
    "steps",
    "result",
)
DEEPEST: Final = 16
"""How many blocks may stand within one another."""

_LATER: Final = {
    "race": "a `race` block",
    "parallel": "a `parallel` block",
    "within": "a `within` block",
    "finally": "a `finally` block",
    "do": "a `do` block",
    "on_error": "an `on_error` clause",
}
_CONTROLS: Final = ("if", "match", "while", "for", *_LATER)
_BODIES: Final = ("then", "cases", "steps")


def read_chain(reader: Reader, loc: Loc, name: str, data: Any) -> Chain | None:
    """The chain at `loc`, without what is wrong in it."""
    what = f"chain `{shown(name)}`"
    items = reader.mapping(loc, data, what)
    values = reader.known(loc, items, CHAIN_KEYS, "a chain")
    reader.duration(loc, values, "timeout")
    reader.data(loc, values, "result")
    read_budget(reader, loc, values)
    values["has_result"] = "result" in items
    if "input" in values:
        values["input"] = read_input(reader, (*loc, "input"), values["input"])
    if values.get("schedule") is None:
        values.pop("schedule", None)
    values["steps"] = _steps(reader, loc, "steps", values, what)
    return reader.build(Chain, loc, {"name": name, **values}, what)


def _steps(
    reader: Reader, loc: Loc, key: str, data: dict[str, Any], what: str
) -> tuple[Entry, ...]:
    """The entries under `key`; `what`, such as `the else`, must have at least one."""
    items = data.get(key)
    at = (*loc, key)
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
    return _BLOCKS[control](reader, loc, data)


def _control(data: dict[str, Any]) -> str | None:
    """The key that makes an entry a block, or `None` for a step."""
    for key in data:
        if key == "parallel" and not isinstance(data[key], list):
            continue
        if key == "on_error" and not isinstance(data.get("steps"), list):
            continue
        if key in _CONTROLS:
            is_step = "kind" in data or any(key in data for key in SIGNATURE)
            has_body = key in _LATER or any(body in data for body in _BODIES)
            return None if is_step and not has_body else str(key)
    return None


def _depth(loc: Loc) -> int:
    """How many blocks the entry at `loc` stands in, itself included."""
    return sum(key in ("steps", "then", "else") for key in loc[2:])


def _common(reader: Reader, loc: Loc, data: dict[str, Any]) -> dict[str, Any]:
    """The keys that every block has."""
    values: dict[str, Any] = {}
    if data.get("name") is not None:
        values["name"] = reader.name(
            data["name"], reader.document.label((*loc, "name"))
        )
    if data.get("parallel") is not None:
        values["parallel"] = data["parallel"]
    return values


def _else(reader: Reader, loc: Loc, data: dict[str, Any]) -> dict[str, Any]:
    if "else" not in data:
        return {}
    return {"otherwise": _steps(reader, loc, "else", data, "this `else`")}


def _if(reader: Reader, loc: Loc, data: dict[str, Any]) -> If | None:
    keys = ("if", "then", "elif", "else", "name", "parallel")
    data = reader.known(loc, data, keys, "an `if` block")
    values = _common(reader, loc, data)
    branches = [_branch(reader, loc, data)]
    others = data.get("elif")
    if others is not None and not isinstance(others, list):
        label = reader.document.label((*loc, "elif"))
        reader.report(WrongType.of("`elif`", "a list", described(others), label))
        others = None
    for index, item in enumerate(others or []):
        at = (*loc, "elif", index)
        items = reader.mapping(at, item, "an `elif`")
        known = reader.known(at, items, ("if", "then"), "an `elif`")
        branches.append(_branch(reader, at, known))
    values["branches"] = tuple(branch for branch in branches if branch)
    values |= _else(reader, loc, data)
    return reader.build(If, loc, values, "an `if` block")


def _branch(reader: Reader, loc: Loc, data: dict[str, Any]) -> Branch | None:
    condition = reader.condition(loc, data, "if", "this branch")
    steps = _steps(reader, loc, "then", data, "this branch")
    values = {"condition": condition, "steps": steps}
    return reader.build(Branch, loc, values, "a branch")


def _match(reader: Reader, loc: Loc, data: dict[str, Any]) -> Match | None:
    keys = ("match", "cases", "else", "name", "parallel")
    data = reader.known(loc, data, keys, "a `match` block")
    values = _common(reader, loc, data)
    values["subject"] = reader.condition(loc, data, "match", "this `match`")
    values["cases"] = _cases(reader, loc, data.get("cases"))
    values |= _else(reader, loc, data)
    return reader.build(Match, loc, values, "a `match` block")


def _cases(reader: Reader, loc: Loc, data: Any) -> tuple[Case, ...]:
    at = (*loc, "cases")
    if data is None or data == []:
        reader.missing(loc, "cases", "this `match`", "add a `case`")
        return ()
    if not isinstance(data, list):
        label = reader.document.label(at)
        reader.report(WrongType.of("`cases`", "a list", described(data), label))
        return ()
    seen: dict[tuple[type, Any], Loc] = {}
    found = [_case(reader, (*at, i), item, seen) for i, item in enumerate(data)]
    return tuple(case for case in found if case is not None)


def _case(
    reader: Reader, loc: Loc, data: Any, seen: dict[tuple[type, Any], Loc]
) -> Case | None:
    items = reader.mapping(loc, data, "a case")
    items = reader.known(loc, items, ("case", "steps"), "a case")
    literals = items.get("case", [])
    if not isinstance(literals, list):
        literals = [literals]
    if not literals:
        reader.missing(loc, "case", "this case", "say which values it is for")
    values = []
    for index, literal in enumerate(literals):
        if _literal(reader, (*loc, "case", index), literal, seen):
            values.append(literal)
    steps = _steps(reader, loc, "steps", items, "this case")
    parts = {"values": tuple(values), "steps": steps}
    return reader.build(Case, loc, parts, "a case")


def _literal(
    reader: Reader, loc: Loc, value: Any, seen: dict[tuple[type, Any], Loc]
) -> bool:
    """Whether `value` can be a case; reports it where not."""
    label = reader.document.label(loc)
    if isinstance(value, dict | list):
        reader.report(BadCase.no_literal(described(value), label))
    elif data_fault(value) is not None:
        reader.report(BadCase.no_literal("what data cannot hold", label))
    elif isinstance(value, str) and ("{{" in value or "{%" in value):
        reader.report(BadCase.no_literal("a template", label))
    elif (type(value), value) in seen:
        first = reader.document.label(seen[type(value), value], "the first one")
        reader.report(BadCase.twice(shown(value), label, first))
    else:
        seen[type(value), value] = loc
        return True
    return False


def _while(reader: Reader, loc: Loc, data: dict[str, Any]) -> While | None:
    keys = ("while", "max", "steps", "name", "parallel")
    data = reader.known(loc, data, keys, "a `while` block")
    values = _common(reader, loc, data)
    values["condition"] = reader.condition(loc, data, "while", "this `while`")
    values["steps"] = _steps(reader, loc, "steps", data, "this `while`")
    values["max"] = data.get("max")
    if values["max"] is None:
        label = reader.document.key_label((*loc, "while"))
        if not _BOUND.search(values["condition"]):
            reader.report(WhileWithoutBound.of(label))
        values["max"] = 1
    elif not is_int(values["max"]) or data_fault(values["max"]):
        label = reader.document.label((*loc, "max"))
        given = described(values["max"])
        if isinstance(values["max"], int | float):
            given = shown(values["max"])
        reader.report(WrongType.of("`max`", "a whole number", given, label))
        values["max"] = 1
    return reader.build(While, loc, values, "a `while` block")


def _for(reader: Reader, loc: Loc, data: dict[str, Any]) -> For | None:
    keys = ("for", "in", "steps", "name", "parallel", "on_error")
    data = reader.known(loc, data, keys, "a `for` block")
    for key in ("parallel", "on_error"):
        if key in data and (key == "on_error" or is_int(data[key])):
            label = reader.document.label((*loc, key))
            what = "`parallel` with a number" if key == "parallel" else f"`{key}`"
            reader.report(NotBuiltYet.of(f"{what} on a `for` block", label))
            del data[key]
    values = _common(reader, loc, data)
    values["variable"] = _variable(reader, loc, data.get("for"))
    values["items"] = reader.condition(loc, data, "in", "this `for`")
    values["steps"] = _steps(reader, loc, "steps", data, "this `for`")
    return reader.build(For, loc, values, "a `for` block")


def _variable(reader: Reader, loc: Loc, name: Any) -> str:
    if isinstance(name, str) and is_name(name) and not name.startswith("__"):
        return name
    label = reader.document.label((*loc, "for"))
    reader.report(BadName.variable(shown(name), label))
    reader.rejected = True
    return "item"


_BLOCKS: Final = {"if": _if, "match": _match, "while": _while, "for": _for}
