"""Steps: their records, their tries, their permits and their time."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from typing import Any, cast

from tests.reference.admission import Admission
from tests.reference.expressions import Asking
from tests.reference.failures import RETRIED, failed, is_among, told_why
from tests.reference.joins import members_of
from tests.reference.model import (
    SKIPPED,
    Data,
    Failed,
    Lost,
    Record,
    Scope,
    Stopped,
    names_in,
    now,
    outer_of,
)
from tests.reference.registry import KINDS, Work

__all__ = ["BLOCKS", "DEADLINE", "LIMITS", "Stepping"]

BLOCKS: ContextVar[tuple[list[tuple[float, str]], ...]]
BLOCKS = ContextVar("BLOCKS", default=())
"""What is waited for in the blocks around that have a time of their own."""

DEADLINE: ContextVar[list[float]] = ContextVar("DEADLINE")
"""By when what runs has to have ended, which a cancellation moves for what runs last."""

LIMITS: ContextVar[tuple[asyncio.Timeout, ...]] = ContextVar("LIMITS", default=())
"""The times of the blocks and steps around, which end earlier where they are shorter."""


def nearest_end() -> float:
    """Return when what runs has to have ended, by its deadline and the times around."""
    ends = [limit.when() or 0.0 for limit in LIMITS.get()]
    return min([DEADLINE.get()[0], *(end for end in ends if end > now())])


class Stepping(Asking):
    """Runs steps."""

    admission: Admission
    spec: Data
    records: list[Record]

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
                return Lost(error.record())
            if entry.get("on_error") != "skip":
                raise
            record.status = "skipped"
            return SKIPPED
        finally:
            record.ended = now()
        if "stop" in entry:
            raise Stopped(record.result)
        return record.result

    def lacks_all(self, entry: Data, scope: Scope) -> bool:
        """Say whether all that a step needs was skipped: what it reads and waits for."""
        read = names_in(repr(outer_of(entry)))
        needs = {*members_of(entry), *read} & scope.names.keys()
        entries = [name for name in needs if name in scope.skips]
        return bool(entries) and all(scope.skips[name] for name in entries)

    async def acquired(self, needs: dict[str, int], entry: Data) -> None:
        """Wait for permits; blocks whose time is over meanwhile say of which limits."""
        named = [f"'{name}'" for name in needs if name in self.spec.get("limits", {})]
        try:
            await self.admission.acquire(needs, entry.get("priority", 0))
        except asyncio.CancelledError:
            for waits in BLOCKS.get() if named else ():
                waits.append((now(), f"for permits of limit {' and '.join(named)}"))
            raise

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
            end = nearest_end()
            left = max(end - now(), 0)
            if retry["delay"] >= left:
                over = (
                    "the run ends" if end == DEADLINE.get()[0] else "its time is over"
                )
                wait, later = f"{left:.3g}", f"{retry['delay']:.3g}"
                over += " by then" if wait == later else f" in {wait} s"
                last = told_why(last, entry, retry["delay"], over)
                last.ends_missed = (end,)
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
        failure = Failed(f"Step '{record.path}' failed", why, last.kind, last.status)
        failure.ends_missed = last.ends_missed
        raise failure

    async def permitted(
        self, work: Work, entry: Data, scope: Scope, record: Record
    ) -> Any:
        """Do the work of a step in its timeout, with its permits."""
        needs, asked = needed_permits(entry, scope.slots), now()
        try:
            await self.acquired(needs, entry)
        finally:
            record.queued += now() - asked
            record.started += now() - asked
        around = LIMITS.get()
        try:
            async with asyncio.timeout(entry.get("timeout")) as timeout:
                LIMITS.set((*around, timeout))
                return await work(cast("Any", self), entry, scope, record)
        except TimeoutError as error:
            if not timeout.expired():
                raise failed(f"Step '{record.path}' failed", error) from error
            why = f"timed out after {entry['timeout']:.12g} seconds"
            raise Failed(f"Step '{record.path}' failed", why, "timeout") from None
        finally:
            LIMITS.set(around)
            self.admission.release(needs)


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
