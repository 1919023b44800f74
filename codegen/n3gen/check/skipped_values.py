"""Values of steps that may be skipped, printed into texts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from jinja2 import nodes

from n3gen.check.finders import finder
from n3gen.check.rules.skip_rules import PrintsNone
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.skipped import maybe_absent, maybe_skipped, maybe_unreached
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import Places
from n3gen.spec.model import CancelStep, Chain, Entry, Place, Step, While
from n3gen.spec.values import shown

__all__ = ["check_skipped_values"]

_PRINTED: Final = ("prompt", "system", "url", "model", "content")
"""The keys whose values are texts, also where their template is one expression alone."""

_Found = tuple[str, int]
"""A name that is printed, and the index of its token."""

_NONE: Final = frozenset[str]()

_SAID: Final = ("default", "d", "tojson", "length", "count")
"""Filters that make something else of none than the word `None`."""


@finder
def check_skipped_values(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts that print the value of a step which may be skipped."""
    for chain in known.spec.chains:
        skipped, absent = maybe_skipped(chain), maybe_absent(chain)
        conditions = _Conditions()
        for spot in known.trees[chain.name].spots():
            unsure = _unsure(spot)
            if not skipped and not unsure and not absent:
                continue
            for printed in _printed(spot.entry):
                entry = unsure.get(printed.name) or skipped.get(printed.name)
                if entry is not None and not conditions.require(printed, entry, spot):
                    is_unsure = printed.name in unsure
                    yield _prints_none(printed, entry, known.places, is_unsure)
                elif entry is None and printed.name in absent:
                    entry, cause = absent[printed.name]
                    if not conditions.require(printed, entry, spot):
                        yield _prints_absent(printed, cause, spot, known.places)
        for printed in _printed(chain):
            if printed.name in skipped:
                yield _prints_none(printed, skipped[printed.name], known.places)
            elif printed.name in absent:
                _, cause = absent[printed.name]
                yield _prints_absent(printed, cause, None, known.places)


def _unsure(spot: Spot) -> Mapping[str, Entry]:
    """The entries that need not have run at a spot, after a failure of their body, by name."""
    found: dict[str, Entry] = {}
    for above in spot.upward():
        if above.entry.is_ending:
            block = above.block
            found |= {name: block.entries[at] for name, at in block.indexes.items()}
    unreached = maybe_unreached(spot)
    named = spot.entry.depends_on if isinstance(spot.entry, Step) else ()
    return found | {n: entry for n, entry in unreached.items() if n not in named}


@dataclass(frozen=True, slots=True)
class _Printed:
    """A name whose value is printed into the text at `place`; `start` and `end` are offsets."""

    name: str
    place: Place
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Conditions:
    """What the conditions of entries read and say, worked out once for each entry."""

    known: dict[Spot, tuple[Set[str], Set[str]]] = field(
        default_factory=dict[Spot, tuple[Set[str], Set[str]]]
    )

    def require(self, printed: _Printed, cause: Entry, spot: Spot) -> bool:
        """Whether what runs at `spot` runs only where what it prints is not none."""
        own = cause.when if isinstance(cause, Step) else None
        for above in spot.upward():
            names, texts = self._of(above)
            if printed.name in names or own in texts:
                return True
        return False

    def _of(self, spot: Spot) -> tuple[Set[str], Set[str]]:
        """The names that the conditions of an entry read, and the conditions themselves."""
        if spot not in self.known:
            found = [text for text in spot.entry.texts() if text.form == "expression"]
            names = {read.name for text in found for read in parsed(text).references}
            self.known[spot] = names, {text.text.strip() for text in found}
        return self.known[spot]


def _prints_none(
    printed: _Printed, entry: Entry, places: Places, is_unsure: bool = False
) -> Diagnostic:
    label = places.part(printed.place, printed.start, printed.end)
    owner = "its step" if entry.name == printed.name else f"step `{entry.name}`"
    if is_unsure:
        why = "where its body has ended before it"
        there = places.name(entry.place, "it may not have run")
    elif isinstance(entry, Step) and entry.when is None:
        why = f"where {owner} is skipped"
        key = "on_error" if entry.on_error == "skip" else "on_skip"
        there = places.value(entry.place / key, "skipped by this")
    elif isinstance(entry, Step):
        why, at = f"where {owner} is skipped", entry.place / "when"
        there = places.value(at, "its condition")
    elif isinstance(entry, While):
        why = "where there is no round"
        there = places.name(entry.place, "its condition is asked before the first one")
    else:
        why = "where no branch is taken"
        there = places.name(entry.place, "it has no `else`")
    return PrintsNone.of(shown(printed.name), why, label, there)


def _prints_absent(
    printed: _Printed, cause: Step, spot: Spot | None, places: Places
) -> Diagnostic:
    """The value of a step is printed that `cause` cancels, or does not need."""
    label = places.part(printed.place, printed.start, printed.end)
    at, name = cause.place / "depends_on", shown(cause.name)
    if isinstance(cause, CancelStep):
        why, at = f"where `{name}` cancels it", cause.cancelled_at
    elif cause.join is not None and cause.join.count is None:
        why = "where it has failed"
    elif spot is not None and spot.entry is cause:
        why = "where it has not succeeded when this starts"
    else:
        why = f"where it has failed and `{name}` needs only others"
    return PrintsNone.of(shown(printed.name), why, label, places.value(at))


def _printed(owner: Entry | Chain) -> Iterator[_Printed]:
    """The names whose values the texts of a part print."""
    for text in owner.texts():
        read = parsed(text)
        if read.tree is None or text.form != "template":
            continue
        found: Iterable[_Found] = _names_in(read.tree)
        if read.is_single:
            is_text = text.keys[-1] in _PRINTED
            found = _names_of(read.tree, _NONE) if is_text else _joined(read.tree)
        place = Place(owner.place.path, (*owner.place.loc, *text.keys))
        for name, index in found:
            token = read.tokens[min(index, len(read.tokens) - 1)]
            yield _Printed(name, place, token.start, token.end)


def _names_in(node: nodes.Node, certain: Set[str] = _NONE) -> Iterator[_Found]:
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


def _names_of(node: nodes.Node, certain: Set[str]) -> Iterator[_Found]:
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


def _joined(node: nodes.Node) -> Iterator[_Found]:
    """The names in `a ~ b`, wherever it is in an expression."""
    joins = [node] if isinstance(node, nodes.Concat) else []
    for join in [*joins, *node.find_all(nodes.Concat)]:
        yield from _names_of(join, _NONE)


def _read(test: nodes.Node) -> frozenset[str]:
    own = {test.name} if isinstance(test, nodes.Name) else set[str]()
    return frozenset(own | {name.name for name in test.find_all(nodes.Name)})
