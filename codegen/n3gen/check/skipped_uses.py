"""Values of steps that may be skipped, where only a value will do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from n3gen.check.finders import finder
from n3gen.check.guards import Guarded, Paths, guarded_texts, read_paths
from n3gen.check.operations import has_items
from n3gen.check.optional_values import Use, uses_of
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.check.skipped_values import why_none
from n3gen.check.typed_texts import path_of
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.skipped import maybe_skipped
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, Entry, FailStep, Step, StopStep
from n3gen.spec.values import shown

__all__ = ["SkippedReader", "check_skipped_uses", "endings_of", "single_names"]


@finder
def check_skipped_uses(known: Semantics) -> Iterator[Diagnostic]:
    """Find uses that fail where a step is skipped, and nothing asks whether it was."""
    for chain in known.spec.chains:
        skipped = single_names(chain, maybe_skipped(chain))
        if not skipped or chain.name in known.spec.rejected:
            continue
        spots = {id(spot.entry): spot for spot in known.trees[chain.name].spots()}
        reader = SkippedReader(skipped, spots, endings_of(chain))
        types = known.types[chain.name]
        for guarded in guarded_texts(chain, types, known.places):
            for use in uses_of(guarded.text, guarded.asked):
                entry = reader.cause(guarded, use)
                if entry is not None:
                    name, text = path_of(use.node)[-1], guarded.text
                    why, there = why_none(name, entry, known.places)
                    label = text.label(use.node)
                    yield MayBeNone.skipped(shown(name), use.sign, why, label, there)


def single_names(chain: Chain, skipped: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """The names that stand for one entry and nothing else anywhere."""
    names: Counter[str] = Counter()
    for entry in every_entry(chain.steps):
        names.update((*entry.binds, *((entry.name,) if entry.name else ())))
    return {name: entry for name, entry in skipped.items() if names[name] == 1}


def _conditions(entry: Entry) -> Paths:
    """The paths that the conditions of an entry read."""
    found: Paths = frozenset()
    for text in entry.texts():
        if text.form == "expression" and text.keys[-1] not in ("in", "key"):
            tree = parsed(text).tree
            found |= read_paths(tree) if tree is not None else frozenset()
    return found


def endings_of(chain: Chain) -> Paths:
    """The paths by which blocks decide that hold a `stop` or a `fail`."""
    found: Paths = frozenset()
    for entry in every_entry(chain.steps):
        inner = (one for body in entry.bodies for one in every_entry(body))
        if isinstance(entry, StopStep | FailStep) or any(
            isinstance(one, StopStep | FailStep) for one in inner
        ):
            found |= _conditions(entry)
    return found


@dataclass(frozen=True, slots=True)
class SkippedReader:
    """What is known of the steps of one chain that may be skipped.

    `endings` are the paths by which the chain decides whether to end.
    """

    skipped: Mapping[str, Entry]
    spots: Mapping[int, Spot]
    endings: Paths

    def cause(self, guarded: Guarded, use: Use) -> Entry | None:
        """What makes the value of a use none, where nothing looks after that.

        Conditions that read the same as that by which a step is skipped are trusted to
        have to do with each other.
        """
        path = path_of(use.node)
        is_step = path[:1] == ("steps",) and len(path) == 2
        entry = self.skipped.get(path[-1]) if is_step or len(path) == 1 else None
        if entry is None or not use.sign or path[-1] in guarded.text.bound:
            return None
        found = guarded.text.typed(use.node) if use.sign == "for" else None
        if found is not None and not has_items(found[1], guarded.text.types):
            return None  # reported elsewhere, whether or not it is none
        spot = self.spots.get(id(guarded.part))
        above = [one.entry for one in spot.upward()] if spot is not None else []
        if entry in above or any(_skips_too(one) for one in above):
            return None
        around = use.local.union(self.endings, *(_conditions(one) for one in above))
        return None if around & _conditions(entry) else entry


def _skips_too(entry: Entry) -> bool:
    return isinstance(entry, Step) and entry.on_skip == "skip"
