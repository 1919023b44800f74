"""Filters (`x | upper`), as the Python of the same result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from jinja2 import nodes

from n3gen.diagnostics import nearest
from n3gen.expressions.arguments import Bound, Given, bind, constant_of, given
from n3gen.expressions.call_rules import UnknownFilter
from n3gen.expressions.data_filters import DATA_FILTERS
from n3gen.expressions.list_filters import LIST_FILTERS
from n3gen.expressions.literals import literal
from n3gen.expressions.methods import METHODS
from n3gen.expressions.regex_filters import REGEX_FILTERS
from n3gen.expressions.value_filters import VALUE_FILTERS, Filter
from n3gen.expressions.writer import Form, Level, Piece, Writer

__all__ = ["ELSEWHERE", "FILTERS", "FORMS", "OF_MAPPINGS"]

ELSEWHERE = {
    "size": "length",
    "count": "length",
    "len": "length",
    "strip": "trim",
    "filter": "select",
    "sorted": "sort",
    "reversed": "reverse",
    "concat": "join",
    "coalesce": "default",
    **dict.fromkeys(("str", "toString", "to_string"), "string"),
    **dict.fromkeys(("json", "to_json", "toJson", "toJSON", "dump"), "tojson"),
    **dict.fromkeys(
        ("from_json", "fromJson", "fromJSON", "parse_json", "parseJson"), "fromjson"
    ),
    **dict.fromkeys(("downcase", "lcase"), "lower"),
    **dict.fromkeys(("upcase", "ucase"), "upper"),
    "toUpperCase": "upper",
    "toLowerCase": "lower",
    "uppercase": "upper",
    "lowercase": "lower",
}
"""What other languages call filters, as fields or as methods."""

OF_MAPPINGS = frozenset(["items", "dictsort"])
"""Filters that only mappings go through."""

_LEFT_OUT = {
    "random": "it gives another result each time",
    "pprint": "write `tojson(indent=2)` instead",
    **dict.fromkeys(
        ["e", "escape", "forceescape", "safe", "striptags", "urlize", "xmlattr"],
        "prompts are plain text, not HTML",
    ),
    **dict.fromkeys(
        ["center", "filesizeformat"], "format such texts in a `python` step"
    ),
}
_DEFAULTED = frozenset(["default", "d"])
_ASKED = frozenset(["contains", "includes", "has"])
"""What other languages call the operator `in`."""

_VERBATIM = frozenset(["replace", *REGEX_FILTERS])
"""Filters whose arguments may be templates, which they look for."""

_EMPTY_MISS = frozenset(
    ["first", "last", "min", "max", "attr", "regex_find", *_DEFAULTED]
)


def filtered(writer: Writer, node: nodes.Filter) -> Piece:
    token = writer.token(node)
    call = given(writer, node, f"filter `{node.name}`", token)
    if call is None:
        return Piece("None")
    if node.node is None:
        return _apply(writer, node.name, writer.block or Piece('""'), call)
    if node.name not in _DEFAULTED:
        return _apply(writer, node.name, writer.write(node.node), call)
    bound = bind(writer, call, ("default_value", "boolean"))
    if bound is None:
        return Piece("None")
    before = writer.fallible
    may_miss = isinstance(node.node, nodes.Filter) and node.node.name in _EMPTY_MISS
    kinds = (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.CondExpr)
    if not may_miss and not isinstance(node.node, kinds):
        return _defaulted(writer, writer.write(node.node), call, bound)
    subject = writer.optional(node.node)
    writer.fallible = before if subject.is_safe else writer.fallible
    return _defaulted(writer, subject, call, bound)


def _instead(name: str) -> str:
    """How to write what is no filter here, and another part of the language."""
    if name in _ASKED:
        return "write `'text' in value`"
    return f"it is a method: write `value.{name}(...)`"


def _apply(writer: Writer, name: str, subject: Piece, call: Given) -> Piece:
    """What a filter makes of a value."""
    known = FILTERS.get(name)
    place = (call.token.start, call.token.end)
    if name in _LEFT_OUT:
        return writer.fault(UnknownFilter.left_out(name, _LEFT_OUT[name], *place))
    if known is None:
        meant = ELSEWHERE.get(name) or nearest(name, FILTERS)
        if name in _ASKED or (name in METHODS and name not in ELSEWHERE):
            return writer.fault(UnknownFilter.elsewhere(name, *place, _instead(name)))
        return writer.fault(UnknownFilter.of(name, *place, meant))
    bound: Bound | None = {}
    if known.parameters is not None:
        bound = bind(writer, call, known.parameters, known.required)
    if bound is None:
        return subject
    before, writer.verbatim = writer.verbatim, name in _VERBATIM
    try:
        return known.write(writer, subject, call, bound)
    finally:
        writer.verbatim = before


def _defaulted(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    flag = bound.get("boolean")
    is_boolean = flag is not None and constant_of(writer, call, flag, "boolean")
    before, writer.fallible = writer.fallible, False
    fallback = Piece('""', kind="str")
    if "default_value" in bound:
        fallback = writer.write(bound["default_value"])
    is_lazy, writer.fallible = writer.fallible, before or writer.fallible
    if is_boolean:
        none = Piece("None")
        subject = replace(subject, may_be_none=False)
        known = _or_fallback(writer, subject, none, False)
        text = f"{known.at(Level.OR)} or {fallback.at(Level.AND)}"
        return Piece(text, Level.OR)
    return _or_fallback(writer, subject, fallback, is_lazy)


def _or_fallback(
    writer: Writer, subject: Piece, fallback: Piece, is_lazy: bool
) -> Piece:
    """The value, or the fallback where it is missing; asks only of what may be."""
    if subject.may_be_none:
        known = replace(subject, may_be_none=False)
        if fallback.text == "None":
            found = _or_fallback(writer, known, fallback, False)
            return Piece(found.text, found.level)
        there = _or_fallback(writer, known, Piece("None"), False).at(Level.SUM)
        choice = f"{fallback.at(Level.OR)} if {there} is None"
        return Piece(f"{choice} else {subject.at(Level.OR)}", Level.CHOICE)
    if subject.is_there or (fallback.text == "None" and not subject.can_miss):
        return subject
    if is_lazy:
        both = (f"lambda: {subject.text}", f"lambda: {fallback.text}")
        text = writer.call("first_defined", *both, fallible=False)
        return Piece(text, may_miss=True)
    name, values = "not_none", [subject.text]
    if subject.may_miss:
        name, values = "or_else", [f"lambda: {subject.text}"]
    elif subject.is_get:
        name, values = "get_or", [subject.base, literal(subject.way)]
    return Piece(writer.call(name, *values, fallback.text, fallible=False))


def _default(writer: Writer, subject: Piece, call: Given, bound: Bound) -> Piece:
    return _defaulted(writer, subject, call, bound)


FILTERS: Final[Mapping[str, Filter]] = {
    **VALUE_FILTERS,
    **LIST_FILTERS,
    **DATA_FILTERS,
    **REGEX_FILTERS,
    "d": Filter(
        ("default_value", "boolean"), 0, _default, about="the same as `default`"
    ),
    "default": Filter(
        ("default_value", "boolean"),
        0,
        _default,
        about="the value, or another where it is missing or none; with `boolean` also where it is empty",
    ),
}
"""All filters by name."""

FORMS: Final[Mapping[type[nodes.Node], Form]] = {nodes.Filter: filtered}
"""How filters are written."""
