"""Channels: what a chain makes of them, and the entries that are at their ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from n3gen.emit.nodes import Node
from n3gen.semantics.channels import ChannelUse
from n3gen.spec.model import Spec

__all__ = ["ChannelEnds", "Ends", "OpenChannel", "channel_ends", "open_channels"]


@dataclass(frozen=True, slots=True)
class OpenChannel:
    """A channel of a chain: how many entries send and receive; the caller may feed it."""

    name: str
    size: int
    senders: int
    readers: int
    is_fed: bool


@dataclass(slots=True)
class Ends:
    """The channels that an entry sends to and receives from, at whatever depth."""

    sends: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelEnds(Node):
    """The statements of an entry whose end closes its ends of channels."""

    template = "flow/channel_ends.py.j2"

    sends: tuple[str, ...]
    reads: tuple[str, ...]
    body: tuple[Node, ...]


def open_channels(
    uses: Mapping[str, ChannelUse], spec: Spec
) -> tuple[OpenChannel, ...]:
    """The channels of a chain. One that no step sends to is fed by the caller."""
    sizes = {channel.name: channel.size for channel in spec.channels}
    return tuple(
        OpenChannel(
            name, sizes[name], len(use.sends), len(use.reads), is_fed=not use.sends
        )
        for name, use in uses.items()
    )


def channel_ends(uses: Mapping[str, ChannelUse]) -> Mapping[int, Ends]:
    """The ends of channels by the `id` of the entries that have them."""
    found: dict[int, Ends] = {}
    for name, use in uses.items():
        entries = use.block.entries
        for index in use.sends:
            ends = found.setdefault(id(entries[index]), Ends())
            ends.sends = (*ends.sends, name)
        for index in use.reads:
            ends = found.setdefault(id(entries[index]), Ends())
            ends.reads = (*ends.reads, name)
    return found
