"""Clauses that never run, and what only the end of a body can say."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import chain_finder, finder
from n3gen.check.rules.ending_rules import (
    IdleOnSkip,
    ReadsRunsEnd,
    StopInFinally,
    UnreachableClause,
)
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Written, parsed
from n3gen.semantics.skipped import needed_by
from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Finally, OnError, Place, Step, StopStep
from n3gen.spec.nodes import FailureWord
from n3gen.spec.values import shown

__all__ = ["check_clauses", "check_ends", "check_needs"]


@chain_finder
def check_clauses(known: Semantics) -> Iterator[Diagnostic]:
    """Find clauses, and kinds in them, that those before leave nothing."""
    for chain in known.checked:
        tree = known.trees[chain.name]
        for block in tree.blocks:
            yield from _unreachable(block, known.places)


def _unreachable(block: Block, places: Places) -> Iterator[Diagnostic]:
    seen: dict[FailureWord, OnError] = {}
    catches_all: OnError | None = None
    for clause in block.entries:
        if not isinstance(clause, OnError):
            continue
        label = places.key(clause.place / "on_error")
        if catches_all is not None:
            there = places.key(catches_all.place / "on_error", "it takes every error")
            yield UnreachableClause.of(label, there)
            continue
        for index, kind in enumerate(clause.kinds):
            first = seen.setdefault(kind, clause)
            wider = seen.get(f"{kind // 100}xx") if isinstance(kind, int) else None
            if first is not clause or wider is not None:
                owner = wider or first
                there = places.key(owner.place / "on_error", "here")
                at = places.value(clause.place / "on_error" / index)
                yield UnreachableClause.kind(shown(str(kind)), at, there)
        catches_all = None if clause.kinds else clause


@finder
def check_ends_in_connectors(known: Semantics) -> Iterator[Diagnostic]:
    """Find connectors that read how a run ended."""
    for connector in known.spec.connectors:
        yield from _reads_end(connector, known.places)


@chain_finder
def check_ends(known: Semantics) -> Iterator[Diagnostic]:
    """Find `stop` steps in a `finally`, and what reads how a run ended anywhere else."""
    for chain in known.checked:
        tree = known.trees[chain.name]
        yield from _reads_end(chain, known.places)
        for spot in tree.spots():
            last = _finally_around(spot)
            if last is not None and isinstance(spot.entry, StopStep):
                label = known.places.name(spot.entry.place)
                there = known.places.key(last.place / "finally", "it is in this")
                yield StopInFinally.of(shown(spot.entry.name), label, there)
            if last is None or not _is_chains(tree, last):
                yield from _reads_end(spot.entry, known.places)


def _finally_around(spot: Spot) -> Finally | None:
    """The outermost `finally` that a spot is in."""
    found = [one.entry for one in spot.upward() if isinstance(one.entry, Finally)]
    return found[-1] if found else None


def _is_chains(tree: Tree, last: Finally) -> bool:
    return any(entry is last for entry in tree.root.entries)


def _reads_end(part: Written, places: Places) -> Iterator[Diagnostic]:
    for text in part.texts():
        for reference in parsed(text).references:
            if reference.root == "run" and reference.path:
                place = Place(part.place.path, (*part.place.loc, *text.keys))
                label = places.part(place, reference.start, reference.end)
                yield ReadsRunsEnd.of(reference.path[0], label)


@chain_finder
def check_needs(known: Semantics) -> Iterator[Diagnostic]:
    """Find steps that are skipped with all they need, and need nothing."""
    for chain in known.checked:
        tree = known.trees[chain.name]
        for spot in tree.spots():
            step = spot.entry
            if not isinstance(step, Step) or step.on_skip == "run":
                continue
            needed = needed_by(step, spot)
            label = known.places.value(step.place / "on_skip")
            if not any(isinstance(entry, Step) for entry in every_entry(needed)):
                yield IdleOnSkip.of(shown(step.name), label)
                continue
            for other in needed:
                if isinstance(other, Step) and not other.may_be_skipped:
                    there = known.places.name(other.place, "it always runs")
                    names = shown(step.name), shown(other.name)
                    yield IdleOnSkip.always_runs(*names, label, there)
                    break
