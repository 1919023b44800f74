"""Loops: their rounds, their workers, what becomes of rounds that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import nullcontext, suppress
from dataclasses import replace
from typing import Any

from tests.reference.failures import failed
from tests.reference.interpreter import Interpreter, together
from tests.reference.model import Data, Enough, Failed, Scope, names_in, plain
from tests.reference.registry import construct
from tests.reference.sources import END, Channel, Items, Source, Stream, in_lists

__all__: list[str] = []


@construct("while")
async def while_(run: Interpreter, block: Data, scope: Scope) -> Any:
    """Run rounds, each of which sees the names of the round before."""
    own = {entry.get("name") for entry in block["steps"]}
    asks_after = bool(own & names_in(block["while"]))
    value, index = None, 0
    inner = scope.inside()
    while index < block["max"]:
        if not asks_after and not run.ask(block["while"], scope, "while"):
            break
        path = f"{scope.path}{block['name']}[{index}]."
        inner = scope.inside(path, **{**inner.names.maps[0], **counted(index)})
        value = plain(await run.inner(block, "steps", inner))
        index += 1
        if asks_after and not run.ask(block["while"], inner, "while"):
            break
    return value


def counted(index: int) -> Data:
    """Return what a round reads of `loop`."""
    return {"loop": {"index": index + 1, "index0": index, "first": index == 0}}


@construct("for")
async def for_(run: Interpreter, block: Data, scope: Scope) -> Any:
    """Run rounds by workers, which ask for an item when they have ended a round."""
    source, values, turn = (
        source_of(run, block, scope),
        dict[int, Any](),
        asyncio.Lock(),
    )
    tolerance, count = Tolerance(block, source.count), 0

    line = block["in"].removeprefix("channel ")
    told = f"{block['name']} for an item of channel '{line}'"

    async def next_item() -> Any:
        try:
            with run.waiting(told) if isinstance(source, Channel) else nullcontext():
                size = block.get("batch")
                return await (in_lists(source, size) if size else source.next())
        except Exception as error:
            raise failed(f"{scope.owner} failed in `for`", error) from None

    async def round_(index: int, item: Any) -> Any:
        inner = scope.inside(**{block["for"]: item}, **counted(index))
        name = run.ask(block["key"], inner, "key") if "key" in block else index
        inner = replace(inner, path=f"{scope.path}{block['name']}[{name}].")
        try:
            return plain(await run.inner(block, "steps", inner))
        except Enough as enough:
            values[index] = enough.value
            raise

    async def work_off() -> None:
        nonlocal count
        while True:
            async with turn:
                if (item := await next_item()) is END:
                    return
                index, count = count, count + 1
            values[index] = await tolerance.watch(round_(index, item), scope)

    stated = block.get("parallel", 1)
    workers = run.permits if stated == "max" else int(stated)
    try:
        with suppress(Enough):
            await together(work_off() for _ in range(workers))
    finally:
        await source.close()
    if not count:
        run.skip(block["steps"], scope)
    tolerance.check(scope)
    return [values[index] for index in sorted(values)]


def source_of(run: Interpreter, block: Data, scope: Scope) -> Source:
    """Return what gives the items of a loop."""
    if block["in"].startswith("channel "):
        channel: Source = scope.channels[block["in"].removeprefix("channel ")]
        return channel
    found = run.ask(block["in"], scope, "for")
    made: Source = found if isinstance(found, Stream) else Items(found)
    return made


class Tolerance:
    """What becomes of failed rounds."""

    def __init__(self, block: Data, count: int | None) -> None:
        self.keeps = block.get("on_error") == "continue" or "tolerate" in block
        self.most = str(block.get("tolerate", "100%"))
        self.known = None if "batch" in block else count
        self.failed = self.rounds = 0

    async def watch(self, work: Coroutine[Any, Any, Any], scope: Scope) -> Any:
        """Return the value of a round, or the record of its error where that is kept."""
        try:
            value = await work
        except Enough:
            self.rounds += 1
            raise
        except Failed as error:
            if not self.keeps:
                raise
            value = error.record()
            self.failed += 1
            self.rounds += 1
            if self.is_too_much(self.known):
                failure = self.error(scope, f": {error.why}")
                failure.ends_missed = error.ends_missed
                raise failure from None
            return value
        self.rounds += 1
        return value

    def is_too_much(self, count: int | None) -> bool:
        """Say whether more have failed than may, of so many rounds."""
        if not self.most.endswith("%"):
            return self.failed > int(self.most)
        share = float(self.most.removesuffix("%"))
        return count is not None and self.failed > count * share / 100

    def check(self, scope: Scope) -> None:
        """Raise an error if too many of the rounds that there were have failed."""
        if self.known is None and self.is_too_much(self.rounds):
            raise self.error(scope, "")

    def error(self, scope: Scope, last: str) -> Failed:
        words = (
            f"{self.failed} of {self.rounds} rounds failed, {self.most} are tolerated"
        )
        why = f"TooManyFailures: {words}{last}"
        return Failed(f"{scope.owner} failed in `tolerate`", why)
