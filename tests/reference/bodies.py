"""A body of steps: who waits for whom, joins, and what runs in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any, Protocol

from tests.reference.joins import Join, join_of, members_of
from tests.reference.model import (
    SKIPPED,
    Data,
    Failed,
    Lost,
    Scope,
    facts_of,
    names_in,
    outer_of,
    plain,
)
from tests.reference.nursery import Nursery
from tests.reference.order import batches, stretches

__all__ = [
    "Body",
    "Pending",
    "given_by",
    "known",
    "settled",
]


class Member(Protocol):
    """Runs an entry of a body."""

    async def __call__(self, entry: Data, scope: Scope, /) -> Any: ...


class Pending:
    """The value of what runs in the background, until that has ended."""

    def __init__(self) -> None:
        self.ended = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        self.is_cancelled = False

    async def wait(self, *, last: bool = False) -> None:
        """Wait for the end; a failure cancels who waits, but for what runs `last`."""
        if last and self.task is not None:
            await asyncio.wait([self.task])
        else:
            await self.ended.wait()

    async def cancel(self) -> None:
        """Cancel the work and await its end."""
        assert self.task is not None
        await asyncio.sleep(0)  # it begins first
        if not self.task.done():
            self.is_cancelled = True
            self.task.cancel()
            await asyncio.wait([self.task])


def known(scope: Scope) -> Data:
    """Return what can be read in a scope: none is what has not ended."""
    names = {**scope.names}
    found = {k: None if isinstance(v, Pending) else v for k, v in names.items()}
    return found | {"steps": {k: facts_of(v) for k, v in scope.told.items()}}


async def settled(data: Any, scope: Scope, but: Collection[str] = ()) -> None:
    """Wait for the values that data reads, in the order of their names."""
    for name in sorted(names_in(repr(data)) - {*but}):
        value = scope.names.get(name)
        if isinstance(value, Pending):
            await value.wait(last=name in scope.before)


def given_by(entry: Data) -> set[str]:
    """Return the names that are known behind an entry: its own, and those of all branches."""
    found = {entry["name"]} if "name" in entry else set()
    if "else" in entry:
        bodies = [entry["else"]]
        for part in (entry, *entry.get("elif", ()), *entry.get("cases", ())):
            bodies += [part[key] for key in ("then", "steps") if key in part]
        names = [{e["name"] for e in body if "name" in e} for body in bodies]
        found |= set.intersection(*names)
    return found


def is_good(value: Any) -> bool:
    """Whether what an entry came to is a success to joins."""
    return value is not SKIPPED and not isinstance(value, Lost)


class Body:
    """One run of a body; entries are meant by their indexes."""

    def __init__(
        self,
        entries: list[Data],
        scope: Scope,
        member: Member,
        *,
        parallel: bool,
        is_scoped: bool,
    ) -> None:
        self.entries, self.scope, self.member = entries, scope, member
        self.is_together, self.is_scoped = parallel or is_scoped, is_scoped
        self.is_dag = scope.chain.get("schedule") == "dag"
        self.indexes = {e["name"]: i for i, e in enumerate(entries) if "name" in e}
        beside = self.is_scoped or self.is_dag
        self.parallel = [beside or e.get("parallel") is True for e in entries]
        joins = [join_of(entry) for entry in entries]
        partial = {n for join in joins if "count" in join for n in join["of"]}
        self.loose = {
            i
            for i, entry in enumerate(entries)
            if "background" in entry
            or (entry.get("name") in partial and self.parallel[i])
        }
        self.needs = [[*self.needed(i)] for i in range(len(entries))]
        self.rows = stretches((self.parallel, self.needs))
        reads = [[*self.read(i)] for i in range(len(entries))]
        self.batches = batches((self.parallel, self.needs), reads)
        self.joins = {
            i: self.join(i, join) for i, join in enumerate(joins) if "count" in join
        }
        self.ended = [asyncio.Event() for _ in entries]
        self.waiting: dict[int, tuple[list[int], asyncio.Event]] = {}
        self.begun: set[int] = set()
        self.values: dict[int, Any] = {}
        self.nursery = Nursery()

    # --- order -----------------------------------------------------------

    def needed(self, index: int) -> Iterator[int]:
        """Yield what an entry takes its place behind: in a dag also what it reads."""
        entry = self.entries[index]
        names = {*members_of(entry)}
        if self.is_dag:
            names |= names_in(repr(entry))
        for name, other in self.indexes.items():
            if name in names and other != index:
                yield other

    def read(self, index: int) -> Iterator[int]:
        """Yield the loose entries whose values an entry reads itself."""
        entry = self.entries[index]
        names = names_in(repr(outer_of(entry)))
        if "count" in join_of(entry):
            names -= {*members_of(entry)}
        for name, other in self.indexes.items():
            if name in names and other in self.loose and other < index:
                yield other

    def waits(self, index: int) -> list[int]:
        """Return what has to have ended before an entry: loose ones only where it names them.

        What is read of those is waited for where it is read.
        """
        found: set[int] = set()
        for row in self.rows:
            if index in row:
                break
            found |= {*row} - self.loose
        named = {self.indexes[name] for name in members_of(self.entries[index])}
        if index in self.joins:
            named -= self.loose
        found |= named
        found |= {*self.needs[index]} - self.loose
        return sorted(found)

    def join(self, index: int, stated: Data) -> Join:
        """Return the join before a step."""
        members = [self.indexes[name] for name in stated["of"]]
        path = self.scope.path + self.entries[index]["name"]
        return Join(path, stated["count"], members)

    # --- running ---------------------------------------------------------

    async def run(self) -> None:
        """Run all entries, and leave none.

        Those that others wait for by their places are one task, beside the loose ones.
        """
        order = [index for batch in self.batches for index in batch]
        if self.is_together:
            solid = Nursery()
            for index in order:
                self.start(index, self.nursery if index in self.loose else solid)
            self.nursery.main = self.nursery.start(solid.end())
        else:
            self.nursery.main = self.nursery.start(self.run_in_sequence(order))
        try:
            await self.nursery.end()
        finally:
            self.close()

    async def run_in_sequence(self, order: list[int]) -> None:
        """Run one entry after another, but for those in the background.

        A member of a join is a task, too: a cancellation reaches it with the others.
        """
        for index in order:
            if "background" in self.entries[index]:
                self.start(index, self.nursery)
                await asyncio.sleep(0)  # it has its turn before what comes after it
            elif index in self.loose:
                await asyncio.wait([self.start(index, self.nursery)])
            else:
                await self.carry_out(index, None)

    def start(self, index: int, nursery: Nursery) -> asyncio.Task[None]:
        """Start the task of an entry."""
        pending = Pending() if index in self.loose else None
        before = set(self.waits(index)) - self.loose
        is_due = all(self.ended[other].is_set() for other in before)
        if pending is not None and is_due:
            self.expect(index, pending)
        task = nursery.start(self.carry_out(index, pending))
        if pending is not None:
            pending.task = task
        return task

    async def carry_out(self, index: int, pending: Pending | None) -> None:
        """Run an entry in its turn; joins deal with the failures of their members."""
        entry, names = self.entries[index], self.scope.names
        waits = self.waits(index)
        joins = [join for join in self.joins.values() if index in join.members]
        joins = joins if index in self.loose else []
        value, error = SKIPPED, None
        try:
            await self.until_ended(index, [i for i in waits if i not in self.loose])
            if pending is not None:
                self.expect(index, pending)
            await self.until_ended(index, [*waits, *self.read(index)])
            joined = members_of(entry) if index in self.joins else ()
            await settled(outer_of(entry), self.scope, but=joined)
            if index in self.joins:
                await self.reached(self.joins[index])
            self.begun.add(index)
            value = await self.joined(index)
        except asyncio.CancelledError:
            if pending is None or not pending.is_cancelled:
                raise
        except Failed as failure:
            if not joins:
                raise
            error = failure
            self.scope.skips.update(dict.fromkeys(given_by(entry), False))
        if value is SKIPPED:
            for name in given_by(entry):
                if isinstance(names.get(name), Pending) or error is not None:
                    names[name] = None
        self.values[index] = value
        for join in joins:
            join.end(good=is_good(value), error=error)
        self.end(index)
        if pending is not None:
            pending.ended.set()

    async def reached(self, join: Join) -> None:
        """Wait until a step may start; members that are not loose have ended by then."""
        for member in join.members:
            if member not in self.loose:
                join.end(good=is_good(self.values[member]))
        await join.may_start.wait()

    async def joined(self, index: int) -> Any:
        """Run an entry, to which members of its join that have not begun are none.

        That holds where a round of a loop has a value of the round before, too.
        """
        join, names = self.joins.get(index), self.scope.names
        members = () if join is None else join.members
        waiting = [self.entries[i] for i in members if i not in self.begun]
        unread = {name for entry in waiting for name in given_by(entry)}
        if not unread:
            return await self.member(self.entries[index], self.scope)
        inner = replace(self.scope, names=names.new_child(dict.fromkeys(unread)))
        value = await self.member(self.entries[index], inner)
        given = inner.names.maps[0].items()
        names.update({name: one for name, one in given if name not in unread})
        return value

    async def until_ended(self, index: int, others: list[int]) -> None:
        """Wait for the ends of others; who may go on in one moment does so in order."""
        if not all(self.ended[other].is_set() for other in others):
            self.waiting[index] = others, asyncio.Event()
            await self.waiting[index][1].wait()

    def end(self, index: int) -> None:
        """Note the end of an entry, and let those go on that have waited for it last."""
        self.ended[index].set()
        for follower in [i for batch in self.batches for i in batch]:
            others, event = self.waiting.get(follower, ((), None))
            if event is not None and all(self.ended[i].is_set() for i in others):
                del self.waiting[follower]
                event.set()

    def expect(self, index: int, value: Any) -> None:
        """Bind the names that an entry gives to what stands for them until it has ended."""
        self.scope.names.update(dict.fromkeys(given_by(self.entries[index]), value))

    def close(self) -> None:
        """Let nobody wait for what has not ended."""
        for name, value in self.scope.names.maps[0].items():
            if isinstance(value, Pending):
                self.scope.names[name] = None

    async def run_after_failure(self) -> None:
        """Run what waits for the end of entries that have begun.

        What stands before such an entry and has not succeeded is none, also where a round
        of a loop has a value of the round before; what stands behind it keeps that value.
        """
        there = {*self.values}
        for index in [index for batch in self.batches for index in batch]:
            ended = join_of(self.entries[index]).get("ended", ())
            named = {self.indexes[name] for name in ended}
            if index not in there:
                self.expect(index, None)
            if named & self.begun and index not in self.begun:
                self.begun.add(index)
                for entry in self.entries:
                    for name in given_by(entry):
                        self.scope.names.maps[0].setdefault(name, None)
                with suppress(Failed):
                    await self.member(self.entries[index], self.scope)

    def value(self) -> Any:
        """Return the value of the last batch, without what is in the background."""
        rows = [[i for i in row if i not in self.loose] for row in self.batches]
        last = next((row for row in reversed(rows) if row), self.batches[-1])
        if self.is_scoped:
            last = sorted(self.values)
        elif len(last) == 1:
            return self.values[last[0]]
        return {self.entries[i]["name"]: plain(self.values[i]) for i in last}
