"""The filters of lists and mappings, and how each is written in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from jinja2 import nodes

from n3gen.expressions.arguments import Bound, Given, attribute_of, bind, constant_of
from n3gen.expressions.call_rules import WrongArguments
from n3gen.expressions.going_through import gone_through
from n3gen.expressions.literals import literal
from n3gen.expressions.operators import negate
from n3gen.expressions.paths import known_path
from n3gen.expressions.predicates import apply_test
from n3gen.expressions.value_filters import Filter, Write, supported, text_argument
from n3gen.expressions.writer import NUMBERS, Level, Piece, Writer
from n3gen.names import outside

__all__ = ["LIST_FILTERS"]


def _each(writer: Writer) -> Piece:
    """An item of a list that a filter goes through."""
    return Piece(writer.each, Level.NAME, base=writer.each, way="each")


def _comprehension(writer: Writer, items: Piece, element: str, test: str = "") -> Piece:
    """A list made of the items of another."""
    writer.fallible = True
    condition = f" if {test}" if test else ""
    known = items.clause if items.element == writer.each else ""
    clause = known or f"for {writer.each} in {writer.loose(items).at(Level.OR)}"
    clause += condition
    text = f"[{element} {clause}]"
    if element == writer.each and not condition:
        text = f"{outside('list')}({writer.loose(items).text})"
    shape = items.shape if element == writer.each else None
    return Piece(text, kind="list", shape=shape, element=element, clause=clause)


def _read(
    writer: Writer, items: Piece, path: str, fallback: Piece | None = None
) -> Piece:
    """A field of each item, as the type of the items allows, or by `get`."""
    each, way = writer.each, f"each.{path}"
    shape = None if items.shape is None else items.shape.items
    if (found := known_path(_each(writer), shape, path)) is not None:
        return found
    if fallback is not None:
        return Piece(writer.call("get_or", each, literal(way), fallback.text))
    text = writer.call("get", each, literal(way))
    return Piece(text, base=each, way=way, is_get=True)


def _map(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    if not call.args:
        found = bind(writer, call, ("attribute", "default"), 1)
        if found is None:
            return subject
        path = attribute_of(writer, call, found["attribute"])
        fallback = writer.write(found["default"]) if "default" in found else None
        return _comprehension(
            writer, subject, _read(writer, subject, path, fallback).text
        )
    name = str(constant_of(writer, call, call.args[0], "the filter"))
    at, rest = call.args[0].lineno, list(call.args[1:])
    inner = nodes.Filter(None, name, rest, list(call.kwargs), None, None, lineno=at)
    before, writer.block = writer.block, _each(writer)
    element = writer.write(inner).text
    writer.block = before
    return _comprehension(writer, subject, element)


def _selected(keep: bool, by_attribute: bool) -> Write:
    """`select` and its kin: the items of which a test, or the truth, holds."""

    def write(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
        value, rest = _each(writer), list(call.args)
        if by_attribute:
            if not rest:
                what = f"{call.what} needs the name of a field"
                at = call.token
                return writer.fault(WrongArguments.of(what, at.start, at.end))
            value = _read(writer, subject, attribute_of(writer, call, rest.pop(0)))
        if rest:
            name = str(constant_of(writer, call, rest[0], "the test"))
            what, token = f"test `{name}`", writer.token(rest[0])
            inner = Given(what, token, rest[1:], call.kwargs)
            value = apply_test(writer, name, value, inner)
        test = value if keep else negate(value)
        return _comprehension(writer, subject, writer.each, test.at(Level.OR))

    return write


def _join(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    writer.fallible = True
    between = text_argument(writer.write(bound["d"])) if "d" in bound else '""'
    if "attribute" in bound:
        path = attribute_of(writer, call, bound["attribute"])
        subject = _comprehension(writer, subject, _read(writer, subject, path).text)
    known = gone_through(writer, subject, "join")
    items = f"{outside('map')}({outside('str')}, {known})"
    if subject.element:
        items = f"{outside('str')}({subject.element}) {subject.clause}"
    return Piece(f"{between}.join({items})", kind="str")


def _sum(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    writer.fallible = True
    if "attribute" in bound:
        path = attribute_of(writer, call, bound["attribute"])
        subject = _comprehension(writer, subject, _read(writer, subject, path).text)
    start = writer.write(bound["start"]) if "start" in bound else None
    items = writer.loose(subject).text
    if subject.element:
        items = f"{subject.element} {subject.clause}"
        items = f"({items})" if start else items
    if start is None:
        return Piece(f"{outside('sum')}({items})")
    if start.kind not in NUMBERS:
        return Piece(writer.call("sum_from", items, start.text))
    return Piece(f"{outside('sum')}({items}, {start.text})")


def _length(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    writer.fallible = True
    sized = subject.kind in ("str", "list")
    value = subject if sized else writer.loose(subject)
    return Piece(f"{outside('len')}({value.text})", kind="int")


def _list(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    if subject.kind == "list" and not subject.base:
        return subject
    writer.fallible = True
    return Piece(f"{outside('list')}({writer.loose(subject).text})", kind="list")


def _sorted_dict(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    if "by" in bound:
        by = constant_of(writer, call, bound["by"], "by")
        if by not in ("key", "value", None):
            token = writer.token(bound["by"])
            what = "`by` of filter `dictsort` is `key` or `value`"
            return writer.fault(WrongArguments.of(what, token.start, token.end))
    return replace(_SORT_DICT.write(writer, subject, call, bound), kind="list")


_SORT_DICT = supported("sort_dict", "case_sensitive by reverse", about="")
_LENGTH = Filter((), 0, _length, about="how many items there are")

LIST_FILTERS: Final[Mapping[str, Filter]] = {
    "batch": supported(
        "batch_items",
        "linecount fill_with",
        1,
        "list",
        about="rows of `linecount` items",
    ),
    "count": _LENGTH,
    "dictsort": Filter(
        _SORT_DICT.parameters, 0, _sorted_dict, about="the pairs of a mapping, in order"
    ),
    "first": supported("first_of", may_miss=True, about="the first item"),
    "groupby": supported(
        "group_by",
        "attribute default case_sensitive",
        1,
        "list",
        about="the items in groups by a field: pairs of `grouper` and `list`",
    ),
    "items": supported("items_of", kind="list", about="the pairs of a mapping"),
    "join": Filter(
        ("d", "attribute"),
        0,
        _join,
        about="the items as one text, with `d` between them",
    ),
    "last": supported("last_of", may_miss=True, about="the last item"),
    "length": _LENGTH,
    "list": Filter((), 0, _list, about="the items as a list"),
    "map": Filter(None, 0, _map, about="a field, or a filter, of each item"),
    "max": supported(
        "max_of", "case_sensitive attribute", may_miss=True, about="the greatest item"
    ),
    "min": supported(
        "min_of", "case_sensitive attribute", may_miss=True, about="the least item"
    ),
    "reject": Filter(
        None,
        0,
        _selected(keep=False, by_attribute=False),
        about="the items of which a test does not hold",
    ),
    "rejectattr": Filter(
        None,
        0,
        _selected(keep=False, by_attribute=True),
        about="those whose field fails a test",
    ),
    "reverse": supported("reverse_of", about="the items, or the text, from the end"),
    "select": Filter(
        None,
        0,
        _selected(keep=True, by_attribute=False),
        about="the items of which a test holds",
    ),
    "selectattr": Filter(
        None,
        0,
        _selected(keep=True, by_attribute=True),
        about="those whose field passes a test",
    ),
    "slice": supported(
        "slice_items",
        "slices fill_with",
        1,
        "list",
        about="the items in so many columns",
    ),
    "sort": supported(
        "sort_items",
        "reverse case_sensitive attribute",
        0,
        "list",
        about="the items in order",
    ),
    "sum": Filter(("attribute", "start"), 0, _sum, about="the sum of the items"),
    "unique": supported(
        "unique_items",
        "case_sensitive attribute",
        0,
        "list",
        about="the items without repetitions",
    ),
}
"""The filters of lists and mappings by name."""
