"""An interpreter of chains, written to be read rather than to be quick.

It runs the data of a spec, as section 11 of the language has it, on the event loop that
it is called on. Each construct is one function: `@construct` for the first key of a
block, `@work` for a kind of step.
"""

from __future__ import annotations

import asyncio
from collections import ChainMap, Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from tests.reference.admission import Admission
from tests.reference.bodies import Body, given_by, settled
from tests.reference.entries import (
    bodies_of,
    endings_of,
    own_ends,
    steps_counted,
    steps_of,
)
from tests.reference.failures import is_caught
from tests.reference.joins import join_of, members_of
from tests.reference.model import (
    Data,
    Enough,
    Failed,
    Record,
    Run,
    Scope,
    Stopped,
    is_ending,
    is_word,
    now,
    outer_of,
    plain,
)
from tests.reference.nursery import Nursery
from tests.reference.registry import CONSTRUCTS, Member
from tests.reference.sources import Channel
from tests.reference.tries import BLOCKS, DEADLINE, Stepping

__all__ = ["Interpreter", "together"]

GRACE = 10.0
"""Seconds that are left to what runs last once it is cancelled or too late."""


class Interpreter(Stepping):
    """Runs the chains of one spec."""

    def __init__(
        self,
        spec: Data,
        given: Mapping[str, Callable[[Any], Awaitable[Any]]],
        *,
        parallel: bool,
        permits: int = 50,
    ) -> None:
        self.spec, self.given, self.parallel = spec, given, parallel
        self.permits = permits
        self.admission = Admission(spec.get("limits", {}), permits)
        self.records: list[Record] = []
        self.deadline = 0.0
        self.waits: list[str] = []
        self.states = {name: s["default"] for name, s in spec.get("states", {}).items()}

    async def run(self, name: str, payload: Any, timeout: float) -> Run:
        """Run a chain to its end or its deadline."""
        run = Run(steps=self.records)
        self.deadline = now() + timeout
        DEADLINE.set([self.deadline])
        try:
            async with asyncio.timeout_at(self.deadline):
                run.result = await self.chain(name, payload)
        except TimeoutError:
            run.status = "timeout"
            run.error = f"Chain '{name}' execution timed out after {timeout} seconds"
            if self.waits:
                run.error += f", waiting: {'; '.join(sorted(self.waits))}"
        except Failed as error:
            run.status, run.error = "error", str(error)
        return run

    async def chain(
        self, name: str, payload: Any, caller: str = "", slots: str | None = None
    ) -> Any:
        """Run the steps of a chain, and return its result.

        Its `slots` are the limit of steps at work of what calls it.
        """
        is_pipeline = name not in self.spec["chains"]
        chain = self.spec["pipelines" if is_pipeline else "chains"][name]
        names = ChainMap[str, Any]({"payload": payload})
        path = f"{caller}." if caller else ""
        if "max_parallel" in chain:
            slots = self.admission.add(chain["max_parallel"], slots)
        channels = self.channels_of(chain.get("steps", []))
        scope = Scope(chain, name, names, path, caller, slots=slots, channels=channels)
        try:
            if is_pipeline:
                return await CONSTRUCTS["stages"](self, chain, scope)
            return plain(await self.inner(chain, "steps", scope))
        except Stopped as stop:
            return stop.value

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Note for what is waited when the time of the run or a block around is over."""
        try:
            yield
        except BaseException:
            for waits in BLOCKS.get():
                waits.append((now(), what))
            if now() >= self.deadline:
                self.waits.append(what)
            raise

    def channels_of(self, body: list[Data]) -> dict[str, Channel]:
        """Return the channels of a body, which close when so many entries have ended."""
        ends: dict[str, Counter[str]] = {}

        def count(body: list[Data]) -> None:
            for entry in body:
                for kind, name in own_ends(entry):
                    ends.setdefault(name, Counter())[kind] += 1
                for inner in bodies_of(entry) if not [*own_ends(entry)] else ():
                    count(inner)

        count(body)
        sizes = self.spec.get("channels", {})
        return {name: Channel(sizes[name], found) for name, found in ends.items()}

    # --- bodies ----------------------------------------------------------

    async def body(
        self, entries: list[Data], scope: Scope, member: Member | None = None
    ) -> Any:
        """Run entries in their order, and return the value of the last batch.

        With `member`, which runs one of them, all run together, and the value is by name.
        """
        body = Body(
            entries,
            scope,
            member or self.entry,
            parallel=self.parallel,
            is_scoped=member is not None,
        )
        try:
            await body.run()
        except (Failed, Stopped):
            await body.run_after_failure()
            raise
        return body.value()

    async def inner(
        self, block: Data, key: str, scope: Scope, member: Member | None = None
    ) -> Any:
        """Run the body of a block under a key, and return its value or its `result`."""
        main = [entry for entry in block[key] if not is_ending(entry)]
        endings = [entry for entry in block[key] if is_ending(entry)]

        async def run() -> Any:
            value = plain(await self.body(main, scope, member))
            if "result" in block:
                value = self.value(block["result"], scope, "result")
            if "until" in block and self.ask(block["until"], scope, "until"):
                raise Enough(value)
            return value

        return await self.guarded(run, endings, scope)

    async def guarded(
        self, run: Callable[[], Awaitable[Any]], endings: list[Data], scope: Scope
    ) -> Any:
        """Run a body, the first of its clauses that fits where it fails, and what is last."""
        try:
            return await run()
        except Failed as error:
            for clause in endings:
                if "on_error" in clause and is_caught(error, clause["on_error"]):
                    inner = scope.inside()
                    if "as" in clause:
                        inner.names[clause["as"]] = error.record()
                    return await self.inner(clause, "steps", inner)
            raise
        finally:
            for ending in endings:
                if "finally" in ending:
                    last = replace(scope.inside(), before=frozenset(scope.names))
                    await self.finish(ending, last)

    async def finish(self, ending: Data, scope: Scope) -> None:
        """Run what is last, whatever cancels it meanwhile; an error of it counts nothing.

        From the first cancellation on it has a grace, which is its deadline then.
        """
        deadline = [DEADLINE.get()[0]]

        async def last() -> None:
            DEADLINE.set(deadline)
            await self.inner(ending, "finally", scope)

        task = asyncio.ensure_future(last())
        graces: list[asyncio.TimerHandle] = []

        def hurry() -> None:
            if not graces:
                deadline[0] = now() + GRACE
                loop = asyncio.get_running_loop()
                graces.append(loop.call_at(deadline[0], task.cancel))

        around = asyncio.current_task()
        if around is not None and around.cancelling():
            hurry()
        cancelled: asyncio.CancelledError | None = None
        while not task.done():
            try:
                await asyncio.wait([task])
            except asyncio.CancelledError as error:
                cancelled = error
                hurry()
        for grace in graces:
            grace.cancel()
        task.cancelled() or task.exception()
        if cancelled is not None:
            raise cancelled

    async def entry(self, entry: Data, scope: Scope) -> Any:
        """Run a step or a block, and count it among the ends of channels."""
        ends = {*own_ends(entry)} - scope.held
        try:
            return await self.ready(entry, replace(scope, held=scope.held | ends))
        finally:
            for kind, name in ends:
                scope.channels[name].end(kind)

    async def ready(self, entry: Data, scope: Scope) -> Any:
        """Run a step or a block, once what it reads is there, and bind its name."""
        joined = members_of(entry) if "count" in join_of(entry) else ()
        await settled(outer_of(entry), scope, but=joined)
        word = next((word for word in CONSTRUCTS if is_word(entry, word)), None)
        before = len(self.records)
        if word is None:
            value = await self.guarded(
                lambda: self.step(entry, scope), endings_of(entry), scope
            )
        else:
            value = await CONSTRUCTS[word](self, entry, scope)
        if "name" in entry:
            scope.names[entry["name"]] = plain(value)
        for name in given_by(entry):
            scope.skips[name] = self.was_skipped(entry, scope, before)
        return value

    def was_skipped(self, entry: Data, scope: Scope, before: int) -> bool:
        """Say whether a step was skipped, or all steps of a block, since so many records."""
        own = {id(step) for step in steps_counted(entry)}
        here = [r for r in self.records[before:] if r.path.startswith(scope.path)]
        return {r.status for r in here if id(r.step) in own} == {"skipped"}

    def skip(
        self, entries: Iterable[Data], scope: Scope, but: Iterable[Data] = ()
    ) -> None:
        """Record the steps of a body that does not run."""
        run = {step["name"] for step in steps_of(but)}
        steps = {step["name"]: step for step in steps_of(entries)}
        for name, step in steps.items():
            if name not in run:
                record = Record(scope.path + name, now(), "skipped", error=None)
                record.step, record.ended = step, now()
                self.records.append(record)
                scope.told[name] = record


async def together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all; the first error cancels the others, and is raised when they have ended."""
    nursery = Nursery()
    for work in works:
        nursery.start(work)
    await nursery.end()
