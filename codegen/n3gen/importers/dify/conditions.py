"""Conditions of Dify as expressions."""

from __future__ import annotations

import re
from typing import Any

from n3gen.importers.dify.app import Node, entries_of, mapping_of, number_of
from n3gen.importers.dify.reads import Read, enclosed
from n3gen.importers.dify.scope import Scope
from n3gen.importers.literals import quoted

__all__ = ["Unsaid", "all_of", "case_in_words", "condition"]

_NUMBERS = {"=": "==", "≠": "!=", ">": ">", "<": "<", "≥": ">=", "≤": "<="}


class Unsaid(Exception):
    """A condition that no expression of a spec says; its text says why."""


def all_of(scope: Scope, node: Node, data: dict[str, Any], *path: str | int) -> str:
    """The conditions of a case, joined as it says; raises `Unsaid`."""
    found = [
        condition(scope, node, one, *path, "conditions", index)
        for index, one in enumerate(entries_of(data.get("conditions")))
    ]
    if not found:
        return "false"
    if len(found) == 1:
        return found[0]
    word = " or " if data.get("logical_operator") == "or" else " and "
    return word.join(f"({one})" if _is_wide(one) else one for one in found)


def case_in_words(
    scope: Scope, node: Node, data: dict[str, Any], *path: str | int
) -> str:
    """The conditions of a case for people: expressions, and what none says as it stands."""
    found: list[str] = []
    for index, one in enumerate(entries_of(data.get("conditions"))):
        try:
            found.append(condition(scope, node, one, *path, "conditions", index))
        except Unsaid:
            found.append(_as_written(mapping_of(one)))
    word = " or " if data.get("logical_operator") == "or" else " and "
    return word.join(f"({one})" for one in found) or "nothing"


def _as_written(data: dict[str, Any]) -> str:
    """A condition in the words of the app, those on fields of files included."""
    read = data.get("variable_selector") or data.get("key") or ""
    name = ".".join(map(str, read)) if isinstance(read, list) else str(read)
    below = mapping_of(data.get("sub_variable_condition"))
    word = " or " if below.get("logical_operator") == "or" else " and "
    inner = [
        _as_written(mapping_of(one)) for one in entries_of(below.get("conditions"))
    ]
    value = f"({word.join(inner)})" if inner else data.get("value")
    shown = "" if value in (None, "") else f" {value}"
    return f"{name} {data.get('comparison_operator')}{shown}"


def _is_wide(text: str) -> bool:
    return bool(re.search(r" (?:or|and|if) ", text)) or text.startswith("not ")


def condition(scope: Scope, node: Node, found: Any, *path: str | int) -> str:
    """One condition; raises `Unsaid`."""
    data = mapping_of(found)
    operator = str(data.get("comparison_operator"))
    if mapping_of(data.get("sub_variable_condition")).get("conditions"):
        raise Unsaid("a condition on the fields of files")
    selector = data.get("variable_selector")
    read = scope.read(selector, node, *path, "variable_selector")
    kind = str(data.get("varType") or "")
    if read is None:
        read = Read("none", "none")
    value = data.get("value")
    if operator in _NUMBERS:
        return _number(scope, node, read, operator, value)
    if kind == "boolean" or read.type == "boolean":
        return _boolean(read, operator, value)
    return _plain(scope, node, read, operator, value)


def _number(scope: Scope, node: Node, read: Read, operator: str, value: Any) -> str:
    left = enclosed(read.safe(0))
    if read.type not in ("number", "integer"):
        left = f"({left} | float)"
    sign = _NUMBERS[operator]
    text = str(value).strip() if value is not None else ""
    number = number_of(text)
    if number is not None:
        return f"{left} {sign} {number}"
    if not any(is_value for is_value, _ in scope.parts(value, node)):
        raise Unsaid(f"a comparison with `{text}`, which is no number")
    return f"{left} {sign} ({scope.joined(value, node)} | float)"


def _boolean(read: Read, operator: str, value: Any) -> str:
    wanted = value is True or str(value).lower() == "true"
    found = enclosed(read.safe(False))
    if operator in ("is", "is not"):
        return found if wanted == (operator == "is") else f"not {found}"
    return _state_of(found, operator)


def _state_of(found: str, operator: str) -> str:
    """A condition that compares with nothing."""
    states = {
        "empty": f"not {found}",
        "not empty": f"{found} | string | length > 0",
        "null": f"{found} | default(none) is none",
        "not null": f"{found} | default(none) is not none",
        "exists": f"{found} | default(none) is not none",
        "not exists": f"{found} | default(none) is none",
    }
    if operator not in states:
        raise Unsaid(f"a condition `{operator}`")
    return states[operator]


def _plain(scope: Scope, node: Node, read: Read, operator: str, value: Any) -> str:
    is_list = read.type.startswith("array")
    if operator in ("null", "not null", "exists", "not exists"):
        found = enclosed(read.safe()) if read.there else read.operand
        return _state_of(found, operator)
    empty: Any = [] if is_list else ""
    found = enclosed(read.safe(empty))
    if operator in ("empty", "not empty"):
        if is_list or read.type in ("string", "secret"):
            return f"{found} | length {'==' if operator == 'empty' else '>'} 0"
        return _state_of(f"({found} or '')", operator)
    if operator == "all of":
        parts = [f"{quoted(one)} in {found}" for one in entries_of(value)]
        return " and ".join(parts) or "true"
    if isinstance(value, list):
        wanted = quoted(value)
    else:
        wanted = scope.joined(value if value is not None else "", node)
    if not is_list and read.type not in ("string", "secret"):
        found = f"({found} | string)"
    wanted = f"({wanted})" if " " in wanted and not wanted.startswith("'") else wanted
    return _compared(found, operator, wanted)


def _compared(found: str, operator: str, wanted: str) -> str:
    forms = {
        "contains": f"{wanted} in {found}",
        "not contains": f"{wanted} not in {found}",
        "start with": f"{found}.startswith({wanted})",
        "end with": f"{found}.endswith({wanted})",
        "is": f"{found} == {wanted}",
        "is not": f"{found} != {wanted}",
        "in": f"{found} in {wanted}",
        "not in": f"{found} not in {wanted}",
    }
    if operator not in forms:
        raise Unsaid(f"a condition `{operator}`")
    return forms[operator]
