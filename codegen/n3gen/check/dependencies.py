"""The names in `depends_on`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from n3gen.check.rules.dependency_rules import (
    CyclicDependency,
    DependencyElsewhere,
    DuplicateDependency,
    SelfDependency,
    UnknownDependency,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.names import is_fact
from n3gen.semantics.reads import parsed
from n3gen.semantics.tree import Block, Spot, Tree, described
from n3gen.semantics.walk import Places, every_entry
from n3gen.spec.model import Entry, Place, Step
from n3gen.spec.values import shown

__all__ = ["check_dependencies", "circle_fault"]

_LISTED: Final = 5
"""How many names are listed where none is near."""

_SUGGESTED = 100
"""How many unknown names get a suggestion: each one is compared with all that there are."""


def check_dependencies(
    tree: Tree, places: Places, reported: set[str]
) -> Iterator[Diagnostic]:
    """Unknown, own, doubled and misplaced names in `depends_on`, and circles.

    `reported` are the unknown names reported so far; those reported here are added.
    """
    for spot in tree.spots():
        if isinstance(spot.entry, Step) and spot.entry.depends_on:
            yield from _Names(tree, places, reported, spot, spot.entry).faults()
    for block in tree.blocks:
        if block.order is None:
            for circle in _circles(block.needs):
                yield circle_fault(block, circle, places)


@dataclass(frozen=True, slots=True)
class _Names:
    """The names in the `depends_on` of one step."""

    tree: Tree
    places: Places
    reported: set[str]
    spot: Spot
    step: Step

    def faults(self) -> Iterator[Diagnostic]:
        own = shown(self.step.name)
        first: dict[str, Place] = {}
        for index, name in enumerate(self.step.depends_on):
            place = self.step.named_at(index)
            label = self.places.value(place)
            if name in first:
                before = self.places.value(first[name], "the first one")
                yield DuplicateDependency.of(own, shown(name), label, before)
                continue
            first[name] = place
            if name in self.tree.doubled:
                continue  # which of the steps is meant is not known
            if name == self.step.name:
                yield SelfDependency.of(own, label)
            elif name not in self.spot.block.indexes:
                yield from self._missing(name, place)

    def _missing(self, name: str, place: Place) -> Iterator[Diagnostic]:
        target = self.spot.block.lookup(name) or self.tree.names.get(name)
        if target is None:
            if name not in self.reported:
                self.reported.add(name)
                yield self._unknown(name, place)
        elif target.block in (above.block for above in self.spot.upward()):
            yield self._outside(name, place, target)
        else:
            yield self._inside(name, place, target)

    def _unknown(self, name: str, place: Place) -> Diagnostic:
        meant = None
        others: list[str] = []
        if len(self.reported) <= _SUGGESTED:
            names = self.spot.block.indexes
            others = [n for n in names if n != self.step.name and not is_fact(n)]
            meant = nearest(name, others)
        similar = None
        if meant is not None:
            entry = self.spot.block.entries[self.spot.block.indexes[meant]]
            what = "step" if isinstance(entry, Step) else "block"
            words = f"this {what} has a similar name"
            similar = (shown(meant), self.places.name(entry.place, words))
        label = self.places.value(place, "not a step")
        some = [shown(other) for other in others[:_LISTED]]
        return UnknownDependency.of(
            shown(self.step.name), shown(name), label, similar, some
        )

    def _outside(self, name: str, place: Place, target: Spot) -> Diagnostic:
        labels = (
            self.places.value(place),
            self.places.name(target.entry.place, "it is here"),
        )
        owner = next(s for s in self.spot.upward() if s.block is target.block)
        way = f"remove it: {described(owner.entry)} starts as one"
        return DependencyElsewhere.outside(
            shown(self.step.name), shown(name), labels, way
        )

    def _inside(self, name: str, place: Place, target: Spot) -> Diagnostic:
        around = {above.block for above in self.spot.upward()}
        # The outermost block that the target is in and the step is not.
        owner = next(spot for spot in target.upward() if spot.block in around)
        labels = (
            self.places.value(place),
            self.places.name(target.entry.place, "it is here"),
        )
        way = "depend on that block as a whole"
        if owner.block is not self.spot.block:
            way = "only steps of the same block can be named"
        elif owner.entry.name:
            way += f": `{shown(owner.entry.name)}`"
        else:
            way += ": give it a name"
        return DependencyElsewhere.inside(
            shown(self.step.name),
            shown(name),
            described(owner.entry),
            labels,
            way,
        )


def _circles(needs: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Ways round among entries that need each other, no two through the same entry.

    What no circle holds up is settled, then one circle is found and counted as
    settled too, until nothing is left.
    """
    followers: list[list[int]] = [[] for _ in needs]
    for index, needed in enumerate(needs):
        for earlier in needed:
            followers[earlier].append(index)
    missing = [len(needed) for needed in needs]
    settled = [False] * len(needs)
    waiting = [index for index, count in enumerate(missing) if not count]
    for start in range(len(needs)):
        while not settled[start]:
            if not waiting:
                waiting = _circle(start, needs, settled)
                yield list(waiting)
            _settle(waiting, followers, missing, settled)


def _circle(
    start: int, needs: Sequence[Sequence[int]], settled: Sequence[bool]
) -> list[int]:
    """A way round that is met on going from `start` along what is not settled."""
    way: dict[int, None] = {}
    at = start
    while at not in way:
        way[at] = None
        at = next(earlier for earlier in needs[at] if not settled[earlier])
    passed = list(way)
    circle = passed[passed.index(at) :]
    first = circle.index(min(circle))
    return circle[first:] + circle[:first]


def _settle(
    waiting: list[int],
    followers: Sequence[Sequence[int]],
    missing: list[int],
    settled: list[bool],
) -> None:
    """Settles what is waiting, and all that then needs nothing more; empties `waiting`."""
    while waiting:
        index = waiting.pop()
        if settled[index]:
            continue
        settled[index] = True
        for follower in followers[index]:
            missing[follower] -= 1
            if not missing[follower]:
                waiting.append(follower)


def circle_fault(block: Block, circle: Sequence[int], places: Places) -> Diagnostic:
    """The circle as a diagnostic: a label where each says that it needs the next."""
    ways = [*circle, circle[0]]
    names = [_name(block.entries[index]) for index in ways]
    labels: list[Label] = []
    reads = False
    for entry, needed in zip(circle, ways[1:], strict=False):
        named = _named(block.entries[entry], block.entries[needed], places)
        read = named or _read(block.entries[entry], block.entries[needed], places)
        reads = reads or named is None
        labels += [read] if read else []
    if block.schedule == "file" and reads:
        return CyclicDependency.reading(names, labels)
    return CyclicDependency.of(names, labels, reads=reads)


def _name(entry: Entry) -> str:
    return shown(entry.name) if entry.name else type(entry).__name__.lower()


def _named(entry: Entry, needed: Entry, places: Places) -> Label | None:
    """The place in the `depends_on` of an entry that names another."""
    if not isinstance(entry, Step):
        return None
    for index, name in enumerate(entry.depends_on):
        if name == needed.name or name in needed.gives:
            place = entry.named_at(index)
            return places.value(place, f"`{_name(entry)}` needs `{_name(needed)}`")
    return None


def _read(entry: Entry, needed: Entry, places: Places) -> Label | None:
    """The place in an entry, or deep inside it, that reads the result of another."""
    for inner in every_entry([entry]):
        for text in inner.texts():
            for found in parsed(text).references:
                is_meant = found.name == needed.name or found.name in needed.gives
                if is_meant and found.root in ("name", "step"):
                    place = Place(inner.place.path, (*inner.place.loc, *text.keys))
                    words = f"`{_name(inner)}` reads `{_name(needed)}`"
                    return places.part(place, found.start, found.end, words)
    return None
