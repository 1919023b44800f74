"""Channels: what is unknown, and what could never end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from n3gen.check.finders import finder
from n3gen.check.foreign_names import loops_over
from n3gen.check.rules.call_rules import UnknownName
from n3gen.check.rules.channel_rules import (
    ChannelInRounds,
    ChannelOutOfReach,
    CircularChannel,
    NotBeside,
    UnreadChannel,
)
from n3gen.diagnostics import Diagnostic, Label, nearest
from n3gen.semantics.channels import ChannelUse, channel_uses, is_repeated
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Spot, described
from n3gen.semantics.walk import all_steps, every_entry
from n3gen.spec.model import Chain, ChainStep, Entry, For, Place, SendStep, Stage
from n3gen.spec.rules import MisplacedKey, MissingKey
from n3gen.spec.values import shown

__all__ = ["check_channels"]


@finder
def check_channels(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of channels, and of the steps and loops at their ends."""
    defined = [channel.name for channel in known.spec.channels]
    uses = {name: channel_uses(tree) for name, tree in known.trees.items()}
    for step in all_steps(known.spec):
        if isinstance(step, SendStep):
            yield from _key_faults(known, step)
    for chain in known.spec.chains:
        found = uses[chain.name]
        unknown = [use for name, use in found.items() if name not in defined]
        for use in unknown:
            yield from _unknown(known, use, defined)
        if known.trees[chain.name].is_whole and not unknown:
            yield from _Chain(known, found, chain).faults()
    yield from _out_of_reach(known, uses)


def _key_faults(known: Semantics, step: SendStep) -> Iterator[Diagnostic]:
    """No channel, or two."""
    if step.channel is None:
        what = f"the send step `{shown(step.name)}`"
        yield MissingKey.of("send", what, known.places.name(step.place))
    elif step.send is not None and step.target is not None:
        label = known.places.key(step.place / "target")
        yield MisplacedKey.beside("target", "send", label, "remove one of them")


def _unknown(
    known: Semantics, use: ChannelUse, defined: list[str]
) -> Iterator[Diagnostic]:
    if use.name in known.spec.rejected or known.spec.lacks_files:
        return
    meant = nearest(use.name, defined)
    for spot in (*use.senders, *use.readers):
        place = _named_at(spot)
        start = str(known.places.data(place)).rindex(use.name)  # behind `channel`
        label = known.places.part(place, start, start + len(use.name))
        yield UnknownName.of("channel", shown(use.name), label, meant and shown(meant))


def _named_at(spot: Spot) -> Place:
    """The place of the name of a channel at one of its ends."""
    entry = spot.entry
    return entry.channel_at if isinstance(entry, SendStep) else entry.place / "in"


def _out_of_reach(
    known: Semantics, uses: Mapping[str, Mapping[str, ChannelUse]]
) -> Iterator[Diagnostic]:
    """Find calls of chains that only a caller with a handle can feed."""
    for step in all_steps(known.spec):
        called = uses.get(step.target or "", {}) if isinstance(step, ChainStep) else {}
        for name, use in called.items():
            if not use.senders:
                label = known.places.value(step.place / "target")
                reader = known.places.value(_named_at(use.readers[0]), "its reader")
                target = shown(getattr(step, "target", ""))
                yield ChannelOutOfReach.of(shown(name), target, label, reader)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The channels of one chain."""

    known: Semantics
    uses: Mapping[str, ChannelUse]
    chain: Chain

    def faults(self) -> Iterator[Diagnostic]:
        circles = [*self._circles()]
        yield from circles
        for name, use in self.uses.items():
            if not use.readers:
                if not self._is_looped(name):
                    label = self._label(use.senders[0])
                    yield UnreadChannel.of(shown(name), label)
            elif (loop := is_repeated(use.block)) is not None:
                around = self.known.places.name(loop.entry.place, "the loop")
                label = self._label(use.readers[0])
                yield ChannelInRounds.of(shown(name), label, around)
            elif (owner := self._divided(use)) is not None:
                labels = self._labels(use, owner.index, owner.index)
                yield NotBeside.in_bodies(shown(name), described(owner.entry), labels)
            elif not circles:
                yield from self._not_beside(use)

    def _is_looped(self, name: str) -> bool:
        """Whether a `for` has the name without `channel`, which another rule reports."""
        entries = every_entry(self.chain.steps)
        is_other = name in self.known.trees[self.chain.name].names
        return not is_other and any(loops_over(entry, name) for entry in entries)

    def _label(self, spot: Spot, text: str = "") -> Label:
        return self.known.places.value(_named_at(spot), text)

    def _not_beside(self, use: ChannelUse) -> Iterator[Diagnostic]:
        """Find an end that only begins when the other has ended."""
        block = use.block
        order, owner = block.order, block.parent
        if order is None or (owner is not None and owner.entry.runs_together):
            return
        for sender in use.sends:
            for reader in use.reads:
                first, second = sorted((sender, reader), key=order.sequence.index)
                entries = block.entries[first], block.entries[second]
                is_loose = order.is_loose(first)
                if (
                    is_loose
                    and not order.precedes(first, second)
                    and not _ends(entries)
                ):
                    continue
                labels = self._labels(use, sender, reader)
                if first in use.reads:
                    labels.reverse()
                names = [self._described(entry) for entry in entries]
                way_out = _way_out(entries, names, is_loose=is_loose)
                yield NotBeside.of(shown(use.name), names, labels, way_out)
                return

    def _labels(self, use: ChannelUse, sender: int, reader: int) -> list[Label]:
        """Where it is sent inside of one entry, and received inside of another one."""
        sending = next(s for s in use.senders if use.entry_of(s) == sender)
        reading = next(s for s in use.readers if use.entry_of(s) == reader)
        return [
            self._label(sending, "it is sent here"),
            self._label(reading, "it is received here"),
        ]

    def _described(self, entry: Entry) -> str:
        is_loop = isinstance(entry, For) and entry.channel is not None
        return "the loop over it" if is_loop else described(entry)

    def _divided(self, use: ChannelUse) -> Spot | None:
        """The entry that has a sender in one of its bodies and a reader in another."""
        for index in {*use.sends} & {*use.reads}:
            owner = Spot(use.block, index)
            if owner not in use.readers:
                return owner
        return None

    def _circles(self) -> Iterator[Diagnostic]:
        """Find channels that wait for each other to be closed, each circle once."""
        kept_open = {
            name: [*self._kept_open(use)]
            for name, use in self.uses.items()
            if self._divided(use) is None
        }
        done: set[str] = set()
        for name in kept_open:
            circle = _circle(name, kept_open, done)
            if circle:
                sender = self._label(self.uses[circle[0]].senders[0], "it is sent here")
                reader = self._label(self.uses[circle[0]].readers[0])
                yield CircularChannel.of([*map(shown, circle)], reader, sender)

    def _kept_open(self, use: ChannelUse) -> Iterator[str]:
        """The channels that have to close before a channel does."""
        if not use.readers:
            return
        sending = {(id(use.block), index) for index in use.sends}
        for name, other in self.uses.items():
            for reader in other.readers:
                if any((id(s.block), s.index) in sending for s in reader.upward()):
                    yield name
                    break


def _ends(entries: Sequence[Entry]) -> bool:
    """Whether one of the entries is a clause or a `finally`, which ends the others."""
    return any(entry.is_ending for entry in entries)


def _way_out(entries: Sequence[Entry], names: Sequence[str], *, is_loose: bool) -> str:
    """What lets two entries run beside each other, the first of which `is_loose` or not."""
    if _ends(entries):
        return (
            "put both into the same body: what ends a body runs when its steps have "
            "ended"
        )
    if isinstance(entries[0], Stage):
        return f"let {names[0]} pass its items on with `stream: true`"
    beside = "put both into a `parallel` block"
    if is_loose:
        return f"let no step before {names[1]} wait for {names[0]}, or {beside}"
    return f"mark {names[0]} with `background: true`, or {beside}"


def _circle(
    first: str, kept_open: Mapping[str, list[str]], done: set[str]
) -> list[str]:
    """A way from a channel back to one on it; what is `done` leads to no other one."""
    way: list[str] = []
    waiting = [[first]]
    while waiting:
        if not waiting[-1]:
            waiting.pop()
            done.update(way[-1:])
            del way[-1:]
            continue
        current = waiting[-1].pop()
        if current in way:
            done.update(way)
            return [*way[way.index(current) :], current]
        if current not in done:
            way.append(current)
            waiting.append([*kept_open.get(current, ())])
    return []
