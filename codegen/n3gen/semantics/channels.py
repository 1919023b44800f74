"""Channels: which entries of a chain send to them and receive from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.spec.model import For, SendStep, Stage, While

__all__ = ["ChannelUse", "channel_uses", "is_repeated"]


@dataclass(slots=True)
class ChannelUse:
    """One channel in one chain: the steps that send to it, the loops that receive."""

    name: str
    senders: list[Spot] = field(default_factory=list[Spot])
    readers: list[Spot] = field(default_factory=list[Spot])

    @property
    def block(self) -> Block:
        """The innermost block of steps that has all of them."""
        first, *others = (*self.senders, *self.readers)
        around = [spot.block for spot in first.upward()]
        for other in others:
            own = [spot.block for spot in other.upward()]
            around = [block for block in around if block in own]
        return around[0]

    @property
    def sends(self) -> tuple[int, ...]:
        """The entries of the `block` that have senders, at whatever depth."""
        return self._entries(self.senders)

    @property
    def reads(self) -> tuple[int, ...]:
        """The entries of the `block` that have readers."""
        return self._entries(self.readers)

    def _entries(self, spots: list[Spot]) -> tuple[int, ...]:
        found = {self._in_block(spot) for spot in spots}
        return tuple(sorted(found))

    def _in_block(self, spot: Spot) -> int:
        return next(one.index for one in spot.upward() if one.block is self.block)


def channel_uses(tree: Tree) -> Mapping[str, ChannelUse]:
    """Return what is made of each channel that a chain names, in the order of the spec."""
    found: dict[str, ChannelUse] = {}
    for spot in tree.spots():
        entry = spot.entry
        if isinstance(entry, SendStep) and entry.channel is not None:
            found.setdefault(entry.channel, ChannelUse(entry.channel))
            found[entry.channel].senders.append(spot)
        elif isinstance(entry, For) and entry.channel is not None:
            found.setdefault(entry.channel, ChannelUse(entry.channel))
            found[entry.channel].readers.append(spot)
    return found


def is_repeated(block: Block) -> Spot | None:
    """Return the loop or the stage that runs a block more than once, if there is one."""
    return next(_repeats(block), None)


def _repeats(block: Block) -> Iterator[Spot]:
    for spot in block.parent.upward() if block.parent is not None else ():
        entry = spot.entry
        if isinstance(entry, For | While) or (
            isinstance(entry, Stage) and entry.is_in_line
        ):
            yield spot
