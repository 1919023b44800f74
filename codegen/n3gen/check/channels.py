"""Channels: what is unknown, and what could never end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from n3gen.check.finders import finder
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
from n3gen.semantics.walk import all_steps
from n3gen.spec.model import ChainStep, For, Place, SendStep
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
            yield from _Chain(known, found).faults()
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
    if known.spec.rejected or known.spec.lacks_files:
        return
    meant = nearest(use.name, defined)
    for spot in (*use.senders, *use.readers):
        label = known.places.value(_named_at(spot))
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

    def faults(self) -> Iterator[Diagnostic]:
        circles = [*self._circles()]
        yield from circles
        for name, use in self.uses.items():
            if not use.readers:
                label = self._label(use.senders[0])
                yield UnreadChannel.of(shown(name), label)
            elif (loop := is_repeated(use.block)) is not None:
                around = self.known.places.name(loop.entry.place, "the loop")
                label = self._label(use.readers[0])
                yield ChannelInRounds.of(shown(name), label, around)
            elif not circles:
                yield from self._not_beside(use)

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
                if order.is_loose(first) and not order.precedes(first, second):
                    continue
                entries = block.entries[first], block.entries[second]
                names = [self._described(entry) for entry in entries]
                labels = [
                    self._label(use.senders[0], "it is sent here"),
                    self._label(use.readers[0], "it is received here"),
                ]
                if first in use.reads:
                    labels.reverse()
                yield NotBeside.of(shown(use.name), names, labels)
                return

    def _described(self, entry: object) -> str:
        is_loop = isinstance(entry, For) and entry.channel is not None
        return "the loop over it" if is_loop else described(entry)  # type: ignore[arg-type]

    def _circles(self) -> Iterator[Diagnostic]:
        """Find channels that wait for each other to be closed, each circle once."""
        kept_open = {name: [*self._kept_open(use)] for name, use in self.uses.items()}
        done: set[str] = set()
        for name in self.uses:
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
            waiting.append([*kept_open[current]])
    return []
