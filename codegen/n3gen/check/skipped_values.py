"""Values of steps that may be skipped, printed into texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, parsed
from n3gen.semantics.skipped import maybe_skipped
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import Places
from n3gen.spec.model import Chain, Entry, Place, Step
from n3gen.spec.values import shown

__all__ = ["check_skipped_values"]

_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""

_Printed = tuple[str, int]
"""A name that is printed, and the index of its token."""

_SAID: Final = ("default", "d", "tojson", "length", "count")
"""Filters that make something else of none than the word `None`."""


@finder
def check_skipped_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts that print the value of a step which may be skipped."""
    for chain in known.spec.chains:
        skipped = maybe_skipped(chain)
        if not skipped:
            continue
        for spot in known.trees[chain.name].spots():
            certain = _certain(spot, skipped)
            for text in spot.entry.texts():
                yield from _printed(spot.entry, text, skipped, certain, known.places)
        for text in chain.texts():
            yield from _printed(chain, text, skipped, frozenset(), known.places)


def _certain(spot: Spot, skipped: Mapping[str, Entry]) -> frozenset[str]:
    """The names that are not none where an entry runs, as far as its conditions say."""
    conditions = [
        text
        for above in spot.upward()
        for text in above.entry.texts()
        if text.form == "expression"
    ]
    read = {
        reference.name for text in conditions for reference in parsed(text).references
    }
    same = {text.text.strip() for text in conditions}
    return frozenset(
        name
        for name, entry in skipped.items()
        if name in read or (isinstance(entry, Step) and (entry.when or "") in same)
    )


def _printed(
    owner: Entry | Chain,
    text: Text,
    skipped: Mapping[str, Entry],
    certain: Set[str],
    places: Places,
) -> Iterator[Diagnostic]:
    read = parsed(text)
    if read.tree is None or text.form != "template":
        return
    printed: Iterable[_Printed] = _names_in(read.tree, certain)
    if read.is_single:
        is_text = text.keys[-1] in _PRINTED
        printed = _names_of(read.tree, certain) if is_text else _joined(read.tree)
    place = Place(owner.place.path, (*owner.place.loc, *text.keys))
    for name, index in printed:
        if name not in skipped or name in certain:
            continue
        entry = skipped[name]
        token = read.tokens[min(index, len(read.tokens) - 1)]
        label = places.part(place, token.start, token.end)
        if isinstance(entry, Step):
            why, at = "where its step is skipped", entry.place / "when"
            there = places.value(at, "its condition")
        else:
            why = "where no branch is taken"
            there = places.name(entry.place, "it has no `else`")
        yield PrintsNone.of(shown(name), why, label, there)


def _names_in(node: nodes.Node, certain: Set[str]) -> Iterator[_Printed]:
    """The names whose values a template prints as they are, where nothing guards them."""
    bound: Set[str] = certain
    if isinstance(node, nodes.Output):
        for child in node.nodes:
            yield from _names_of(child, certain)
        return
    if isinstance(node, nodes.If):
        bound = certain | _read(node.test)
    elif isinstance(node, nodes.For | nodes.With | nodes.Assign):
        names = node.find_all(nodes.Name)
        bound = certain | {name.name for name in names if name.ctx != "load"}
    for inner in node.iter_child_nodes():
        if isinstance(inner, nodes.Stmt):
            yield from _names_in(inner, bound)


def _names_of(node: nodes.Node, certain: Set[str]) -> Iterator[_Printed]:
    """The names whose values an expression prints as they are."""
    match node:
        case nodes.Name() if node.name not in certain:
            yield node.name, node.lineno
        case nodes.Getattr(node=nodes.Name(name="steps")) if node.attr not in certain:
            yield node.attr, node.lineno + 1
        case nodes.Filter(name=name, node=inner) if inner and name not in _SAID:
            yield from _names_of(inner, certain)
        case nodes.CondExpr(test=test, expr1=first, expr2=second):
            guarded = certain | _read(test)
            for branch in (first, second):
                yield from _names_of(branch, guarded) if branch is not None else ()
        case nodes.Concat(nodes=parts):
            for part in parts:
                yield from _names_of(part, certain)
        case _:
            pass


def _joined(node: nodes.Node) -> Iterator[_Printed]:
    """The names in `a ~ b`, wherever it stands in an expression."""
    joins = [node] if isinstance(node, nodes.Concat) else []
    for join in [*joins, *node.find_all(nodes.Concat)]:
        yield from _names_of(join, frozenset())


def _read(test: nodes.Node) -> frozenset[str]:
    own = {test.name} if isinstance(test, nodes.Name) else set[str]()
    return frozenset(own | {name.name for name in test.find_all(nodes.Name)})
