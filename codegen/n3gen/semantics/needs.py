"""What the entries of a body of steps wait for, beside the order of the file.

An entry is loose where what comes after it does not wait for it by the order of the
file: one in the background, and a parallel one of which a join waits for some only.
Whatever reads a loose entry, or depends on it, waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from n3gen.semantics.reads import reads_within, references_in, references_of
from n3gen.spec.entries import known_after
from n3gen.spec.model import Entry, Step

__all__ = ["Need", "Schedule", "loose_entries", "needs_of", "partial_members"]

Schedule = Literal["file", "dag"]

_NOTHING: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Need:
    """What one entry waits for; entries are meant by their indexes in the spec.

    It takes its place behind those that it `needs`, of which the `begun` need only have
    begun, and the `members` of its join not even that. `reads` are the loose ones before
    it whose values it needs as well, `inner` those that only something in its bodies
    reads. With `ended` it runs whatever became of those that it needs.
    """

    is_parallel: bool = False
    needs: tuple[int, ...] = ()
    is_loose: bool = False
    begun: frozenset[int] = _NOTHING
    members: frozenset[int] = _NOTHING
    reads: frozenset[int] = _NOTHING
    inner: frozenset[int] = _NOTHING
    ended: bool = False

    @property
    def done(self) -> frozenset[int]:
        """Those that must have ended before it starts."""
        return frozenset(self.needs) - self.begun - self.members | self.reads


def needs_of(
    entries: Sequence[Entry], schedule: Schedule, owner: Entry | None = None
) -> list[Need]:
    """What each entry of a block waits for; the block is a body of its `owner`."""
    together = schedule == "dag" or (owner is not None and owner.runs_together)
    indexes = known_after(tuple(entries))
    loose = loose_entries(entries, indexes, together=together)
    is_round = owner is not None and owner.is_round
    found: list[Need] = []
    for own, entry in enumerate(entries):
        named = _known(entry.depends_on, indexes) if isinstance(entry, Step) else set()
        read, inner = set[int](), set[int]()
        if loose or schedule == "dag":
            read = _known(_own_reads(entry), indexes)
            inner = _known(reads_within([entry]), indexes)
        if is_round:
            read, inner = ({i for i in reads if i < own} for reads in (read, inner))
        members = (partial_members(entry, indexes) & loose) - {own}
        cancelled = _known(_cancelled(entry), indexes)
        begun = members & cancelled
        needs = set(named)
        if schedule == "dag":
            needs |= inner | cancelled
            begun |= (needs & loose) - named - read
        found.append(
            Need(
                is_parallel=(together or entry.parallel) and not entry.is_ending,
                needs=tuple(sorted(needs - {own})),
                is_loose=own in loose,
                begun=frozenset(begun - {own}),
                members=frozenset(members),
                reads=frozenset((read & loose) - members - {own}),
                inner=frozenset((inner & loose) - begun - members - read - {own}),
                ended=isinstance(entry, Step) and entry.waits_for_ends,
            )
        )
    return found


def loose_entries(
    entries: Sequence[Entry], indexes: Mapping[str, int], *, together: bool
) -> set[int]:
    """The indexes of the entries that are loose; `together` all run beside each other."""
    members = {
        member for entry in entries for member in partial_members(entry, indexes)
    }
    return {
        index
        for index, entry in enumerate(entries)
        if entry.background or (index in members and (together or entry.parallel))
    }


def partial_members(entry: Entry, indexes: Mapping[str, int]) -> set[int]:
    """Those of which an entry waits for some, not for all."""
    if not isinstance(entry, Step) or entry.join is None or entry.join.count is None:
        return set()
    return _known(entry.depends_on, indexes)


def _cancelled(entry: Entry) -> tuple[str, ...]:
    """The name of what an entry cancels."""
    found = entry.cancelled if isinstance(entry, Step) else None
    return () if found is None else (found,)


def _own_reads(entry: Entry) -> frozenset[str]:
    """The names that an entry itself reads before it runs, its bodies aside."""
    if isinstance(entry, Step):
        return references_of(entry)
    return references_in(entry.outer_texts())


def _known(names: Iterable[str], indexes: Mapping[str, int]) -> set[int]:
    return {indexes[name] for name in names if name in indexes}
