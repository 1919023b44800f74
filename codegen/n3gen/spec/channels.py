"""Channels: bounded queues inside of a run."""

from __future__ import annotations

from typing import Any, ClassVar

from n3gen.source import Loc
from n3gen.spec.key_shapes import Whole
from n3gen.spec.keys import Key
from n3gen.spec.nodes import Node
from n3gen.spec.policy_rules import OutOfRange
from n3gen.spec.reader import Reader
from n3gen.spec.rules import WrongType
from n3gen.spec.values import is_int, number_or_kind, shown

__all__ = ["MOST_ITEMS", "Channel", "read_channel"]

MOST_ITEMS = 1_000_000
"""How many items a channel may at most hold."""


class Channel(Node):
    """`channel NAME: n`: at most `size` items that were sent and not received yet."""

    KEYS: ClassVar[tuple[Key, ...]] = (
        Key(
            "size",
            Whole(1, MOST_ITEMS),
            "how many items it holds; who sends one more waits for room",
            needed=True,
            also=("buffer", "capacity", "items", "bound"),
        ),
    )

    name: str
    size: int


def read_channel(reader: Reader, loc: Loc, name: str, data: Any) -> Channel | None:
    """Read the channel at `loc`: a number of items, or a mapping with it."""
    what = f"channel `{shown(name)}`"
    at, size = loc, data
    if isinstance(data, dict):
        values = reader.known(loc, data, Channel.KEYS, what)
        at, size = (*loc, "size"), values.get("size")
        if size is None:
            reader.missing(loc, "size", what)
            return None
    label = reader.document.label(at)
    if not is_int(size):
        wanted = "a whole number of items"
        reader.report(WrongType.of(what, wanted, number_or_kind(size), label))
        return None
    if not 1 <= size <= MOST_ITEMS:
        bounds = f"from 1 to {MOST_ITEMS:,}"
        reader.report(OutOfRange.of("size", shown(size), bounds, label))
        return None
    return reader.build(Channel, loc, {"name": name, "size": size}, what)
