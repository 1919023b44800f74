"""Channels: which entries of a chain send to them and receive from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from n3gen.semantics.tree import Block, Spot, Tree
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, For, SendStep, Stage, While

__all__ = ["ChannelUse", "channel_uses", "fed_channels", "is_repeated"]


@dataclass(frozen=True)
class ChannelUse:
    """One channel in one chain: the steps that send to it, the loops that receive."""

    name: str
    senders: tuple[Spot, ...]
    readers: tuple[Spot, ...]

    @cached_property
    def block(self) -> Block:
        """The innermost block of steps that has all of them."""
        first, *others = (*self.senders, *self.readers)
        around = [spot.block for spot in first.upward()]
        for other in others:
            own = [spot.block for spot in other.upward()]
            around = [block for block in around if block in own]
        return around[0]

    @cached_property
    def sends(self) -> tuple[int, ...]:
        """The entries of the `block` that have senders, at whatever depth."""
        return self._entries(self.senders)

    @cached_property
    def reads(self) -> tuple[int, ...]:
        """The entries of the `block` that have readers."""
        return self._entries(self.readers)

    def entry_of(self, end: Spot) -> int:
        """Return the entry of the `block` that a sender or a reader is, or is inside of."""
        return next(one.index for one in end.upward() if one.block is self.block)

    def _entries(self, ends: Sequence[Spot]) -> tuple[int, ...]:
        return tuple(sorted({*map(self.entry_of, ends)}))


def channel_uses(tree: Tree) -> Mapping[str, ChannelUse]:
    """Return what is made of each channel that a chain names, in the order of the spec."""
    senders: dict[str, list[Spot]] = {}
    readers: dict[str, list[Spot]] = {}
    for spot in tree.spots():
        entry = spot.entry
        if isinstance(entry, SendStep | For) and entry.channel is not None:
            ends = senders if isinstance(entry, SendStep) else readers
            for known in (senders, readers):
                known.setdefault(entry.channel, [])
            ends[entry.channel].append(spot)
    return {
        name: ChannelUse(name, tuple(sending), tuple(readers[name]))
        for name, sending in senders.items()
    }


def fed_channels(chain: Chain) -> tuple[str, ...]:
    """Return the channels that a chain receives from and that no step of it sends to."""
    entries = [*every_entry(chain.steps)]
    sent = {entry.channel for entry in entries if isinstance(entry, SendStep)}
    read = (entry.channel for entry in entries if isinstance(entry, For))
    return tuple(dict.fromkeys(one for one in read if one and one not in sent))


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
