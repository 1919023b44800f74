"""Channels under random loads, pauses and cancellations: nothing is lost, nobody is left."""

from __future__ import annotations

import asyncio
from random import Random
from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.clock import run

SPEC = """
    channel first: %d
    channel second: %d

    chain c:
        parallel all:
            do one:
                for a in range(payload.n):
                    step put_a: {send: first, value: "{{ ['a', a] }}"}
                    step rest_a: {target: rest, options: {kind: send}}
            do two:
                for b in range(payload.m):
                    step rest_b: {target: rest, options: {kind: send}}
                    step put_b: {send: first, value: "{{ ['b', b] }}"}
            do moves:
                for item in channel first parallel %d:
                    step work: {target: rest, options: {kind: work}}
                    step passes: {send: second, value: "{{ item }}"}
            do left:
                for got in channel second parallel 2:
                    step eat_left: {target: rest, options: {kind: eat}}
                    step took_left: {value: "{{ got }}"}
            do right:
                for got in channel second:
                    step eat_right: {target: rest, options: {kind: eat}}
                    step took_right: {value: "{{ got }}"}
        result: "{{ all.left + all.right }}"
"""


@pytest.fixture(scope="module")
def modules() -> list[ModuleType]:
    sizes = ((1, 1, 1), (2, 1, 5), (5, 3, 2), (100, 100, 3))
    return [build(SPEC % size) for size in sizes]


class Load:
    """Work of random lengths; `most` steps work at once."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.longest = {
            kind: random.choice([0, 0.1, 1, 5]) for kind in ("send", "work", "eat")
        }

    async def rest(self, ctx: Any) -> None:
        await asyncio.sleep(self.random.random() * self.longest[ctx.options["kind"]])


async def one_run(module: ModuleType, seed: int) -> None:
    random = Random(seed)
    payload = {"n": random.randrange(12), "m": random.randrange(12)}
    given = {"connectors": {"rest": Load(random).rest}, "timeout": 1000}
    handle = module.start_chain("c", payload, **given)
    events: list[Any] = []

    async def read() -> None:
        buffer = random.choice([0, 3, None])
        async for event in handle.events(buffer=buffer):
            events.append(event)
            if random.random() < 0.05:
                await asyncio.sleep(random.random())

    reading = asyncio.create_task(read()) if random.random() < 0.5 else None
    for _ in range(random.randrange(3)):
        await asyncio.sleep(random.random() * 5)
        handle.pause()
        await asyncio.sleep(random.random() * 5)
        handle.resume()
    if random.random() < 0.4:
        await asyncio.sleep(random.random() * 10)
        record = await handle.cancel()
        assert record["status"] in ("ok", "cancelled")
    else:
        record = await handle.result()
        assert record["status"] == "ok", record["error"]
    if record["status"] == "ok":
        wanted = [["a", n] for n in range(payload["n"])]
        wanted += [["b", n] for n in range(payload["m"])]
        assert sorted(record["result"]) == wanted
    if reading is not None:
        await reading
        assert events == [] or "run" in events[-1]


@pytest.mark.parametrize("seed", range(100))
def test_every_item_arrives_once_or_the_run_is_cancelled(
    modules: list[ModuleType], seed: int
) -> None:
    run(one_run(modules[seed % len(modules)], seed))
