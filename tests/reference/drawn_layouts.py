"""How the entries of a random body stand to each other: order, joins, the background."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.reference.drawn_places import Data, Place
from tests.reference.order import Block, required

if TYPE_CHECKING:
    from tests.reference.chain_writer import Writer

__all__ = ["Layout"]


@dataclass
class Layout:
    """How the entries of a body stand to each other, meant by their indexes.

    `joining` are those that wait for some of several, or for ends: the key of
    `depends_on` and the entries in it.
    """

    is_dag: bool
    parallel: list[bool]
    background: set[int]
    needs: list[list[int]]
    joining: dict[int, tuple[Data, list[int]]]

    @classmethod
    def drawn(
        cls, writer: Writer, is_block: Sequence[bool], *, is_apart: bool
    ) -> Layout:
        """Draw a layout, in which blocks need nothing.

        The first entry is a plain one unless it stands apart.
        """
        count = len(is_block)
        parallel = [writer.chance(0.5) for _ in range(count)]
        parallel[0] &= is_apart
        free = [*range(0 if is_apart else 1, count)]
        if writer.traits.limited:
            # Of those that start in one moment, plain steps alone ask in their order.
            free = [i for i in free if not (is_block[i] or parallel[i])]
        background = {i for i in free if writer.chance(0.1)}
        needs = [
            [] if is_block[i] or writer.chance(0.7) else writer.some(range(i))
            for i in range(count)
        ]
        layout = cls(writer.is_dag, parallel, background, needs, {})
        for index in range(1, count):
            if not (writer.traits.limited or is_block[index]) and writer.chance(0.2):
                layout.join(writer, index)
        return layout

    def join(self, writer: Writer, index: int) -> None:
        """Let an entry wait for some of those before it, or for the ends of some."""
        if index in self.background:
            return
        if writer.traits.timed and index > 1 and writer.chance(0.6):
            members = writer.some(range(index), 3)
            count = writer.random.randrange(len(members)) + 1
            key: Data = {"any": []} if count == 1 else {"count": count, "of": []}
        else:
            members = [i for i in writer.some(range(index)) if i not in self.loose]
            key = {"ended": []}
        if members:
            self.needs[index] = []
            self.joining[index] = key, members

    @property
    def partial(self) -> set[int]:
        """Those of which something waits for some only."""
        return {
            member
            for key, members in self.joining.values()
            if "ended" not in key
            for member in members
        }

    @property
    def loose(self) -> set[int]:
        """Those that what comes after does not wait for."""
        beside = {i for i in self.partial if self.is_dag or self.parallel[i]}
        return self.background | beside

    @property
    def block(self) -> Block:
        """Which entries run beside others, and what each one takes its place behind."""
        needs = [*self.needs]
        for index, (_, members) in self.joining.items():
            needs[index] = members
        return [self.is_dag or flag for flag in self.parallel], needs

    @property
    def placed(self) -> set[tuple[int, int]]:
        """The pairs of which the first takes its place before the second."""
        return required(self.block)

    @property
    def before(self) -> set[tuple[int, int]]:
        """The pairs of which the first has always ended when the second starts."""
        return required(self.block, self.loose)

    def others(self, index: int) -> list[int]:
        """Return the entries that may run beside one."""
        before = self.before
        return [
            i
            for i in range(len(self.parallel))
            if i != index and not {(i, index), (index, i)} & before
        ]

    def place(self, index: int, place: Place, entries: list[Data]) -> Place:
        """Return the place of an entry behind others of its body."""
        before, placed, loose = self.before, self.placed, self.loose
        # In a dag what is read is waited for.
        done = [
            entries[i]
            for i in range(index)
            if i not in loose and (self.is_dag or (i, index) in before)
        ]
        beside = [
            entries[i]["name"]
            for i in range(index)
            if i in loose and (i, index) in placed
        ]
        if index in self.joining or self.is_dag:
            beside = []
        return replace(
            place.knowing(*done),
            loose=(*place.loose, *beside),
            is_apart=not self.others(index) and (place.is_apart or index > 0),
        )

    def keys(self, index: int, entries: list[Data], entry: Data) -> Data:
        """Return the keys of an entry that say how it stands."""
        found: Data = {"parallel": True} if self.parallel[index] else {}
        if index in self.background:
            found["background"] = True
        if self.needs[index]:
            found["depends_on"] = [entries[i]["name"] for i in self.needs[index]]
        if index in self.joining:
            key, members = self.joining[index]
            names = [entries[i]["name"] for i in members]
            found["depends_on"] = {k: v or names for k, v in key.items()}
            reads = {n: f"{{{{ {n} | default('none', true) }}}}" for n in names}
            found["options"] = {**entry["options"], "give": reads}
        return found

    def cancel(self, writer: Writer, entries: list[Data]) -> None:
        """Add a step that cancels what runs in the background, right behind a call."""
        for index in sorted(self.background):
            behind = [
                i
                for i in range(index + 1, len(self.parallel))
                if "target" in entries[i] and i not in self.loose
            ]
            if (
                behind
                and writer.traits.timed
                and not self.is_dag
                and writer.chance(0.5)
            ):
                at = entries.index(entries[behind[0]]) + 1
                name = entries[index]["name"]
                entries.insert(at, {"name": writer.name("c"), "cancel": name})
                return
