"""Comparisons and cases that the types of values rule out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Set
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import nodes

from n3gen.check.compared_kinds import (
    are_apart,
    can_be,
    kind_of_literal,
    kind_of_type,
    ordered_type,
)
from n3gen.check.finders import chain_finder
from n3gen.check.habits import is_nothing
from n3gen.check.reading_words import of_type
from n3gen.check.rules.comparison_rules import ImpossibleComparison
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.semantics.field_types import ERROR_RECORD, MAPPING, choices_of
from n3gen.semantics.known import Semantics
from n3gen.semantics.node_types import ORDER_SIGNS, Typed, path_of
from n3gen.semantics.reads import parsed
from n3gen.semantics.typed_texts import TypedText
from n3gen.semantics.value_types import STATUSES, ValueTypes
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Match, TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import described, shown

__all__ = ["Comparisons", "apart", "check_comparisons", "never_alike"]

_COMPUTED: Final = (nodes.Filter, nodes.Concat)
_TEXTS: Final = (
    "capitalize",
    "join",
    "lower",
    "string",
    "title",
    "tojson",
    "trim",
    "upper",
)
"""Filters that give a text, whatever they are given."""

_COUNTS: Final = dict.fromkeys(
    ("count", "float", "int", "length", "wordcount"), "number"
)
"""Filters that give a number."""

_FIELDS: Final = 3
"""How many fields a message shows."""

_STATUS: Final = re.compile(r"[1-5](?:\d\d|xx)")
"""A status of HTTP, or a class of them."""

_SUGGESTED: Final = 100
"""How many of many choices are compared with a value that is none of them."""


@chain_finder
def check_comparisons(known: Semantics) -> Iterator[Diagnostic]:
    """Find comparisons with what a value of its type never is."""
    for chain in known.checked:
        types = known.types[chain.name]
        for text in known.texts[chain.name]:
            yield from Comparisons(text).faults()
        for entry in every_entry(chain.steps):
            if isinstance(entry, Match):
                yield from _cases(entry, types, known.places)


def never_alike(text: TypedText) -> Set[int]:
    """The ids of the nodes that are compared in a text with what they never are."""
    found = Comparisons(text)
    return {
        id(side)
        for left, operand in found.pairs()
        if any(True for _ in found.compared(left, operand))
        for side in (left, operand.expr)
    }


@dataclass(frozen=True, slots=True)
class Comparisons:
    """The comparisons in one text."""

    text: TypedText

    def faults(self) -> Iterator[Diagnostic]:
        for left, operand in self.pairs():
            yield from self.compared(left, operand)

    def pairs(self) -> Iterator[tuple[nodes.Expr, nodes.Operand]]:
        """What is compared, each with what it is compared with."""
        for comparison in self.text.all_of(nodes.Compare):
            if isinstance(comparison, nodes.Compare):
                left = comparison.expr
                for operand in comparison.ops:
                    yield left, operand
                    left = operand.expr

    def compared(
        self, left: nodes.Expr, operand: nodes.Operand
    ) -> Iterator[Diagnostic]:
        right = operand.expr
        if operand.op in ("in", "notin"):
            yield from self._member(left, right)
            return
        is_order = operand.op in ORDER_SIGNS
        found: list[Diagnostic] = []
        for value, other in ((left, right), (right, left)):
            known = self.text.typed(value)
            if known is not None and isinstance(other, nodes.Const):
                found += self.constant(known, value, other, is_order=is_order)
        yield from found
        if found:
            return
        if self._is_mixed(left, right):
            yield ImpossibleComparison.kinds(self.text.label(right))
            return
        one, two = self.text.typed(left), self.text.typed(right)
        if one is not None and two is not None:
            found += apart(one, two, self.text.label(right))
        yield from found or self._collected(left, right)

    def _collected(self, left: nodes.Expr, right: nodes.Expr) -> Iterator[Diagnostic]:
        """Tell of a record, a list or a mapping beside another one of these."""
        kinds = self._collection(left), self._collection(right)
        one, two = self.text.typed(left), self.text.typed(right)
        if not all(kinds) or kinds[0] == kinds[1]:
            return
        for known, kind in ((one, kinds[1]), (two, kinds[0])):
            if known is not None:
                yield ImpossibleComparison.of(
                    shown(known[0]), of_type(known[1]), kind, self.text.label(right)
                )
                return

    def _collection(self, node: nodes.Expr) -> str:
        """What a node surely is of these, if it is one."""
        match node:
            case nodes.Dict():
                return "a mapping"
            case nodes.List() | nodes.Tuple():
                return "a list"
            case _:
                known = self.text.typed(node)
        type_ = None if known is None else ordered_type(known[1])
        if type_ is None:
            return ""
        if type_.name in self.text.types.records:
            return "a record"
        kind = kind_of_type(type_)
        return f"a {kind}" if kind in ("list", "mapping", "text", "number") else ""

    def _is_mixed(self, left: nodes.Expr, right: nodes.Expr) -> bool:
        """Whether a text is compared with a number, whatever either reads.

        What is read on both sides, or beside a literal, is looked at by its type.
        """
        sides = (left, right)
        is_literal = all(isinstance(side, nodes.Const) for side in sides)
        if not is_literal and not any(isinstance(side, _COMPUTED) for side in sides):
            return False
        kinds = [self._sure(side) for side in sides]
        return {*kinds} == {"text", "number"}

    def _sure(self, node: nodes.Expr) -> str:
        """Whether a node is a text or a number, however it comes to that."""
        if isinstance(node, nodes.Const):
            return "" if isinstance(node.value, bool) else kind_of_literal(node.value)
        if isinstance(node, nodes.Concat):
            return "text"
        if isinstance(node, nodes.Filter) and not (node.args or node.kwargs):
            return "text" if node.name in _TEXTS else _COUNTS.get(node.name, "")
        known = self.text.typed(node)
        return "" if known is None else kind_of_type(known[1])

    def _member(self, left: nodes.Expr, right: nodes.Expr) -> Iterator[Diagnostic]:
        """Tell of `x in ["a", "b"]`, and of `"a" in x` where `x` is a list."""
        known = self.text.typed(left)
        if known is not None and isinstance(right, nodes.List | nodes.Tuple):
            reported: dict[str, Diagnostic] = {}
            for item in right.items:
                if isinstance(item, nodes.Const):
                    for fault in self.constant(known, left, item, is_order=False):
                        # Each text may be a choice that is misspelled.
                        is_text = isinstance(item.value, str)
                        reported.setdefault(fault.message if is_text else "", fault)
            yield from reported.values()
        among = self.text.typed(right)
        if among is None or not isinstance(left, nodes.Const):
            return
        path, type_ = among
        items = type_.args[0] if type_.name == "list" and type_.args else None
        if items is not None and not can_be(left.value, items):
            held, words = shown(spelled(items)), described(left.value)
            if isinstance(left.value, str):
                words = f"`{shown(left.value)}`"
            label = self.text.label(left)
            yield ImpossibleComparison.member(shown(path), held, words, label)

    def constant(
        self, known: Typed, value: nodes.Expr, node: nodes.Const, *, is_order: bool
    ) -> Iterator[Diagnostic]:
        """Tell of a `value`, of which the type is known, beside a literal."""
        if is_order:
            type_ = ordered_type(known[1])
            kind = "" if type_.name in ("one of", "union") else kind_of_type(type_)
            is_alike = kind == kind_of_literal(node.value)
            fits = is_alike if kind else can_be(node.value, type_)
        else:
            fits = can_be(node.value, known[1])
        if not fits:
            label = self.text.label(node)
            step = _asked_step(value, node.value, self.text.types)
            yield _impossible(known, node.value, label, self.text.types, step)


def apart(one: Typed, two: Typed, label: Label) -> Iterator[Diagnostic]:
    """Tell of two values whose types have no value in common."""
    kinds = kind_of_type(one[1]), kind_of_type(two[1])
    if (all(kinds) and kinds[0] != kinds[1]) or are_apart(one[1], two[1]):
        what = f"`{two[0]}`, {of_type(two[1])}"
        yield ImpossibleComparison.of(one[0], of_type(one[1]), what, label)


def _asked_step(node: nodes.Node, value: Any, types: ValueTypes) -> str | None:
    """The step of which `a.status == 'error'` asks how it has ended, in vain."""
    path = path_of(node)
    is_status = len(path) == 2 and path[1] == "status" and path[0] in types.recorded
    owner = types.of_path(path[:1]) if is_status else None
    is_open = owner is not None and owner.name == "union"
    asks = is_open and owner is not None and ERROR_RECORD in owner.args
    return path[0] if asks and value in STATUSES else None


def _cases(match: Match, types: ValueTypes, places: Places) -> Iterator[Diagnostic]:
    for text in match.texts():
        tree = parsed(text).tree
        known = types.of_node(tree) if tree is not None else None
        if known is None:
            continue
        for case in match.cases:
            for index, value in enumerate(case.values):
                place = case.place / "case" / index
                if not can_be(value, known[1]):
                    label = places.value(place)
                    if is_nothing(value, place, places):
                        kind = of_type(known[1])
                        yield ImpossibleComparison.nothing(
                            shown(known[0]), kind, str(value), label
                        )
                        continue
                    step = _asked_step(tree, value, types) if tree else None
                    yield _impossible(known, value, label, types, step)


def _impossible(
    known: Typed, value: Any, label: Label, types: ValueTypes, step: str | None
) -> Diagnostic:
    path, type_ = known
    if step is not None:
        return ImpossibleComparison.recorded(
            shown(path), shown(value), shown(step), label
        )
    owner, _, field = path.rpartition(".")
    is_kind = field == "kind" and "invalid_output" in choices_of(type_)
    if is_kind and _STATUS.fullmatch(str(value)):
        status = shown(f"{owner}.status")
        return ImpossibleComparison.status(shown(path), str(value), status, label)
    if type_.name == "str" and isinstance(value, bool):
        return ImpossibleComparison.boolean(shown(path), str(value).lower(), label)
    if fields := _fields_like(type_, value, types):
        ways = [f"`{shown(path)}.{shown(name)}`" for name in fields[:_FIELDS]]
        return ImpossibleComparison.whole(
            shown(path), of_type(type_), described(value), ways, label
        )
    choices = [choice for choice in choices_of(type_) if isinstance(choice, str)]
    if isinstance(value, str) and choices:
        meant = nearest(value, choices[:_SUGGESTED])
        shown_ones = [shown(choice) for choice in choices]
        return ImpossibleComparison.choice(
            shown(path), shown(value), shown_ones, label, meant and shown(meant)
        )
    words = described(value)
    return ImpossibleComparison.of(shown(path), of_type(type_), words, label)


def _fields_like(type_: TypeRef, value: Any, types: ValueTypes) -> list[str]:
    """The fields of a record or a mapping that a literal can be compared with."""
    fields: dict[str, TypeRef] = {}
    for one in type_.args if type_.name == "union" else (type_,):
        if one.name == MAPPING:
            fields |= zip(map(str, one.values), one.args, strict=True)
        elif record := types.records.get(one.name):
            fields |= {field.name: field.type for field in record.fields}
    kind = kind_of_literal(value)
    if isinstance(value, bool):
        return [name for name, one in fields.items() if one.name == "bool"]
    kinds = {name: kind_of_type(ordered_type(one)) for name, one in fields.items()}
    alike = [name for name, one in kinds.items() if one and one == kind]
    alike = [name for name in alike if can_be(value, fields[name])] or alike
    return alike or [name for name, one in fields.items() if one.name == "any"][-1:]
