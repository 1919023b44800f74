"""An interpreter of chains, written to be read rather than to be quick.

It runs the data of a spec, as section 11 of the language has it, on the event loop that
it is called on. Each construct is one function: `@construct` for the first key of a
block, `@work` for a kind of step.
"""

from __future__ import annotations

import asyncio
import re
from collections import ChainMap, Counter
from collections.abc import (
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from jinja2 import StrictUndefined
from jinja2.sandbox import SandboxedEnvironment

from tests.reference.admission import Admission
from tests.reference.bodies import (
    Body,
    given_by,
    join_of,
    known,
    members_of,
    settled,
)
from tests.reference.model import (
    SKIPPED,
    Data,
    Enough,
    Failed,
    Record,
    Run,
    Scope,
    Stopped,
    is_ending,
    is_word,
    names_in,
    now,
    outer_of,
    plain,
)
from tests.reference.nursery import Nursery
from tests.reference.sources import Channel, Stream, ends_of

__all__ = [
    "Interpreter",
    "construct",
    "steps_of",
    "together",
    "work",
]

ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined)
ENVIRONMENT.globals["stream"] = Stream

GRACE = 10.0
"""Seconds that are left to what runs last once it is cancelled or too late."""

DEADLINE: ContextVar[list[float]] = ContextVar("DEADLINE")
"""By when what runs has to have ended, which a cancellation moves for what runs last."""


class Interpreter:
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
        """Note for what is waited when the deadline of the run passes."""
        try:
            yield
        except BaseException:
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
        own = {id(step) for step in steps_of([entry])}
        here = [r for r in self.records[before:] if r.path.startswith(scope.path)]
        return {r.status for r in here if id(r.step) in own} == {"skipped"}

    def lacks_all(self, entry: Data, scope: Scope) -> bool:
        """Say whether all that a step needs was skipped: what it reads and waits for."""
        own = {k: v for k, v in entry.items() if k not in ("name", "depends_on")}
        needs = {*members_of(entry), *names_in(repr(own))} & scope.names.keys()
        entries = [name for name in needs if name in scope.skips]
        return bool(entries) and all(scope.skips[name] for name in entries)

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

    # --- expressions -----------------------------------------------------

    def ask(self, text: str, scope: Scope, key: str, owner: str = "") -> Any:
        """Return the value of an expression."""
        text = text.replace(".winner", "_winner")
        return self.told(lambda: compiled(text)(known(scope)), scope, key, owner)

    def told(self, asked: Callable[[], Any], scope: Scope, key: str, owner: str) -> Any:
        """Return what is `asked` for; an error names who has asked, and for which key."""
        try:
            return asked()
        except Exception as error:
            raise Failed(
                f"{owner or scope.owner} failed in `{key}`", described(error)
            ) from None

    def value(self, data: Any, scope: Scope, key: str, owner: str = "") -> Any:
        """Return data with its templates rendered; one that is an expression keeps its type."""
        if isinstance(data, dict):
            return {k: self.value(v, scope, key, owner) for k, v in data.items()}
        if isinstance(data, list):
            return [self.value(item, scope, key, owner) for item in data]
        if isinstance(data, str) and (found := re.fullmatch(r"\{\{([^}]*)\}\}", data)):
            return self.ask(found[1].strip(), scope, key, owner)
        if not isinstance(data, str):
            return data
        return self.told(
            lambda: template_of(data).render(known(scope)), scope, key, owner
        )

    # --- steps -----------------------------------------------------------

    async def step(self, entry: Data, scope: Scope) -> Any:
        """Run a step, and record what became of it."""
        record = Record(scope.path + entry["name"], now(), step=entry)
        self.records.append(record)
        scope.told[entry["name"]] = record
        owner = f"Step '{record.path}'"
        try:
            if entry.get("on_skip") == "skip" and self.lacks_all(entry, scope):
                record.status, record.error = "skipped", None
                return SKIPPED
            if "when" in entry and not self.ask(entry["when"], scope, "when", owner):
                record.status, record.error = "skipped", None
                return SKIPPED
            # Before a permit is asked for.
            record.options = self.value(
                entry.get("options", {}), scope, "options", owner
            )
            kind = next(kind for kind in KINDS if kind in entry)
            record.result = await self.tried(KINDS[kind], entry, scope, record)
            record.status, record.error = "ok", None
        except Failed as error:
            is_own = str(error).startswith((f"{owner} failed:", f"{owner} failed in"))
            is_late = str(error).startswith(f"{owner} failed: timed out")
            record.status = "timeout" if is_late else "error"
            record.error = error.why if is_own else str(error)
            record.why = error.record()
            if entry.get("on_error") == "continue":
                return error.record()
            if entry.get("on_error") != "skip":
                raise
            record.status = "skipped"
            return SKIPPED
        finally:
            record.ended = now()
        if "stop" in entry:
            raise Stopped(record.result)
        return record.result

    async def tried(self, work: Work, entry: Data, scope: Scope, record: Record) -> Any:
        """Try the work of a step as often as its `retry` says, then its fallbacks."""
        retry = entry.get("retry", {"max": 0})
        tries = 0
        while True:
            try:
                return await self.permitted(work, entry, scope, record)
            except Failed as error:
                last = error
            if tries == retry["max"] or not is_among(last, retry.get("on", RETRIED)):
                break
            left = max(DEADLINE.get()[0] - now(), 0)
            if retry["delay"] >= left:
                last = told_why(last, entry, retry["delay"], left)
                break
            tries += 1
            record.attempts += 1
            await asyncio.sleep(retry["delay"])
        whys = [last.why]
        for name in entry.get("fallback", ()):
            record.attempts += 1
            try:
                spare = {**entry, "kind": "connector", "target": name}
                return await self.permitted(KINDS["target"], spare, scope, record)
            except Failed as error:
                last = error
                whys.append(f"fallback `{name}`: {error.why}")
        if len(whys) == 1:
            raise last
        why = "; ".join(whys)
        if not last.why.startswith("timed out"):
            why = f"FallbackError: {why}"
        raise Failed(f"Step '{record.path}' failed", why, last.kind, last.status)

    async def permitted(
        self, work: Work, entry: Data, scope: Scope, record: Record
    ) -> Any:
        """Do the work of a step in its timeout, with its permits."""
        needs, asked = needed_permits(entry, scope.slots), now()
        try:
            await self.admission.acquire(needs, entry.get("priority", 0))
        finally:
            record.queued += now() - asked
            record.started += now() - asked
        try:
            async with asyncio.timeout(entry.get("timeout")) as timeout:
                return await work(self, entry, scope, record)
        except TimeoutError as error:
            if not timeout.expired():
                raise failed(f"Step '{record.path}' failed", error) from error
            why = f"timed out after {entry['timeout']:.12g} seconds"
            raise Failed(f"Step '{record.path}' failed", why, "timeout") from None
        finally:
            self.admission.release(needs)


Work = Callable[[Interpreter, Data, Scope, Record], Coroutine[Any, Any, Any]]
Member = Callable[[Data, Scope], Coroutine[Any, Any, Any]]
Construct = Callable[[Interpreter, Data, Scope], Coroutine[Any, Any, Any]]
CONSTRUCTS: dict[str, Construct] = {}
KINDS: dict[str, Work] = {}


def construct(word: str) -> Callable[[Construct], Construct]:
    """Register what a block does, by its first key."""
    return lambda function: CONSTRUCTS.setdefault(word, function)


def work(key: str) -> Callable[[Work], Work]:
    """Register what a kind of step does, by the key that tells it."""
    return lambda function: KINDS.setdefault(key, function)


compiled = lru_cache(5000)(
    partial(ENVIRONMENT.compile_expression, undefined_to_none=False)
)
template_of = lru_cache(5000)(ENVIRONMENT.from_string)


# --- what there is besides -----------------------------------------------


def described(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def failed(owner: str, error: Exception) -> Failed:
    """Return the failure of what calls something that raised an error."""
    kinds: dict[type[Exception], str] = {
        ConnectionError: "connection",
        TimeoutError: "timeout",
    }
    status = getattr(error, "status_code", None)
    kind = kinds.get(type(error), "status" if status else "error")
    return Failed(owner, described(error), kind, status)


def told_why(error: Failed, entry: Data, delay: float, left: float) -> Failed:
    """Return a failure that is no one's own code's, which says why there is no further try."""
    if entry.get("kind") != "chain" and not error.why.startswith("timed out after"):
        return error
    why = f"{error.why}; not retried, as the next try would be in {delay:.3g} s "
    why += f"and the run ends in {left:.3g} s"
    owner = str(error).removesuffix(f": {error.why}")
    return Failed(owner, why, error.kind, error.status)


RETRIED = ("timeout", "connection", 408, 409, 429, "5xx", "error")
"""After what a callable is tried again, unless its step says."""


def is_among(error: Failed, kinds: Sequence[str | int]) -> bool:
    """Say whether an error is one of `kinds`."""
    if error.status is None:
        return error.kind in kinds
    return error.status in kinds or f"{error.status // 100}xx" in kinds


def is_caught(error: Failed, kinds: str | Sequence[str | int]) -> bool:
    """Say whether an error is one of those that a clause is for."""
    return kinds == "any" or is_among(
        error, [kinds] if isinstance(kinds, str) else kinds
    )


def needed_permits(entry: Data, slots: str | None) -> dict[str, int]:
    """Return what a step takes of each limit: calls of connectors one of `llm`.

    All calls take one of the `slots` of their run, but those of chains, which only hold.
    """
    is_work = "target" in entry and entry.get("kind") != "chain"
    own = {slots: 1} if slots is not None and is_work else {}
    limit = entry.get("limit", {})
    if limit == "none":
        return own
    stated = [limit] if isinstance(limit, str) else limit
    named = stated if isinstance(stated, dict) else dict.fromkeys(stated, 1)
    is_call = "target" in entry and entry.get("kind", "connector") == "connector"
    return own | ({"llm": 1, **named} if is_call else named)


def steps_of(entries: Iterable[Data]) -> Iterable[Data]:
    """Yield the steps of a body and of the blocks in it."""
    for entry in entries:
        if not is_ending(entry) and not any(is_word(entry, w) for w in CONSTRUCTS):
            yield entry
        for body in bodies_of(entry):
            yield from steps_of(body)


def own_ends(entry: Data) -> set[tuple[str, str]]:
    """Return the ends of channels in an entry of which it has no other end."""
    found = {*ends_of(entry, bodies_of)}
    names = Counter(name for _, name in found)
    return {end for end in found if names[end[1]] == 1}


def endings_of(step: Data) -> list[Data]:
    """Return what stands in for a step that fails, and what runs last, as clauses."""
    stated = step.get("on_error")
    clauses = stated if isinstance(stated, list) else []
    if clauses and not any("on_error" in clause for clause in clauses):
        clauses = [{"on_error": "any", "steps": clauses}]
    last = [{"finally": step["finally"]}] if "finally" in step else []
    return [*clauses, *last]


def bodies_of(data: Any) -> Iterable[list[Data]]:
    """Yield the bodies right inside an entry: lists of what has a name or a word."""
    for key in ("steps", "then", "else", "do", "parallel", "finally"):
        if isinstance(data.get(key), list):
            yield data[key]
    if "name" in data and isinstance(data.get("on_error"), list):
        yield data["on_error"]
    for key in ("cases", "elif"):
        for part in data.get(key, ()):
            yield from bodies_of(part)


async def together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Run all; the first error cancels the others, and is raised when they have ended."""
    nursery = Nursery()
    for work in works:
        nursery.start(work)
    await nursery.end()
