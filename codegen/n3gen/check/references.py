"""Names that expressions read and cannot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from n3gen.check.bound_names import bound_elsewhere
from n3gen.check.dashed_names import dashed_name
from n3gen.check.foreign_names import known_as, loops_over, way_of_channel, way_to_name
from n3gen.check.meant_texts import meant_text
from n3gen.check.near_names import similar_name
from n3gen.check.reading_circles import ReadingCircles
from n3gen.check.reading_words import streams, word_of, word_of_text
from n3gen.check.rules.branch_rules import ReadsInsideBlock, ReadsOtherBranch
from n3gen.check.rules.condition_rules import ConstantText
from n3gen.check.rules.reference_rules import (
    ReadsLaterStep,
    ReadsParallelStep,
    UnknownReference,
)
from n3gen.check.rules.stage_rules import ReadsStream
from n3gen.check.running_first import way_to_run_first
from n3gen.diagnostics import Diagnostic, Label
from n3gen.diagnostics.fix import replacing
from n3gen.expressions import Reference
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, parsed
from n3gen.semantics.tree import Block, Spot, Tree, described
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.walk import Places
from n3gen.spec.model import Chain, Entry, Place, Stage, Step, Within
from n3gen.spec.values import shown

__all__ = ["check_references"]

_SUGGESTED = 100
"""How many unknown names get a suggestion: each one is compared with all that there are."""

_ALWAYS = ("payload", "steps", "env", "run")
"""Names that every expression of a chain knows."""


def check_references(
    chain: Chain, tree: Tree, known: Semantics, reported: set[str]
) -> Iterator[Diagnostic]:
    """Names that expressions read and that nothing has, or whose value is not there.

    `reported` are the unknown names reported so far; those reported here are added.
    """
    channels = frozenset(channel.name for channel in known.spec.channels)
    types = known.types[chain.name]
    circles = ReadingCircles(known.places)
    seen = _Seen(chain, tree, known.places, reported, types, channels, circles)
    for spot in tree.spots():
        for text in spot.entry.outer_texts():
            yield from _Reader(seen, text, spot, spot.block).faults()
        for text in spot.entry.inner_texts():
            yield from _inner_faults(seen, text, spot)
    for text in chain.texts():
        yield from _Reader(seen, text, None, tree.root).faults()


def _inner_faults(seen: _Seen, text: Text, spot: Spot) -> Iterator[Diagnostic]:
    """The faults of a text that is read at the end of each body, each reported once."""
    reported: set[tuple[int, int]] = set()
    for body in seen.tree.bodies.get(spot, ()):
        for fault in _Reader(seen, text, spot, body).faults():
            place = fault.labels[0].span
            if (place.start, place.end) not in reported:
                reported.add((place.start, place.end))
                yield fault


@dataclass(frozen=True, slots=True)
class _Seen:
    """What all readers of one chain have in common."""

    chain: Chain
    tree: Tree
    places: Places
    reported: set[str]
    types: ValueTypes
    channels: frozenset[str]
    circles: ReadingCircles


@dataclass(frozen=True, slots=True)
class _Reader:
    """One text of an entry, or, without a spot, of the chain's result.

    `block` is where it looks for names: the entry's own, or a body of the entry.
    """

    seen: _Seen
    text: Text
    spot: Spot | None
    block: Block

    def faults(self) -> Iterator[Diagnostic]:
        for reference in parsed(self.text).references:
            match reference.root:
                case "options":
                    yield from self._options(reference)
                case "name" | "step":
                    yield from self._name(reference)
                case _:
                    pass

    @property
    def _place(self) -> Place:
        owner = self.seen.chain if self.spot is None else self.spot.entry
        return Place(owner.place.path, (*owner.place.loc, *self.text.keys))

    def _label(self, reference: Reference, words: str = "") -> Label:
        return self.seen.places.part(self._place, reference.start, reference.end, words)

    def _is_quoted_name(self, reference: Reference) -> bool:
        """Whether it is all of a bare expression that is written in quotes."""
        is_whole = reference.name == self.text.text.strip()
        is_bare = self.text.form == "expression" and reference.root == "name"
        return is_bare and is_whole and self.seen.places.is_quoted(self._place)

    def _options(self, reference: Reference) -> Iterator[Diagnostic]:
        if self.spot is None or not isinstance(self.spot.entry, Step):
            why = "only steps have options"
            yield UnknownReference.options(self._label(reference), why)
        elif self.text.keys[0] == "options":
            why = "these are the options themselves"
            yield UnknownReference.options(self._label(reference), why)

    def _name(self, reference: Reference) -> Iterator[Diagnostic]:
        name = reference.name
        is_bare = reference.root == "name"
        is_bound = is_bare and name in self.block.variables
        if is_bound or name in self.seen.tree.doubled:
            return
        if name in self.seen.tree.names or self.block.lookup(name) is not None:
            yield from self._faults_of(reference, name)
        elif is_bare and name in self.seen.tree.variables:
            owner, label = self.seen.tree.variables[name], self._label(reference)
            yield bound_elsewhere(name, label, owner, self.seen.places)
        elif name not in self.seen.reported:
            self.seen.reported.add(name)
            dashed = dashed_name(self.text, reference, self.seen.chain, self.seen.tree)
            if dashed is None:
                yield self._unknown(reference)
                return
            self.seen.reported.update(dashed.parts)
            if not dashed.is_reported:
                label = self.seen.places.part(self._place, dashed.start, dashed.end)
                yield UnknownReference.dashed(dashed.shown, label, dashed.way_out)

    def _faults_of(self, reference: Reference, name: str) -> Iterator[Diagnostic]:
        """What is wrong with reading an entry of that name by this reference."""
        target = self.block.lookup(name) or self.seen.tree.names[name]
        if streams(target):
            place = self._target(reference, target, "this stage streams")
            label = self._label(reference)
            yield ReadsStream.of(self._who(), shown(name), label, place)
            return
        is_known = self._is_inner and target.block is self.block
        if not is_known or self._is_asked_before:
            yield from self._result(reference, target)

    @property
    def _is_inner(self) -> bool:
        """Whether it is read at the end of a body of its entry."""
        return self.spot is not None and self.block is not self.spot.block

    @property
    def _is_asked_before(self) -> bool:
        """Whether it is the key of a round, which is asked before the round begins."""
        return self._is_inner and self.text.keys[0] == "key"

    def _unknown(self, reference: Reference) -> Diagnostic:
        name = shown(reference.name)
        fields = {field.key for field in self.seen.chain.input or ()}
        states, own = self.seen.types.states, self.text.own
        meant: tuple[str, Label | None] | None = None
        if quoted := meant_text(parsed(self.text), reference, self.seen.types):
            meant = repr(quoted), None
        elif reference.root == "name" and (
            known := known_as(name, fields, states, own, self.spot)
        ):
            meant = known, None
        elif reference.name in self.seen.channels:
            return self._channel(reference)
        elif len(self.seen.reported) <= _SUGGESTED:
            meant = self._similar(reference, fields)
        if reference.root == "step":
            return UnknownReference.step(name, self._label(reference), meant)
        if meant is None and self._is_quoted_name(reference):
            label = self.seen.places.value(self._place)
            return ConstantText.name_of_nothing(str(self.text.keys[-1]), name, label)
        way = way_to_name(name, self._upward(), self.seen.chain)
        return UnknownReference.of(name, self._label(reference), meant, way)

    def _channel(self, reference: Reference) -> Diagnostic:
        name, label = reference.name, self._label(reference)
        way, fix = way_of_channel(name, self.seen.chain), None
        if self.spot is not None and loops_over(self.spot.entry, name):
            fix = replacing(label.file, label.span, f"channel {name}")
        return UnknownReference.of(name, label, None, way, fix)

    def _similar(
        self, reference: Reference, fields: set[str]
    ) -> tuple[str, Label | None] | None:
        """The step, variable or field that was most likely meant, and its place."""
        others: set[str] = set()
        if reference.root == "name":
            others = {*_ALWAYS, *fields, *self.block.variables}

        def can_read(name: str) -> bool:
            return next(self._faults_of(reference, name), None) is None

        tree, places = self.seen.tree, self.seen.places
        near = similar_name(reference.name, others, tree, places, can_read)
        if near is not None and near[1] is None and near[0] in fields:
            return f"payload.{near[0]}", None
        return near

    def _result(self, reference: Reference, target: Spot) -> Iterator[Diagnostic]:
        """What is wrong with reading the result of an entry from here."""
        for spot in self._upward():
            if spot.block is target.block:
                yield from self._beside(reference, spot, target)
                return
        if self.spot is None and target.block is self.seen.tree.root:
            return
        yield from self._inside(reference, target)

    def _beside(
        self, reference: Reference, spot: Spot, target: Spot
    ) -> Iterator[Diagnostic]:
        """The target and the entry around the reader are entries of one block."""
        block, order = spot.block, spot.block.order
        if order is None:
            return
        if spot.index == target.index:
            if not (block.is_round and isinstance(target.entry, Step)):
                yield self._itself(reference, target)
        elif order.is_readable(target.index, spot.index):
            yield from self._contender(reference, spot, target)
        elif not order.precedes(spot.index, target.index):
            words = "it runs at the same time"
            yield from self._unordered(reference, spot, target, words)
        elif not block.is_round:
            yield from self._unordered(reference, spot, target, "it runs later")

    def _unordered(
        self, reference: Reference, spot: Spot, target: Spot, words: str
    ) -> Iterator[Diagnostic]:
        """The target runs beside the entry around the reader, or behind it."""
        block, is_later = spot.block, words == "it runs later"
        if not block.is_needed(spot.index, target.index):
            circle = self.seen.circles.faults(block, spot.index, target.index)
            if circle is not None:
                yield from circle
                return
        labels = self._label(reference), self._target(reference, target, words)
        name = shown(reference.name)
        rule = ReadsLaterStep if is_later else ReadsParallelStep
        way = way_to_run_first(spot, target, name, self.seen.places)
        yield rule.of(self._who(), name, labels, way)

    def _contender(
        self, reference: Reference, spot: Spot, target: Spot
    ) -> Iterator[Diagnostic]:
        """A clause of a race reads one of the contenders, of which nobody knows more."""
        race = spot.block.parent
        if race is None or not race.entry.is_race:
            return
        way = "a clause of a race reads what is before the race"
        labels = self._label(reference), self._target(reference, target, "a contender")
        name, owner = shown(reference.name), described(race.entry)
        yield ReadsInsideBlock.of(self._who(), name, owner, labels, way)

    def _itself(self, reference: Reference, target: Spot) -> Diagnostic:
        label = self._label(reference)
        if self.spot == target:
            return ReadsLaterStep.itself(self._who(), label)
        is_step = isinstance(target.entry, Step)
        place = self._target(
            reference, target, "this step" if is_step else "this block"
        )
        rule = ReadsLaterStep.whole if is_step else ReadsLaterStep.around
        return rule(self._who(), shown(reference.name), label, place)

    def _inside(self, reference: Reference, target: Spot) -> Iterator[Diagnostic]:
        """The target is inside a block that the reader is not in, or in another branch."""
        above = {spot.block: spot.index for spot in self._upward()}
        root = self.seen.tree.root
        outer = next(s for s in target.upward() if s.block in above or s.block is root)
        name, label = shown(reference.name), self._label(reference)
        place = self._target(reference, target, "it is here")
        if above.get(outer.block) != outer.index:
            owner = described(outer.entry)
            way = f"give {owner} a name, {_named(outer.entry)}, and read that"
            if outer.entry.name:
                way = f"read `{shown(outer.entry.name)}`, the value of the whole block"
            elif isinstance(outer.entry, Stage) and not outer.entry.streams:
                way = f"read `{shown(outer.entry.step.name)}`, the value of the stage"
            elif isinstance(outer.entry, Stage):
                way = f"let {owner} make it a part of its items"
            elif outer.entry.is_ending:
                way = f"only the steps of this `{word_of(outer.entry)}` can read it"
            yield ReadsInsideBlock.of(self._who(), name, owner, (label, place), way)
        elif self.spot is not None and self.spot.block is not outer.block:
            is_late = isinstance(outer.entry, Within)
            rule = ReadsOtherBranch.late if is_late else ReadsOtherBranch.of
            yield rule(self._who(), name, label, place)
        elif not self._is_inner or self._is_asked_before:
            yield ReadsLaterStep.own_step(self._who(), name, label, place)
        elif target.block.parent != outer:
            owner = described(target.block.parent.entry) if target.block.parent else ""
            way = (
                f"its {word_of_text(self.text)} reads the steps that are in it directly"
            )
            yield ReadsInsideBlock.of(self._who(), name, owner, (label, place), way)
        else:
            way = f"let every branch have a step `{name}`"
            yield ReadsInsideBlock.of(
                self._who(), name, "one of its branches", (label, place), way
            )

    def _upward(self) -> Iterable[Spot]:
        return self.spot.upward() if self.spot else ()

    def _who(self) -> str:
        return "the result" if self.spot is None else described(self.spot.entry)

    def _target(self, reference: Reference, target: Spot, words: str) -> Label:
        named = target
        if target.entry.name != reference.name:
            named = self.seen.tree.names.get(reference.name, target)
        return self.seen.places.name(named.entry.place, words)


def _named(entry: Entry) -> str:
    """How a block has a name."""
    if not entry.place.path.endswith(".ai"):
        return "`name: NAME`"
    word = word_of(entry)
    if word in ("do", "parallel", "race"):
        return f"`{word} NAME:`"
    head = f"{entry.seconds:g}s" if isinstance(entry, Within) else "..."
    return f"`{word} NAME: {head}:`"
