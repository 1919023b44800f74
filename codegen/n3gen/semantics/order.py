"""The order that the language gives to a body of steps.

The rules, for each block of steps by itself, a body of `if`, `for`, ... like the
chain's own:

- A plain entry (a step or a block without `parallel`) runs after all before it
  and before all after it. Neighbouring parallel entries make a stretch, in which
  only `depends_on` says what waits for what.
- An entry that needs one further down moves there. It takes its place as soon as
  the last that it needs has taken its own: a parallel entry joins the stretch
  there, a plain one waits until that stretch is over, so that it never cuts
  neighbouring parallel steps in two. Moved entries keep their order among
  themselves. An entry counts where it runs, not where it is written: two parallel
  entries with only a moved one between them are neighbours. So `depends_on`
  outranks the order of the file, and the two can form no cycle.
- A plain step with `depends_on` that need not move stays a plain step: in the
  middle of parallel ones it parts them.
- Under `schedule: dag` the whole block is one stretch, and what an entry reads it
  needs too, be it in a condition, a prompt or a step deep inside it. In the body
  of a `while` only what stands above counts: what stands below, or is the step
  itself, has its value from the round before.

- The clauses of a block, `on_error` and `finally`, are plain entries at its end.

A name that no entry of the block has is left out here: that is reported elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby
from typing import Literal

from n3gen.semantics.reads import reads_within
from n3gen.spec.entries import known_after
from n3gen.spec.model import Entry, Step

__all__ = ["Order", "Schedule", "block_order", "needs_of", "order_of"]

Schedule = Literal["file", "dag"]


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a block, whose entries are meant by their indexes in the spec.

    `sequence` are the entries as they run one after another: batch by batch, in
    each batch as the spec has them. All else is of positions in `sequence`:
    `after` what each waits for directly, reduced; `batches` the groups that a
    reader would draw; `regions` runs of neighbours with a full barrier between
    two and none inside.
    """

    sequence: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    batches: tuple[tuple[int, ...], ...]
    regions: tuple[tuple[int, ...], ...]
    _positions: tuple[int, ...]
    _region_of: tuple[int, ...]
    _starts: tuple[int, ...]
    _earlier: tuple[int, ...]

    def precedes(self, first: int, second: int) -> bool:
        """Whether the entry `first` is always done before `second` starts."""
        left, right = self._positions[first], self._positions[second]
        if self._region_of[left] != self._region_of[right]:
            return left < right
        return left < right and bool(
            self._earlier[right] >> (left - self._starts[right]) & 1
        )

    def region_of(self, entry: int) -> int:
        """The index in `regions` of the one that an entry is in."""
        return self._region_of[self._positions[entry]]


def block_order(
    entries: tuple[Entry, ...], schedule: Schedule, owner: Entry | None = None
) -> Order:
    """The order of a block, which is a body of its `owner` or the chain's own.

    Raises `ValueError` where entries wait for each other.
    """
    together = schedule == "dag" or (owner is not None and owner.runs_together)
    parallel = [
        (together or entry.parallel) and not entry.is_ending for entry in entries
    ]
    return order_of(parallel, needs_of(entries, schedule, owner))


def needs_of(
    entries: tuple[Entry, ...], schedule: Schedule, owner: Entry | None = None
) -> list[list[int]]:
    """The indexes of those that each entry of a block needs, ascending."""
    indexes, is_round = known_after(entries), owner is not None and owner.is_round
    needs: list[list[int]] = []
    for own, entry in enumerate(entries):
        names = set(entry.depends_on) if isinstance(entry, Step) else set()
        needed = {indexes[name] for name in names if name in indexes}
        if schedule == "dag":
            read = {indexes[name] for name in reads_within([entry]) if name in indexes}
            needed |= {index for index in read if index < own or not is_round}
        needs.append(sorted(needed - {own}))
    return needs


def order_of(parallel: Sequence[bool], needs: Sequence[Sequence[int]]) -> Order:
    """The order of entries of which some are parallel and some need others.

    Raises `ValueError` where entries wait for each other.
    """
    drawing = _Drawing(needs)
    for stretch in _Placing(parallel, needs).stretches():
        drawing.add(stretch)
    return drawing.order()


class _Placing:
    """Put entries in running order, cut into stretches."""

    def __init__(self, parallel: Sequence[bool], needs: Sequence[Sequence[int]]):
        self.parallel = parallel
        self.missing = [len(needed) for needed in needs]
        self.followers: list[list[int]] = [[] for _ in needs]
        for index, needed in enumerate(needs):
            for earlier in needed:
                self.followers[earlier].append(index)
        self.passed = [False] * len(needs)
        self.placed: list[list[int]] = []
        # Moved entries whose needs are met, waiting for their place: heaps.
        self.joining: list[int] = []
        self.standing: list[int] = []

    def stretches(self) -> list[list[int]]:
        for index in range(len(self.parallel)):
            self.passed[index] = True
            if self.missing[index]:
                continue
            if not self.parallel[index]:
                self._settle()
            self._place(index)
            if not self.parallel[index]:
                self._settle()
            while self.joining:
                self._place(heappop(self.joining))
        self._settle()
        if any(self.missing):
            raise ValueError("entries of a block wait for each other")
        return self.placed

    def _settle(self) -> None:
        """The stretch is over: all that waited for its end take their places."""
        while self.joining or self.standing:
            heaps = [heap for heap in (self.joining, self.standing) if heap]
            self._place(heappop(min(heaps)))

    def _place(self, index: int) -> None:
        joins = self.parallel[index] and self.placed
        if joins and self.parallel[self.placed[-1][-1]]:
            self.placed[-1].append(index)
        else:
            self.placed.append([index])
        for follower in self.followers[index]:
            self.missing[follower] -= 1
            if not self.missing[follower] and self.passed[follower]:
                is_parallel = self.parallel[follower]
                heappush(self.joining if is_parallel else self.standing, follower)


class _Drawing:
    """Draws stretches one under another: their batches, edges and barriers."""

    def __init__(self, needs: Sequence[Sequence[int]]) -> None:
        self.needs = needs
        self.sequence: list[int] = []
        self.positions = [-1] * len(needs)
        self.after: list[tuple[int, ...]] = []
        self.batches: list[tuple[int, ...]] = []
        self.regions: list[tuple[int, ...]] = []
        self.starts: list[int] = []
        # For each position those of its stretch that it waits for, by way of others
        # too: a bit for each, counted from where the stretch starts.
        self.earlier: list[int] = []
        self.ends: tuple[int, ...] = ()

    def add(self, stretch: Sequence[int]) -> None:
        """Add a stretch, in which each entry comes after those that it needs."""
        start = len(self.sequence)
        levels: dict[int, int] = {}
        for index in stretch:
            inner = (levels[need] for need in self.needs[index] if need in levels)
            levels[index] = max(inner, default=-1) + 1
        ordered = sorted(stretch, key=lambda index: (levels[index], index))
        for _, batch in groupby(ordered, key=levels.__getitem__):
            first = len(self.sequence)
            for index in batch:
                self.positions[index] = len(self.sequence)
                self.sequence.append(index)
            self.batches.append(tuple(range(first, len(self.sequence))))
        self.starts += [start] * len(stretch)
        self._connect(start)
        self._cut(start)

    def _connect(self, start: int) -> None:
        """Note what each position of the stretch comes after."""
        followed = 0
        for position in range(start, len(self.sequence)):
            direct, implied = self._direct(position, start)
            bits = sum(1 << (earlier - start) for earlier in direct)
            followed |= bits
            self.earlier.append(implied | bits)
            self.after.append(tuple(direct) or self.ends)
        every = range(start, len(self.sequence))
        self.ends = tuple(p for p in every if not followed >> (p - start) & 1)

    def _direct(self, position: int, start: int) -> tuple[list[int], int]:
        """Those that a position waits for directly, and the bits of those implied."""
        needed = [self.positions[need] for need in self.needs[self.sequence[position]]]
        direct: list[int] = []
        implied = 0
        for earlier in sorted((p for p in needed if p >= start), reverse=True):
            if not implied >> (earlier - start) & 1:
                direct.append(earlier)
                implied |= self.earlier[earlier]
        return direct[::-1], implied

    def _cut(self, start: int) -> None:
        """Cuts the stretch where all behind waits for all before."""
        end = len(self.sequence)
        cuts = [end]
        common = -1
        for position in range(end - 1, start, -1):
            common &= self.earlier[position]
            before = (1 << (position - start)) - 1
            if common & before == before:
                cuts.append(position)
        first = start
        for cut in reversed(cuts):
            self.regions.append(tuple(range(first, cut)))
            first = cut

    def order(self) -> Order:
        region_of = [
            number for number, region in enumerate(self.regions) for _ in region
        ]
        return Order(
            sequence=tuple(self.sequence),
            after=tuple(self.after),
            batches=tuple(self.batches),
            regions=tuple(self.regions),
            _positions=tuple(self.positions),
            _region_of=tuple(region_of),
            _starts=tuple(self.starts),
            _earlier=tuple(self.earlier),
        )
