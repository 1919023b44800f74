"""Tests by name, as `selectattr` and `is` take them, that compare with what never is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from jinja2 import nodes

from n3gen.check.comparisons import Comparisons, apart
from n3gen.check.finders import chain_finder
from n3gen.check.subjects import field_given
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import field_type, item_type
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import Typed
from n3gen.semantics.typed_texts import TypedText, path_of

__all__ = ["ORDERS", "check_item_tests"]

_EQUAL: Final = ("==", "eq", "equalto", "!=", "ne")
ORDERS: Final = (
    *("<", "<=", ">", ">="),
    *("lt", "le", "gt", "ge", "lessthan", "greaterthan"),
)
"""The tests that order two values."""
_BY_FIELD: Final = ("rejectattr", "selectattr")
_WHOLE: Final = ("reject", "select")


@chain_finder
def check_item_tests(known: Semantics) -> Iterator[Diagnostic]:
    """Find tests of items and of values that compare them with what they never are."""
    for chain in known.checked:
        for text in known.texts[chain.name]:
            comparisons = Comparisons(text)
            for node in text.all_of(nodes.Filter, nodes.Test):
                yield from _faults(comparisons, node)


def _faults(comparisons: Comparisons, node: nodes.Node) -> Iterator[Diagnostic]:
    """Tell of a test of `known`, by its name and the value that it is given."""
    text = comparisons.text
    match node:
        case nodes.Test(name=test, node=value, args=[nodes.Expr() as other]):
            known = text.typed(value)
        case nodes.Filter(
            name=name,
            node=nodes.Node() as value,
            args=[nodes.Const(value=test), nodes.Expr() as other],
        ) if (
            name in _WHOLE
        ):
            known = _item(text, value, "")
        case nodes.Filter(
            name=name,
            node=nodes.Node() as value,
            args=[
                nodes.Const(value=field),
                nodes.Const(value=test),
                nodes.Expr() as other,
            ],
        ) if (
            name in _BY_FIELD
        ):
            known = _item(text, value, str(field))
        case _:
            return
    if known is None or not isinstance(value, nodes.Expr):
        return
    if test == "in" and isinstance(other, nodes.List | nodes.Tuple):
        for one in other.items:
            if isinstance(one, nodes.Const):
                yield from comparisons.constant(known, value, one, is_order=False)
    elif test in (*_EQUAL, *ORDERS) and isinstance(other, nodes.Const):
        is_order = test in ORDERS
        yield from comparisons.constant(known, value, other, is_order=is_order)
    elif test in (*_EQUAL, *ORDERS):
        given = text.typed(other)
        if given is not None:
            yield from apart(known, given, text.label(other))


def _item(text: TypedText, items: nodes.Node, field: str) -> Typed | None:
    """What a test of the items of a list, or of a field of them, looks at, and its type."""
    found = text.typed(items)
    item = item_type(found[1]) if found is not None else None
    for name in field.split(".") if field else ():
        item = field_type(item, name, text.types.records)
    if found is None or item is None or item.name == "any":
        return None
    if not field and isinstance(items, nodes.Filter) and items.name == "map":
        field = field_given(items)
    owner = found[0] if path_of(items) else f"({found[0]})"
    return field or f"{owner}[...]", item
