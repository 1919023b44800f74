"""Filters, functions, `in` and `[...]` on values that their types rule out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.reading_words import of_type
from n3gen.check.rules.operation_rules import ImpossibleOperation
from n3gen.diagnostics import Diagnostic
from n3gen.expressions import METHODS, field_faults
from n3gen.semantics.field_types import MAPPING, Records, field_type, item_type
from n3gen.semantics.known import Semantics
from n3gen.semantics.typed_texts import TypedText
from n3gen.spec.model import TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import described, shown

__all__ = [
    "FILTERS",
    "FUNCTIONS",
    "OF_TEXTS",
    "TESTS",
    "Taken",
    "check_subjects",
    "field_given",
    "kinds_of",
    "subjects_of",
]


class Taken(NamedTuple):
    """The kinds of values that something takes, and the same in words."""

    kinds: frozenset[str]
    words: str


def _taken(kinds: str, words: str) -> Taken:
    return Taken(frozenset(kinds.split()), words)


_ITEMS: Final = _taken("text list mapping record", "a text, a list or a mapping")
_FIELDED: Final = _taken("list", "a list of what has fields")
_CONVERTED: Final = _taken("text int float", "a number or a text")
_WHOLE_OF: Final = _taken("text int float uuid", "a number or a text")
_SIZED: Final = _taken("text list mapping", "a text, a list or a mapping")
_INDEXED: Final = _taken("text list mapping", "a text, a list or a mapping")
_PART: Final = _taken("text list", "a text or a list")
_SUMMED: Final = _taken("list mapping", "a list of numbers")
_NESTED: Final = _taken("list record", "a list of lists")
_KEYED: Final = _taken("mapping", "a mapping")
_MERGED: Final = _taken("mapping record", "a mapping")
_NUMBER: Final = _taken("int float", "a number")
_WHOLE: Final = _taken("int", "a whole number")
_AMOUNT: Final = _taken("int float duration", "a number")
_JSON: Final = _taken("text", "a text")

FILTERS: Final[Mapping[str, Taken]] = {
    **dict.fromkeys(("batch", "first", "join", "list", "map", "max", "min"), _ITEMS),
    **dict.fromkeys(("reject", "reverse", "select", "slice", "sort", "unique"), _ITEMS),
    **dict.fromkeys(("groupby", "rejectattr", "selectattr"), _FIELDED),
    **dict.fromkeys(("count", "last", "length"), _SIZED),
    **dict.fromkeys(("dictsort", "items"), _KEYED),
    "abs": _AMOUNT,
    "combine": _MERGED,
    "flatten": _NESTED,
    "fromjson": _JSON,
    "round": _NUMBER,
    "sum": _SUMMED,
}
"""What filters take; those that are not here take any value, or look at it themselves."""

FUNCTIONS: Final[Mapping[str, Taken]] = {
    **dict.fromkeys(("enumerate", "sorted", "zip"), _ITEMS),
    "float": _CONVERTED,
    "int": _WHOLE_OF,
    "abs": _AMOUNT,
    "len": _SIZED,
    "range": _WHOLE,
    "round": _NUMBER,
    "sum": _SUMMED,
}
"""What functions take: `range` and `zip` as any of their arguments."""

TESTS: Final = dict.fromkeys(("divisibleby", "even", "odd"), _NUMBER)
"""What tests take that calculate."""

_EACH: Final = ("range", "zip")
_OF_ONE: Final = ("max", "min")
_KINDS: Final[Mapping[str, str]] = {
    **{name: name for name in ("date", "datetime", "duration", "uuid", "list")},
    **{name: name for name in ("int", "float")},
    "bool": "int",
    "dict": "mapping",
    MAPPING: "mapping",
    "file": "text",
    "str": "text",
}
_LITERALS: Final = {"str": "text", "int": "int", "float": "float", "bool": "int"}
_ROWS: Final = ("batch", "enumerate", "list", "map", "select", "sorted", "zip")
_LOOKED_FOR: Final = ("in", "notin")
_HINTS: Final = ("|", "(", "[", " in ", " is ")
OF_TEXTS: Final = frozenset(name for name in METHODS if hasattr(str, name))
"""The methods of texts that expressions can call."""


_USES: Final = (nodes.Filter, nodes.Call, nodes.Getitem, nodes.Compare, nodes.Test)


@chain_finder
def check_subjects(known: Semantics) -> Iterator[Diagnostic]:
    """Find values of declared types that what they are given to can do nothing with."""
    for chain in known.checked:
        shapes = known.shapes[chain.name]
        for text in known.texts[chain.name]:
            if not any(hint in text.text.text for hint in _HINTS):
                continue
            reported = {fault.end for fault in field_faults(text.read, shapes)}
            for node in text.all_of(*_USES):
                if isinstance(node, nodes.Getitem) and _end(text, node) in reported:
                    continue
                for name, subject, taken in subjects_of(node):
                    if fault := _fault(text, name, subject, taken):
                        yield fault
                yield from _unlike(text, node)


def _end(text: TypedText, node: nodes.Getitem) -> int:
    """Where the index of a node ends in its text."""
    tokens = text.read.tokens
    return tokens[min(node.arg.lineno, len(tokens) - 1)].end


def subjects_of(node: nodes.Node) -> Iterator[tuple[str, nodes.Node, Taken]]:
    """What a node makes something of: by what, the value, and what can be taken there."""
    match node:
        case nodes.Filter(name=name, node=nodes.Node() as subject) if name in FILTERS:
            yield name, subject, FILTERS[name]
        case nodes.Call(node=nodes.Name(name=name), args=[_, *_] as arguments):
            if name in _OF_ONE and len(arguments) == 1:
                yield name, arguments[0], _ITEMS
            every = arguments if name in _EACH else arguments[:1]
            for subject in every if name in FUNCTIONS else ():
                yield name, subject, FUNCTIONS[name]
        case nodes.Getitem(node=subject, arg=nodes.Slice()):
            yield "[:]", subject, _PART
        case nodes.Test(name=name, node=subject) if name in TESTS:
            yield f"is {name}", subject, TESTS[name]
        case nodes.Getitem(node=subject, arg=nodes.Const(value=int() as index)):
            yield f"[{index}]", subject, _INDEXED
        case nodes.Getitem(
            node=subject, arg=nodes.Neg(node=nodes.Const(value=int() as index))
        ):
            yield f"[-{index}]", subject, _INDEXED
        case nodes.Compare(ops=operands):
            for operand in operands:
                if operand.op in _LOOKED_FOR:
                    yield "in", operand.expr, _SIZED
        case _:
            pass


def kinds_of(type_: TypeRef, records: Records) -> frozenset[str]:
    """The kinds that the values of a type may be of; none of them where that is open."""
    if type_.name == "union":
        members = [kinds_of(one, records) for one in type_.args if one.name != "none"]
        return frozenset().union(*members) if all(members) else frozenset()
    if type_.name == "one of":
        found = {_LITERALS.get(type(value).__name__, "") for value in type_.values}
        return frozenset() if "" in found else frozenset(found)
    if type_.name in records:
        return frozenset(("record",))
    kind = _KINDS.get(type_.name)
    return frozenset() if kind is None else frozenset((kind,))


def _unlike(text: TypedText, node: nodes.Node) -> Iterator[Diagnostic]:
    """Find values that cannot be compared, added up or looked for in one another."""
    match node:
        case nodes.Call(node=nodes.Getattr(node=owner, attr=name)):
            found = text.typed(owner) if name in OF_TEXTS else None
            if found is not None and found[1].name == "dict":
                what = f"`{shown(found[0])}`, {of_type(found[1])}"
                way_out = f"call it on a value: `{shown(found[0])}['key'].{name}()`"
                yield ImpossibleOperation.given(
                    f".{name}()", "a text", what, text.label(owner), way_out
                )
        case nodes.Call(node=nodes.Name(name=name), args=[first, *others]):
            for other in others if name in _OF_ONE else ():
                one, two = _compared(text, first), _compared(text, other)
                if one and two and not one & two:
                    label = text.label(other)
                    yield ImpossibleOperation.unlike(name, _one(one), _one(two), label)
                    return
        case nodes.Compare(expr=left, ops=[operand]) if operand.op in _LOOKED_FOR:
            looked_for, inside = _kinds(text, left), _kinds(text, operand.expr)
            if inside == {"text"} and looked_for and "text" not in looked_for:
                yield ImpossibleOperation.looked_for(text.label(left))
        case nodes.Filter(name="sum", node=nodes.Node() as items, args=[]):
            if all(given.key == "attribute" for given in node.kwargs):
                yield from _summed(text, items, field_given(node))
        case _:
            pass


def _summed(text: TypedText, items: nodes.Node, field: str) -> Iterator[Diagnostic]:
    """Find lists whose items, or a field of them, are no numbers."""
    found = text.typed(items)
    item = item_type(found[1]) if found is not None else None
    for name in field.split(".") if field else ():
        item = field_type(item, name, text.types.records)
    kinds = kinds_of(item, text.types.records) if item is not None else None
    if found is None or item is None or not kinds or kinds & _NUMBER.kinds:
        return
    path, label = shown(found[0]), text.label(items)
    what = f"`{path}`, {of_type(found[1])}"
    way_out = f"write `{path} | map('float') | sum`"
    if field:
        what = f"`{shown(field)}`, of type `{shown(spelled(item))}`"
        read = f"map(attribute='{shown(field)}')"
        way_out = f"write `{path} | {read} | map('float') | sum`"
    if found[1].name in ("dict", MAPPING) and not field:
        way_out = f"take its values, not its keys: `{path}.values() | sum`"
    elif kinds != {"text"}:
        named = f"name {'another' if field else 'a'} field"
        way_out = f"{named}: `{path} | sum(attribute='...')`"
    yield ImpossibleOperation.given("sum", "a list of numbers", what, label, way_out)


def field_given(node: nodes.Filter) -> str:
    """The field of each item that a filter is given by the name `attribute`, if any."""
    for given in node.kwargs:
        if given.key == "attribute" and isinstance(given.value, nodes.Const):
            return str(given.value.value)
    return ""


def _kinds(text: TypedText, node: nodes.Node) -> frozenset[str]:
    """The kinds of a value, be it a literal; none where they are open."""
    if isinstance(node, nodes.Const):
        kind = _LITERALS.get(type(node.value).__name__)
        return frozenset() if kind is None else frozenset((kind,))
    found = text.typed(node)
    return frozenset() if found is None else kinds_of(found[1], text.types.records)


def _compared(text: TypedText, node: nodes.Node) -> frozenset[str]:
    """The same, where whole numbers and others are of one kind."""
    return frozenset(
        "number" if k in ("int", "float") else k for k in _kinds(text, node)
    )


def _one(kinds: frozenset[str]) -> str:
    return f"a {sorted(kinds)[0]}"


def _fault(
    text: TypedText, name: str, subject: nodes.Node, taken: Taken
) -> Diagnostic | None:
    label = text.label(subject)
    if isinstance(subject, nodes.Const):
        kind = _LITERALS.get(type(subject.value).__name__)
        if kind is None or kind in taken.kinds:
            return None
        return ImpossibleOperation.given(
            name, taken.words, described(subject.value), label
        )
    found = text.typed(subject)
    kinds = frozenset() if found is None else kinds_of(found[1], text.types.records)
    if found is None or not kinds or kinds & taken.kinds:
        return None
    path, type_ = shown(found[0]), shown(spelled(found[1]))
    way_out = _way_out(name, path, kinds, taken)
    what = f"`{path}`, of type `{type_}`"
    return ImpossibleOperation.given(name, taken.words, what, label, way_out)


def _way_out(name: str, path: str, kinds: frozenset[str], taken: Taken) -> str | None:
    """What may have been meant."""
    if name == "in" and kinds == {"record"}:
        return f"read a field of it, or ask for one: `{path}.FIELD is defined`"
    if name == "in":
        return "look in a list or a text, or compare the value with `==`"
    if kinds == {"record"}:
        return "give it a field of the value"
    if kinds <= {"int", "float"}:
        return _for_number(name, path, kinds, taken)
    if kinds == {"text"}:
        return _for_text(path, taken)
    if kinds == {"list"}:
        return _for_list(path, taken)
    if kinds == {"mapping"} and taken is _PART:
        return f"take a part of its keys: `({path} | list)[:]`"
    is_data = taken is _JSON and kinds <= {"list", "mapping"}
    return f"it is data already: read `{path}` alone" if is_data else None


def _for_number(name: str, path: str, kinds: frozenset[str], taken: Taken) -> str:
    if taken is _WHOLE:
        return f"make it a whole number: `{path} | int`"
    if taken is _SIZED and name != "last":
        return f"write `{path} | string | length` for its digits"
    if kinds == {"int"} and name in _ROWS:
        return f"write `range({path})` for so many numbers"
    return f"it is one number: read `{path}` alone"


def _for_text(path: str, taken: Taken) -> str | None:
    if "int" in taken.kinds:
        return f"turn the text into a number: `{path} | int`"
    if taken is _SUMMED:
        return f"turn its parts into numbers: `{path}.split(',') | map('int') | sum`"
    is_keyed = taken in (_KEYED, _MERGED)
    return f"where it is JSON, write `{path} | fromjson`" if is_keyed else None


def _for_list(path: str, taken: Taken) -> str | None:
    if "int" in taken.kinds:
        return f"take one item, `{path}[0]`, or how many there are, `{path} | length`"
    if taken is _JSON:
        return f"it is data already: read `{path}` alone"
    if taken is _KEYED:
        return f"write `enumerate({path})` for the items with their numbers"
    return None
