"""Arguments of Python functions, against what their parameters say that they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.functions import Called
from n3gen.check.reading_words import of_type
from n3gen.check.rules.function_rules import BadArguments
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import parse_expression
from n3gen.names import target_parts
from n3gen.semantics.annotations import Annotation
from n3gen.semantics.field_types import MAPPING, is_object
from n3gen.semantics.functions import Function
from n3gen.semantics.guards import Guarded
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import NodeTypes
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, Entry, For, MessageStep, PythonStep, TypeRef
from n3gen.spec.values import described, shown

__all__ = ["check_argument_types", "parameters_given"]

_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("int", "float", "bool"), "a number"),
    **dict.fromkeys(("str", "file"), "a text"),
    **{name: f"a {name}" for name in ("date", "datetime", "duration", "list", "uuid")},
    **dict.fromkeys(("dict", MAPPING), "a mapping"),
    "none": "none",
}
_OBJECTS: Final = frozenset(("a text", "a number", "a list", "a mapping", "none"))
"""What is no object of a class of the project's own."""

_LITERALS: Final[Mapping[str, str]] = {
    "a number": "write a number without quotes, `{name}: 3`",
    "a text": 'write a text in quotes, `{name}: "..."`',
    "a list": "write a list in brackets, `{name}: [...]`",
    "a mapping": "write a mapping in braces, `{name}: {{...}}`",
}
_CONVERSIONS: Final[Mapping[tuple[str, str], str]] = {
    ("a text", "a number"): "convert it with `| int` or `| float`",
    ("a number", "a text"): "make it a text with `| string`",
    ("a list", "a text"): "make it a text with `| join(', ')` or `| tojson`",
    ("a mapping", "a text"): "make it a text with `| tojson`",
    ("a text", "a list"): "where it is JSON, write `| fromjson`, or `.split(',')`",
    ("a text", "a mapping"): "where it is JSON, write `| fromjson`",
}
"""What makes a value of one kind one of another."""


@finder
def check_argument_types(known: Semantics) -> Iterator[Diagnostic]:
    """Find arguments that are never what the parameters of their functions take."""
    for actor in known.spec.actors if known.python is not None else ():
        label = known.places.value(actor.place / "target")
        called = Called(f"`{target_parts(actor.target)[1]}`", actor.place, label)
        made = known.calls.constructor(actor.target)
        if made is not None:
            types = NodeTypes(lambda _: None, {})
            yield from _named(called, actor.with_, made, types, known.places)
    for chain in known.spec.chains if known.python is not None else ():
        if chain.name not in known.spec.rejected:
            own = known.types[chain.name]
            types = NodeTypes(own.of_path, own.records)
            for entry in every_entry(chain.steps):
                if (function := _called(entry, known)) is not None:
                    yield from _given(entry, function, types, known)


def parameters_given(
    guarded: Guarded, known: Semantics
) -> Iterator[tuple[Annotation, str, nodes.Node]]:
    """Yield the parameter that a text is given to as one value, its name, and the value."""
    part, text = guarded.part, guarded.text
    if not isinstance(part, PythonStep | MessageStep) or not text.read.is_single:
        return
    match text.text.keys:
        case ("with", str(name)):
            function = _called(part, known)
            if function is not None and name in function.types:
                yield function.types[name], name, text.tree
        case _:
            pass


def _called(entry: Entry | Chain, known: Semantics) -> Function | None:
    """The function that an entry calls with arguments by name, where its source is known."""
    if isinstance(entry, PythonStep | MessageStep) and entry.with_ is None:
        return None
    return known.calls.of(entry)


def _given(
    entry: Entry, function: Function, types: NodeTypes, known: Semantics
) -> Iterator[Diagnostic]:
    """Find the arguments of one call that never fit."""
    places = known.places
    if isinstance(entry, For):
        tree = parse_expression(entry.items).tree
        title = f"{function.word} `{shown(target_parts(entry.stream or '')[1])}`"
        place = entry.place / "in"
        called = Called(title, place, places.value(place), "stream")
        for one in tree.kwargs if isinstance(tree, nodes.Call) else ():
            given = _of_node(one.value, types)
            yield from _misfit(called, one.key, given, function, places)
    elif isinstance(entry, PythonStep | MessageStep):
        title = f"{function.word} `{shown(target_parts(entry.target or '')[1])}`"
        if isinstance(entry, MessageStep):
            title = f"method `{shown(entry.method)}`"
        called = Called(title, entry.place, places.name(entry.place))
        yield from _named(called, entry.with_, function, types, places)


def _named(
    called: Called,
    arguments: Mapping[str, Any] | None,
    function: Function,
    types: NodeTypes,
    places: Places,
) -> Iterator[Diagnostic]:
    """Find what never fits among the arguments under `with`."""
    for name, data in (arguments or {}).items():
        yield from _misfit(called, name, _of_data(data, types), function, places)


class _Given(NamedTuple):
    """What an argument is: its type, the same in words, and whether it is written out."""

    type: TypeRef | None
    words: str
    is_written: bool


def _of_data(data: Any, types: NodeTypes) -> _Given:
    found = types.of_data(data) if data is not None else TypeRef(name="none")
    if isinstance(data, str) and "{" in data:
        return _Given(found, of_type(found) if found is not None else "", False)
    return _Given(found, described(data), True)


def _of_node(node: nodes.Node, types: NodeTypes) -> _Given:
    if isinstance(node, nodes.Const):
        return _of_data(node.value, types)
    found = types.type_of(node)
    return _Given(found, of_type(found) if found is not None else "", False)


def _misfit(
    called: Called, name: str, given: _Given, function: Function, places: Places
) -> Iterator[Diagnostic]:
    """Tell of an argument that its parameter never takes."""
    wanted = function.types.get(name)
    if wanted is None or given.type is None or _may_fit(given.type, wanted):
        return
    label = called.argument(name, places)
    if called.key == "with" and given.type.name != "none":
        label = places.value(called.place / "with" / name)
    parameter = f"{shown(name)}: {wanted.text}"
    way_out = _way_out(name, given, wanted)
    yield BadArguments.unfit(called.title, parameter, given.words, label, way_out)


def _may_fit(found: TypeRef, wanted: Annotation) -> bool:
    """Whether a value of a type may be one that a parameter takes."""
    if found.name == "union":
        return any(_may_fit(one, wanted) for one in found.args)
    if found.name == "one of":
        names = {type(value).__name__ for value in found.values}
        return any(_may_fit(TypeRef(name=one), wanted) for one in names)
    kind = _KINDS.get(found.name)
    if (
        found.name == "any"
        or is_object(found)
        or (kind is None and "an object" in wanted.kinds)
    ):
        return True
    if kind not in wanted.kinds:
        return kind not in _OBJECTS if "an object" in wanted.kinds else False
    if wanted.item is None or not found.args:
        return True
    return kind not in ("a list", "a mapping") or any(
        _may_fit(item, wanted.item) for item in _items(found)
    )


def _items(found: TypeRef) -> tuple[TypeRef, ...]:
    """The types of the items of a list, or of the values of a mapping."""
    return found.args[1:] if found.name == "dict" else found.args


def _way_out(name: str, given: _Given, wanted: Annotation) -> str:
    kinds = sorted(wanted.kinds - {"none"})
    kind = kinds[0] if len(kinds) == 1 else ""
    own = _KINDS.get(given.type.name, "") if given.type is not None else ""
    if given.is_written and kind in _LITERALS and own != kind:
        return _LITERALS[kind].format(name=shown(name))
    other = f"give it what it takes, `{wanted.text}`, or mend the annotation"
    return _CONVERSIONS.get((own, kind), other)
