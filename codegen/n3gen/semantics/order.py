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
- A loose entry takes its place like any other, but nothing that comes after it waits
  for it, unless it reads it or depends on it.

- The clauses of a block, `on_error` and `finally`, are plain entries at its end.

A name that no entry of the block has is left out here: that is reported elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import groupby

from n3gen.semantics.needs import Need, Schedule, needs_of
from n3gen.spec.model import Entry

__all__ = ["Order", "block_order", "order_of"]


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a block, whose entries are meant by their indexes in the spec.

    `sequence` are the entries as they run one after another: batch by batch, in
    each batch as the spec has them. All else is of positions in `sequence`:
    `after` what each waits for directly, reduced; `begun` what need only have begun
    by then; `members` those of the join of each, which are before it in `sequence` and
    may begin after it; `batches` the groups that a reader would draw; `regions` runs of
    neighbours with a full barrier between two and none inside, loose entries aside;
    `loose` the entries that nothing waits for by its place.
    """

    sequence: tuple[int, ...]
    after: tuple[tuple[int, ...], ...]
    begun: tuple[tuple[int, ...], ...]
    members: tuple[tuple[int, ...], ...]
    batches: tuple[tuple[int, ...], ...]
    regions: tuple[tuple[int, ...], ...]
    loose: frozenset[int]
    _positions: tuple[int, ...]
    _region_of: tuple[int, ...]
    _starts: tuple[int, ...]
    _earlier: tuple[int, ...]
    _awaited: tuple[int, ...]

    @property
    def values(self) -> tuple[int, ...]:
        """The last batch, without what runs in the background unless all does."""
        for batch in reversed(self.batches):
            values = tuple(p for p in batch if p not in self.loose)
            if values:
                return values
        return self.batches[-1] if self.batches else ()

    def is_loose(self, entry: int) -> bool:
        """Whether nothing waits for an entry by its place."""
        return self._positions[entry] in self.loose

    def precedes(self, first: int, second: int) -> bool:
        """Whether the entry `first` is always done before `second` starts."""
        left, right = self._positions[first], self._positions[second]
        if left in self.loose:
            return bool(self._awaited[right] >> left & 1)
        return left < right and self._is_earlier(left, right)

    def _is_earlier(self, left: int, right: int) -> bool:
        start = self._starts[right]
        return left < start or bool(self._earlier[right] >> (left - start) & 1)

    def is_readable(self, first: int, second: int) -> bool:
        """Whether `second` may read the value of `first`, which it waits for if it is loose."""
        if self.is_loose(first):
            left, right = self._positions[first], self._positions[second]
            is_member = left in self.members[right]
            return is_member or self.begins_before(first, second)
        return self.precedes(first, second)

    def begins_before(self, first: int, second: int) -> bool:
        """Whether the entry `first` has always begun when `second` starts."""
        left, right = self._positions[first], self._positions[second]
        if left < right and self._region_of[left] != self._region_of[right]:
            return True
        is_begun = left in self.begun[right]
        return left < right and (is_begun or self._is_earlier(left, right))

    def region_of(self, entry: int) -> int:
        """The index in `regions` of the one that an entry is in."""
        return self._region_of[self._positions[entry]]


def block_order(
    entries: tuple[Entry, ...], schedule: Schedule, owner: Entry | None = None
) -> Order:
    """The order of a block, which is a body of its `owner` or the chain's own.

    Raises `ValueError` where entries wait for each other.
    """
    return order_of(needs_of(entries, schedule, owner))


def order_of(needs: Sequence[Need]) -> Order:
    """The order of entries by what each of them needs.

    Raises `ValueError` where entries wait for each other.
    """
    drawing = _Drawing(needs)
    for stretch in _Placing(needs).stretches():
        drawing.add(stretch)
    return drawing.order()


class _Placing:
    """Put entries in running order, cut into stretches."""

    def __init__(self, needs: Sequence[Need]) -> None:
        self.parallel = [need.is_parallel for need in needs]
        self.missing = [len(need.needs) for need in needs]
        self.followers: list[list[int]] = [[] for _ in needs]
        for index, need in enumerate(needs):
            for earlier in need.needs:
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

    def __init__(self, needs: Sequence[Need]) -> None:
        self.needs = needs
        self.sequence: list[int] = []
        self.positions = [-1] * len(needs)
        self.after: list[tuple[int, ...]] = []
        self.begun: list[tuple[int, ...]] = []
        self.members: list[tuple[int, ...]] = []
        self.batches: list[tuple[int, ...]] = []
        self.regions: list[tuple[int, ...]] = []
        self.starts: list[int] = []
        # For each position those of its stretch that it waits for, by way of others
        # too: a bit for each, counted from where the stretch starts.
        self.earlier: list[int] = []
        self.ends: tuple[int, ...] = ()
        self.loose: set[int] = set()
        # For each position the loose ones that have ended when it starts, a bit for
        # each, and those that have ended when all stretches before have.
        self.awaited: list[int] = []
        self.awaited_before = 0

    def add(self, stretch: Sequence[int]) -> None:
        """Add a stretch, in which each entry comes after those that it needs."""
        start = len(self.sequence)
        levels: dict[int, int] = {}
        for index in stretch:
            need = self.needs[index]
            needed = (*need.needs, *need.reads)
            inner = (levels[earlier] for earlier in needed if earlier in levels)
            levels[index] = max(inner, default=-1) + 1
        ordered = sorted(stretch, key=lambda index: (levels[index], index))
        for _, batch in groupby(ordered, key=levels.__getitem__):
            first = len(self.sequence)
            for index in batch:
                if self.needs[index].is_loose:
                    self.loose.add(len(self.sequence))
                self.positions[index] = len(self.sequence)
                self.sequence.append(index)
            self.batches.append(tuple(range(first, len(self.sequence))))
        self.starts += [start] * len(stretch)
        self._connect(start)
        self._cut(start)

    def _connect(self, start: int) -> None:
        """Note what each position of the stretch comes after."""
        followed = 0
        solid = [p for p in range(start, len(self.sequence)) if p not in self.loose]
        for position in range(start, len(self.sequence)):
            need = self.needs[self.sequence[position]]
            self.begun.append(tuple(sorted(self._before(position, need.begun))))
            self.members.append(tuple(sorted(self._before(position, need.members))))
            direct, implied = self._direct(position, start)
            bits = sum(1 << (earlier - start) for earlier in direct)
            if position not in self.loose:
                followed |= bits | implied
            self.earlier.append(implied | bits)
            beside = self._await_loose(position, start, direct)
            self.after.append(tuple(sorted((*(direct or self.ends), *beside))))
        if solid:
            self.ends = tuple(p for p in solid if not followed >> (p - start) & 1)
        for position in solid:
            self.awaited_before |= self.awaited[position]

    def _before(self, position: int, entries: Iterable[int]) -> Iterator[int]:
        """The positions of entries that stand before one."""
        for entry in entries:
            if -1 < self.positions[entry] < position:
                yield self.positions[entry]

    def _direct(self, position: int, start: int) -> tuple[list[int], int]:
        """Those that a position waits for directly, and the bits of those implied."""
        needed = self._before(position, self.needs[self.sequence[position]].done)
        direct: list[int] = []
        implied = 0
        for earlier in sorted((p for p in needed if p >= start), reverse=True):
            if not implied >> (earlier - start) & 1:
                direct.append(earlier)
                implied |= self.earlier[earlier]
        return direct[::-1], implied

    def _await_loose(
        self, position: int, start: int, direct: Sequence[int]
    ) -> list[int]:
        """Note the loose ones that a position waits for; returns those of other stretches.

        What only something inside it reads is among these, and not sure to have ended.
        """
        need = self.needs[self.sequence[position]]
        awaited = self.awaited_before
        for earlier in direct:
            is_loose = earlier in self.loose
            awaited |= self.awaited[earlier] | (1 << earlier if is_loose else 0)
        beside: list[int] = []
        for earlier in sorted(self._before(position, need.done), reverse=True):
            if earlier < start and earlier in self.loose and not awaited >> earlier & 1:
                beside.append(earlier)
                awaited |= self.awaited[earlier] | 1 << earlier
        self.awaited.append(awaited)
        inner = self._before(position, need.inner)
        return beside + [p for p in inner if not awaited >> p & 1]

    def _cut(self, start: int) -> None:
        """Cuts the stretch where all behind waits for all before."""
        end = len(self.sequence)
        cuts = [end]
        common = -1
        loose = sum(1 << (p - start) for p in range(start, end) if p in self.loose)
        for position in range(end - 1, start, -1):
            common &= self.earlier[position]
            before = ((1 << (position - start)) - 1) & ~loose
            if common & before == before:
                cuts.append(position)
        first = start
        for cut in reversed(cuts):
            self.regions.append(tuple(range(first, cut)))
            first = cut

    def _joined_regions(self) -> list[tuple[int, ...]]:
        """The regions, from those whose end something waits for to that as one."""
        regions = self.regions
        for position, index in enumerate(self.sequence):
            if not self.needs[index].ended:
                continue
            named = self._before(position, self.needs[index].needs)
            first = min(named, default=position)
            inner = [region for region in regions if region[-1] >= first]
            inner = [region for region in inner if region[0] <= position]
            at = regions.index(inner[0])
            whole = tuple(p for region in inner for p in region)
            regions = [*regions[:at], whole, *regions[at + len(inner) :]]
        return regions

    def order(self) -> Order:
        regions = self._joined_regions()
        region_of = [number for number, region in enumerate(regions) for _ in region]
        return Order(
            sequence=tuple(self.sequence),
            after=tuple(self.after),
            begun=tuple(self.begun),
            members=tuple(self.members),
            batches=tuple(self.batches),
            regions=tuple(regions),
            loose=frozenset(self.loose),
            _positions=tuple(self.positions),
            _region_of=tuple(region_of),
            _starts=tuple(self.starts),
            _earlier=tuple(self.earlier),
            _awaited=tuple(self.awaited),
        )
