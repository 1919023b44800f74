"""Values of steps that may be skipped, where only a value will do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from n3gen.check.finders import chain_finder
from n3gen.check.none_causes import NoneCauses, unsure_names
from n3gen.check.operations import has_items
from n3gen.check.optional_values import Use, argument_uses, is_field, uses_of
from n3gen.check.rules.operation_rules import MayBeNone
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.field_types import has_field
from n3gen.semantics.guards import (
    Guarded,
    Paths,
    is_condition,
)
from n3gen.semantics.known import Semantics
from n3gen.semantics.passed_names import conditions_of
from n3gen.semantics.tree import Spot
from n3gen.semantics.typed_texts import path_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import Chain, Entry, FailStep, Step, StopStep, While
from n3gen.spec.values import shown

__all__ = ["SkippedReader", "check_skipped_uses", "endings_of"]


@chain_finder
def check_skipped_uses(known: Semantics) -> Iterator[Diagnostic]:
    """Find uses that fail where a step gives no value, and nothing asks whether it has."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        causes = NoneCauses.of(chain, known, is_single=True)
        spots = {id(spot.entry): spot for spot in known.trees[chain.name].spots()}
        reader = SkippedReader(spots, endings_of(chain))
        unsure = {own: unsure_names(spot) for own, spot in spots.items()}
        for guarded in known.texts[chain.name].guarded:
            spot = spots.get(id(guarded.part))
            open_names = {
                **unsure.get(id(guarded.part), {}),
                **_of_failed_round(guarded),
            }
            uses = uses_of(guarded.text, guarded.asked)
            for use in (*uses, *argument_uses(guarded, known)):
                name = reader.name_of(guarded, use)
                cause = name and causes.cause(name, spot, open_names)
                if not name or not cause:
                    continue
                if not cause.is_skipped or reader.is_open(guarded, use, cause.entry):
                    label = guarded.text.label(use.node)
                    why, there = cause.why, cause.there
                    if cause.instead:
                        at, way = [there], cause.instead
                        yield MayBeNone.empty(shown(name), why, label, at, way)
                        continue
                    yield MayBeNone.skipped(shown(name), use.sign, why, label, there)


def _of_failed_round(guarded: Guarded) -> Mapping[str, Entry]:
    """What the condition of a `while` reads of a round with which a clause has dealt."""
    loop = guarded.part
    if not isinstance(loop, While) or not is_condition(guarded.text.text):
        return {}
    if not any(entry.is_ending and entry.has_value for entry in loop.steps):
        return {}
    indexes = known_after(loop.steps)
    return {name: loop.steps[index] for name, index in indexes.items()}


def endings_of(chain: Chain) -> Paths:
    """The paths by which blocks decide that hold a `stop` or a `fail`."""
    found: Paths = frozenset()
    for entry in every_entry(chain.steps):
        inner = (one for body in entry.bodies for one in every_entry(body))
        if isinstance(entry, StopStep | FailStep) or any(
            isinstance(one, StopStep | FailStep) for one in inner
        ):
            found |= conditions_of([entry])
    return found


@dataclass(frozen=True, slots=True)
class SkippedReader:
    """What the parts of one chain ask before they use what may be skipped.

    `endings` are the paths by which the chain decides whether to end.
    """

    spots: Mapping[int, Spot]
    endings: Paths

    def name_of(self, guarded: Guarded, use: Use) -> str | None:
        """The name whose whole value a use makes something of, if it is one's."""
        path = path_of(use.node)
        is_step = path[:1] == ("steps",) and len(path) == 2
        if not (is_step or len(path) == 1) or not use.sign:
            return None
        if (found := guarded.text.typed(use.node)) is not None:
            types, type_ = guarded.text.types, found[1]
            field = use.sign[1:] if is_field(use.sign) else None
            if field is not None and not has_field(type_, field, types.records):
                return None  # reported elsewhere, whether or not it is none
            if use.sign == "for" and not has_items(type_, types):
                return None  # so is this
        return path[-1] if path[-1] not in guarded.text.bound else None

    def is_open(self, guarded: Guarded, use: Use, entry: Entry) -> bool:
        """Whether nothing looks after what a use reads where `entry` is skipped.

        Conditions that read the same as that by which a step is skipped are trusted to
        have to do with each other.
        """
        spot = self.spots.get(id(guarded.part))
        above = [one.entry for one in spot.upward()] if spot is not None else []
        if entry in above or any(_skips_too(one) for one in above):
            return False
        around = use.local | self.endings | conditions_of(above)
        looked_after = around & conditions_of([entry])
        if entry.name is not None and path_of(use.node)[-1] != entry.name:
            # The value is passed on, and may have been asked for where it comes from.
            looked_after |= (around | guarded.asked) & {(entry.name,)}
        return not looked_after


def _skips_too(entry: Entry) -> bool:
    return isinstance(entry, Step) and entry.on_skip == "skip"
