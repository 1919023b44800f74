"""Races that nobody can win or lose, and contenders that wait for each other."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import chain_finder
from n3gen.check.rules.race_rules import ContenderWaits, RaceNeverWon, RaceOfOne
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Race, Step
from n3gen.spec.values import shown

__all__ = ["check_races"]


@chain_finder
def check_races(known: Semantics) -> Iterator[Diagnostic]:
    """Find races with too few contenders, or one alone, and contenders that need another one."""
    for chain in known.checked:
        for entry in every_entry(chain.steps):
            if isinstance(entry, Race):
                is_whole = chain.name not in known.spec.rejected
                yield from _faults(entry, known.places, is_whole=is_whole)


def _faults(race: Race, places: Places, *, is_whole: bool) -> Iterator[Diagnostic]:
    found = len(race.contenders)
    if 0 < found < race.count:
        yield RaceNeverWon.of(race.count, found, places.value(race.place / "race"))
    if is_whole and found == race.count == 1:
        yield RaceOfOne.of(places.value(race.place / "race"))
    names = {entry.name for entry in race.contenders}
    for step in race.contenders:
        if not isinstance(step, Step):
            continue
        for index, name in enumerate(step.depends_on):
            if name in names - {step.name}:
                label = places.value(step.named_at(index))
                yield ContenderWaits.of(shown(step.name), shown(name), label)
