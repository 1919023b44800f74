"""Bounds: rounds and times."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.limit_rules import StepOutlivesChain, WhileNeverRuns
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Chain, Place, Step, While, Within
from n3gen.spec.values import shown

__all__ = ["check_limits"]


@finder
def check_limits(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of rounds and times."""
    spec, places = known.spec, known.places
    for chain in spec.chains:
        for entry in every_entry(chain.steps):
            if isinstance(entry, While) and entry.max < 1:
                yield WhileNeverRuns.of(entry.max, places.value(entry.place / "max"))
            elif isinstance(entry, Step):
                what = f"step `{shown(entry.name)}`"
                yield from _times(
                    chain, what, entry.timeout, entry.place / "timeout", places
                )
            elif isinstance(entry, Within):
                place = entry.place / "within"
                yield from _times(chain, "`within`", entry.seconds, place, places)


def _times(
    chain: Chain, what: str, seconds: float | None, place: Place, places: Places
) -> Iterator[Diagnostic]:
    if chain.timeout is None or seconds is None or seconds <= chain.timeout:
        return
    yield StepOutlivesChain.of(
        what,
        (seconds, chain.timeout),
        places.value(place),
        places.value(chain.place / "timeout", "the chain ends here"),
    )
