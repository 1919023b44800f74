"""Items that may be none, printed or calculated with as a list is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from jinja2 import nodes

from n3gen.check.finders import chain_finder
from n3gen.check.item_tests import ORDERS
from n3gen.check.none_causes import single_names, why_skipped
from n3gen.check.optional_values import ASKED, Use
from n3gen.check.printed_names import TEXTS
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.check.skipped_uses import SkippedReader, endings_of
from n3gen.check.subjects import field_given
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import field_type, item_type
from n3gen.semantics.guards import Paths, nodes_asked, own_path
from n3gen.semantics.known import Semantics
from n3gen.semantics.skipped import maybe_skipped_rounds
from n3gen.semantics.typed_texts import TypedText, path_of
from n3gen.spec.model import Entry, TypeRef
from n3gen.spec.values import shown

__all__ = ["check_optional_items"]

_FAILING: Final = ("max", "min", "sort", "sum")
"""Filters that fail for an item that is none."""

_FUNCTIONS: Final = ("max", "min", "sorted", "sum")
_PICKED: Final = ("reject", "rejectattr", "select", "selectattr")


class _Taken(NamedTuple):
    """A list of which each item, or its field `attribute`, is taken for a value.

    `is_printed` says that it becomes a text; else none fails.
    """

    sign: str
    items: nodes.Node
    attribute: str
    is_printed: bool

    def way_out(self, path: str) -> str:
        """The same without what is none."""
        kept, call = "reject('none')", self.sign
        if self.sign in ASKED:
            call = "list"
        if self.attribute:
            kept = f"rejectattr('{self.attribute}', 'none')"
            call = f"{self.sign}(attribute='{self.attribute}')"
        if self.sign in _PICKED:
            call = f"{self.sign}(...)"
        return f"{path} | {kept} | {call}"


@chain_finder
def check_optional_items(known: Semantics) -> Iterator[Diagnostic]:
    """Find lists whose items may be none where each is taken for a value."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        rounds = single_names(chain, maybe_skipped_rounds(chain, known.ends))
        spots = {id(spot.entry): spot for spot in known.trees[chain.name].spots()}
        reader = SkippedReader(spots, endings_of(chain) if rounds else frozenset())
        for guarded in known.texts[chain.name].guarded:
            for taken, there, local in _taken(guarded.text, guarded.asked):
                if _is_asked(taken.items, there):
                    continue
                faults = [*_faults(guarded.text, taken)]
                if faults or taken.attribute:
                    yield from faults
                    continue
                use = Use(taken.items, taken.sign, local)
                name = reader.name_of(guarded, use)
                cause = rounds.get(name) if name else None
                if cause is not None and reader.is_open(guarded, use, cause):
                    yield _round(guarded.text, taken, cause, known)


def _taken(text: TypedText, asked: Paths) -> Iterator[tuple[_Taken, Paths, Paths]]:
    """The lists of which a text takes the items, what is asked before, and what by itself."""
    if text.read.is_single and text.text.keys[-1] in ASKED:
        yield _Taken(str(text.text.keys[-1]), text.tree, "", False), asked, Paths()
    for node, there, local in nodes_asked(text, asked):
        for taken in _taken_by(node):
            yield taken, there, local


def _taken_by(node: nodes.Node) -> Iterator[_Taken]:
    """The lists of which a node takes the items."""
    match node:
        case nodes.Filter(name="join", node=nodes.Node() as items):
            yield _Taken("join", items, field_given(node), True)
        case nodes.Filter(
            name="map", node=nodes.Node() as items, args=[nodes.Const(value=name)]
        ) if (name in TEXTS):
            yield _Taken(f"map('{name}')", items, "", True)
        case nodes.Filter(
            name="select" | "reject" as name,
            node=nodes.Node() as items,
            args=[nodes.Const(value=test), _],
        ) if (
            test in ORDERS
        ):
            yield _Taken(name, items, "", False)
        case nodes.Filter(
            name="selectattr" | "rejectattr" as name,
            node=nodes.Node() as items,
            args=[nodes.Const(value=field), nodes.Const(value=test), _],
        ) if (
            test in ORDERS
        ):
            yield _Taken(name, items, str(field), False)
        case nodes.Filter(name=name, node=nodes.Node() as items):
            if name in _FAILING:
                yield _Taken(name, items, field_given(node), False)
        case nodes.Call(node=nodes.Name(name=name), args=[items], kwargs=[]):
            if name in _FUNCTIONS:
                sign = "sort" if name == "sorted" else name
                yield _Taken(sign, items, "", False)
        case _:
            pass


def _is_asked(node: nodes.Node, asked: Paths) -> bool:
    """Whether something has looked after the items, or left some of them out."""
    while isinstance(node, nodes.Filter) and isinstance(node.node, nodes.Node):
        if node.name in _PICKED:
            return True
        node = node.node
    return bool(path_of(node)) and own_path(node) in asked


def _faults(text: TypedText, taken: _Taken) -> Iterator[Diagnostic]:
    """Tell of items that may be none by their type."""
    found = text.typed(taken.items)
    if found is None or found[1].name != "list":
        return
    item = item_type(found[1])
    for name in taken.attribute.split(".") if taken.attribute else ():
        item = field_type(item, name, text.types.records)
    if item is None or item.name != "union" or not _may_be_none(item):
        return
    path, label = shown(found[0]), text.label(taken.items)
    field = f"`{shown(taken.attribute)}` of " if taken.attribute else ""
    what, way_out = f"{field}an item of `{path}`", taken.way_out(path)
    if taken.is_printed:
        yield PrintsNone.item(what, label, way_out)
    else:
        yield MayBeNone.item(what, taken.sign, label, way_out)


def _may_be_none(type_: TypeRef) -> bool:
    return any(one.name == "none" for one in type_.args)


def _round(
    text: TypedText, taken: _Taken, entry: Entry, known: Semantics
) -> Diagnostic:
    """Tell of rounds whose last step may be skipped."""
    name, label = path_of(taken.items)[-1], text.label(taken.items)
    why, there = why_skipped(name, entry, known.places)
    name, way_out = shown(name), taken.way_out(shown(name))
    if taken.is_printed:
        return PrintsNone.round(name, why, label, there, way_out)
    return MayBeNone.round(name, taken.sign, why, label, there, way_out)
