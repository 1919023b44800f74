"""Fields of values that have none: choices, lists, dates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.typed_texts import TypedText, typed_texts
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.expressions.filters import ELSEWHERE, FILTERS
from n3gen.expressions.methods import METHODS
from n3gen.expressions.model import STEP_FACTS
from n3gen.expressions.rules import UnknownField
from n3gen.semantics.known import Semantics
from n3gen.semantics.value_types import ValueTypes
from n3gen.spec.model import TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["check_plain_fields"]


def _readable(type_: type) -> tuple[str, ...]:
    """What can be read of the values of a Python type, methods aside."""
    names = (name for name in vars(type_) if not name.startswith("_"))
    return tuple(name for name in names if not callable(getattr(type_, name)))


_CLASSES: Final[Mapping[str, type]] = {
    "date": date,
    "datetime": datetime,
    "duration": timedelta,
    "list": list,
    "one of": str,
    "uuid": UUID,
}
"""What values of these types are in Python, whose methods can be called."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    **dict.fromkeys(("one of", "list", "str", "file", "int", "float", "bool"), ()),
    "date": ("year", "month", "day"),
    "datetime": ("year", "month", "day", "hour", "minute", "second", "microsecond"),
    "duration": ("days", "seconds", "microseconds"),
    "uuid": ("version", "hex", "int", "urn"),
}
"""The fields of values of these types that are worth a mention."""

_ALL: Final = {
    "date": _readable(date),
    "datetime": (*_readable(date), *_readable(datetime)),
    "duration": _readable(timedelta),
    "uuid": _readable(UUID),
}
"""The fields that can be read of them."""

_REPORTED: Final = ("str", "file", "int", "float", "bool")
"""The types whose fields are reported where expressions are read."""


@finder
def check_plain_fields(known: Semantics) -> Iterator[Diagnostic]:
    """Find fields of values that have none of that name, whatever the values are."""
    for chain in known.spec.chains:
        types = ValueTypes.of(chain, known.spec)
        for text in typed_texts(chain, types, known):
            if "." in text.text.text:
                yield from _faults(text)


def _faults(text: TypedText) -> Iterator[Diagnostic]:
    called = {id(n.node) for n in text.all_of(nodes.Call) if isinstance(n, nodes.Call)}
    for node in text.all_of(nodes.Getattr):
        assert isinstance(node, nodes.Getattr)
        found = text.typed(node.node)
        if found is None or node.attr.isdecimal():
            continue
        path, type_ = found
        if _is_of_record(node):
            continue
        members = [one for one in type_.args if one.name != "none"]
        members = members if type_.name == "union" else [type_]
        if any(_has(one, node.attr) for one in members) or type_.name in _REPORTED:
            continue
        methods = [*dict.fromkeys(m for one in members for m in _methods(one))]
        is_called = id(node) in called
        if is_called and node.attr in methods:
            continue
        known = [*dict.fromkeys(f for one in members for f in _FIELDS[one.name])]
        if is_called:
            known = [f"{method}()" for method in methods] or known
        kind = "method" if is_called else "field"
        what = f"`{shown(path)}` has no {kind} `{shown(node.attr)}`"
        is_filter = ELSEWHERE.get(node.attr, node.attr) in FILTERS
        is_uncalled = not is_called and node.attr in methods and not is_filter
        yield UnknownField.diagnose(
            f"{what}: it is of type `{shown(spelled(type_))}`",
            text.label(node),
            help=(
                f"call the method: `{shown(path)}.{shown(node.attr)}()`"
                if is_uncalled
                else _way_out(path, node.attr, type_, known)
            ),
            meant=None if is_called else nearest(node.attr, known),
        )


def _methods(type_: TypeRef) -> tuple[str, ...]:
    """The methods of a type's values that expressions can call."""
    class_ = _CLASSES.get(type_.name)
    return tuple(name for name in METHODS if hasattr(class_, name))


def _is_of_record(node: nodes.Getattr) -> bool:
    """Whether a field is that of a step's record, whatever its value is."""
    step = node.node
    if not isinstance(step, nodes.Getattr) or node.attr not in STEP_FACTS:
        return False
    return isinstance(step.node, nodes.Name) and step.node.name == "steps"


def _has(type_: TypeRef, name: str) -> bool:
    return type_.name not in _FIELDS or name in _ALL.get(type_.name, ())


def _way_out(path: str, name: str, type_: TypeRef, known: list[str]) -> str:
    meant = ELSEWHERE.get(name, name)
    if meant in FILTERS and type_.name in ("list", "dict", "str"):
        return f"write `{shown(path)} | {meant}`"
    if known:
        return f"it has {', '.join(f'`{one}`' for one in known)}"
    if type_.name == "list":
        each = f"{path} | map(attribute='{name}') | list"
        return f"read it of an item: `{shown(path)}[0]`, or of each: `{shown(each)}`"
    return f"read `{shown(path)}` alone"
