"""`within`: its deadline, and then what `else` takes."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody, Calls
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.plan.ways import BLOCK_WAYS, Scale, Way, WayBody
from n3gen.spec.model import Within

__all__ = ["expected_within", "within", "within_way"]


@BLOCK_BOUNDS.of(Within)
def within(block: Within, bodies: Sequence[BoundBody]) -> Bound:
    seconds, calls = bodies[0].whole
    later, spare = bodies[1].whole if block.otherwise is not None else (0.0, Calls())
    every = calls.plus(spare)
    # A body that is cut off may have asked nobody yet.
    return min(seconds, block.seconds) + later, Calls(
        min(calls.least, spare.least), every.most
    )


@BLOCK_EXPECTED.of(Within)
def expected_within(
    block: Within, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """Its body in time; at worst what `else` takes too."""
    seconds = min(bodies[0].whole.seconds, block.seconds)
    whole = bodies[0].whole
    part = seconds / whole.seconds if whole.seconds else 1.0
    found = whole._replace(seconds=seconds, work=whole.work * part)
    if given.at_worst and block.otherwise is not None:
        return found.then(bodies[1].whole)
    return found


@BLOCK_WAYS.of(Within)
def within_way(
    block: Within, name: str, bodies: Sequence[WayBody], scale: Scale
) -> Way:
    """Its body, which takes no longer than its deadline."""
    found, most = bodies[0].whole, scale.most(block.seconds)
    part = min(1.0, most / found.length if found.length else 1.0)
    return found.working(min(found.length, most), part)
