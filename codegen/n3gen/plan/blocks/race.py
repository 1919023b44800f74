"""`race`: its slowest contender, after those before it had their head start."""

from __future__ import annotations

from collections.abc import Sequence

from n3gen.plan.bounds import BLOCK_BOUNDS, Bound, BoundBody, Calls
from n3gen.plan.expected import BLOCK_EXPECTED, Expected, ExpectedBody, Given
from n3gen.plan.ways import BLOCK_WAYS, Scale, Way, WayBody
from n3gen.spec.model import Race

__all__ = ["expected_race", "race", "race_way"]


@BLOCK_BOUNDS.of(Race)
def race(block: Race, bodies: Sequence[BoundBody]) -> Bound:
    seconds, calls = bodies[0].whole
    waits = (block.stagger or 0.0) * (len(block.contenders) - 1)
    # A loser may be cancelled before it has asked anybody, a winner has asked.
    asked = sorted(member.least for _, member in bodies[0].members)
    return seconds + waits, Calls(sum(asked[: block.count]), calls.most)


@BLOCK_EXPECTED.of(Race)
def expected_race(
    block: Race, name: str, bodies: Sequence[ExpectedBody], given: Given
) -> Expected:
    """The contenders that begin before enough have succeeded; at worst all."""
    stagger = block.stagger or 0.0
    members = bodies[0].members
    ends = sorted(one.seconds + stagger * at for at, one in enumerate(members))
    won = ends[min(block.count, len(ends)) - 1]
    found = Expected()
    for at, one in enumerate(members):
        if given.at_worst or at < block.count or stagger * at < won:
            worked = min(one.seconds, max(won - stagger * at, 0.0))
            part = worked / one.seconds if one.seconds else 1.0
            found = found.beside(one._replace(work=one.work * part))
    return found._replace(seconds=won)


@BLOCK_WAYS.of(Race)
def race_way(block: Race, name: str, bodies: Sequence[WayBody], scale: Scale) -> Way:
    """The contender with which enough have succeeded; the others work until then."""
    members = bodies[0].members
    stagger = (block.stagger or 0.0) if scale.in_seconds else 0.0
    ends = [one.length + stagger * at for at, one in enumerate(members)]
    order = sorted(range(len(members)), key=ends.__getitem__)
    last = order[min(block.count, len(order)) - 1]
    total = work = 0.0
    for at, one in enumerate(members):
        worked = min(one.length, max(ends[last] - stagger * at, 0.0))
        part = worked / one.length if one.length else 1.0
        total += one.total * part
        work += one.work * part
    return members[last]._replace(length=ends[last], total=total, work=work)
