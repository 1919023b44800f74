"""The entries that give the names of a chain."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import Chain, Entry

__all__ = ["giver", "givers", "names_of"]


def names_of(chain: Chain) -> Iterator[str]:
    """The names of a chain that get variables."""
    for entry in every_entry(chain.steps):
        yield from entry.binds
        if entry.name:
            yield entry.name


def giver(entry: Entry, name: str) -> Entry:
    """The entry that has a name: the one itself, or the first inside it."""
    return next(givers(entry, name))


def givers(entry: Entry, name: str) -> Iterator[Entry]:
    """The entry that has a name: the one itself, or one in each of its bodies."""
    if name == entry.name or name in entry.facts:
        yield entry
        return
    for body in entry.bodies:
        yield from givers(body[known_after(body)[name]], name)
