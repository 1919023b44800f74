"""What a model call is given for its texts, pictures and files, and is never a text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import chain_finder, finder
from n3gen.check.optional_values import ASKED
from n3gen.check.reading_words import key_of_text, of_type
from n3gen.check.rules.asked_text_rules import NotAText
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import MAPPING
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import NodeTypes
from n3gen.semantics.typed_texts import TypedText, texts_of
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import ModelStep, TypeRef

__all__ = ["check_asked_texts"]

_TEXTS: Final = ("str", "file", "one of", "any", "none", "union")
"""Types whose values may be texts, or none, which other rules report."""

_PLAIN: Final = (
    *("str", "int", "float", "bool", "one of", "file"),
    *("date", "datetime", "duration", "uuid"),
)
"""Types whose values have no `role` and no `content`."""


@chain_finder
def check_asked_texts(known: Semantics) -> Iterator[Diagnostic]:
    """Find values that cannot be embedded, looked at or read, as they are no texts."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        for step in every_entry(chain.steps):
            if isinstance(step, ModelStep):
                for text in known.texts[chain.name].of(step):
                    yield from _misfits(text)


@finder
def check_texts_of_connectors(known: Semantics) -> Iterator[Diagnostic]:
    """Find the same in connectors."""
    nothing = ValueTypes({}, {}, {}, {}, frozenset())
    for connector in known.spec.connectors:
        for text in texts_of(connector, nothing, known.places):
            yield from _misfits(text)


def _misfits(text: TypedText) -> Iterator[Diagnostic]:
    key = key_of_text(text.text)
    if text.text.keys == ("messages",) and text.read.is_single:
        yield from _no_messages(text)
    if key not in ASKED or not text.read.is_single:
        return
    # What is in a list is one text; in place of the list, a list of them will do.
    takes_list = text.text.keys[-1] == key
    of = NodeTypes(text.types.of_path, text.types.records).type_of
    for node in _values(text.tree, takes_list=takes_list):
        found = of(node)
        if found is None or found.name in _TEXTS:
            continue
        if takes_list and found.name == "list" and found.args[0].name in _TEXTS:
            continue
        way_out = _way_out(found, takes_list=takes_list)
        yield NotAText.of(key, f"this is {of_type(found)}", way_out, text.label(node))


def _no_messages(text: TypedText) -> Iterator[Diagnostic]:
    """Tell what a call is given for its turns and is never a list of messages."""
    of = NodeTypes(text.types.of_path, text.types.records).type_of
    for node in _values(text.tree, takes_list=False):
        found = of(node)
        if found is None:
            continue
        items = found.args[0].name if found.name == "list" else None
        is_other = found.name in (*_PLAIN, "dict", MAPPING)
        if is_other or items == "list" or items in _PLAIN:
            yield NotAText.messages(f"this is {of_type(found)}", text.label(node))


def _values(node: nodes.Node, *, takes_list: bool) -> Iterator[nodes.Node]:
    """What the value of an expression may be: parts of it, and items of its lists."""
    match node:
        case nodes.CondExpr(expr1=nodes.Expr() as one, expr2=nodes.Expr() as other):
            parts = [one, other]
        case nodes.Or(left=nodes.Expr() as one, right=nodes.Expr() as other):
            parts = [one, other]
        case nodes.And(left=nodes.Expr() as one, right=nodes.Expr() as other):
            # Where the first one is the value, it is empty, as a text or a list may be.
            is_truth = isinstance(one, nodes.Compare | nodes.Not | nodes.Test)
            parts = [one, other] if is_truth else [other]
        case nodes.List(items=items) if takes_list:
            parts, takes_list = [*items], False
        case _:
            yield node
            return
    for part in parts:
        yield from _values(part, takes_list=takes_list)


def _way_out(found: TypeRef, *, takes_list: bool) -> str:
    if found.name == "list" and takes_list:
        return "make texts of its items with `| map('string') | list`"
    if found.name == "list":
        return "give its items one by one, or one text with `| join(', ')`"
    if found.name == "bool" and takes_list:
        return "give what it is about; write `x if ... else []` for what depends on it"
    if found.name == "dict":
        return "give a field of it, or one text with `| tojson`"
    return "make it a text with `| string`, or give what it is about"
