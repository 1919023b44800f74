"""Random pipelines beside a small interpreter: their results, and how long they take."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.building import build
from tests.clock import run


@dataclass(frozen=True)
class Drawn:
    """A stage: how long each call takes, whether it streams, how many it does at once.

    A stage that `splits` makes two items of one, one that `drops` is skipped for
    numbers that three divides.
    """

    seconds: int
    streams: bool
    buffer: int
    workers: int
    splits: bool
    drops: bool

    def makes(self, item: int) -> list[int]:
        if self.drops and item % 3 == 0:
            return []
        return [item, item + 100] if self.splits else [item + 1]


stages = st.lists(
    st.builds(
        Drawn,
        seconds=st.integers(0, 4),
        streams=st.just(True),
        buffer=st.integers(1, 4),
        workers=st.integers(1, 4),
        splits=st.booleans(),
        drops=st.booleans(),
    ),
    min_size=1,
    max_size=4,
)
arrivals = st.lists(st.integers(0, 3), max_size=7)


def spec_of(found: list[Drawn]) -> str:
    """The pipeline: a source, the stages drawn, and one that ends the line."""
    lines = [
        "pipeline p:",
        "    stage source(waits: list[int]) -> list[int]:",
        "        target: source",
        "        stream: true",
        "        limit: none",
        "        buffer: 2",
    ]
    for number, stage in enumerate(found):
        lines += [
            f"    stage s{number}(x{number}: int) -> list[int]:",
            "        target: work",
            "        stream: true",
            f"        options: {{stage: {number}, item: '{{{{ x{number} }}}}'}}",
            f"        buffer: {stage.buffer}",
            f"        parallel: {stage.workers}",
            *([f"        when: x{number} % 3 != 0"] if stage.drops else []),
        ]
    lines += [
        "    stage last(y: int) -> int:",
        '        value: "{{ y }}"',
        "    stage all(ys: list[int]) -> list[int]:",
        '        value: "{{ ys }}"',
    ]
    return "\n".join(lines) + "\n"


@settings(max_examples=25)
@given(found=stages, waits=arrivals)
def test_lines_give_what_their_stages_give_one_after_another(
    found: list[Drawn], waits: list[int]
) -> None:
    at_once = [0] * len(found)
    most = [0] * len(found)

    async def source(ctx: Any) -> AsyncGenerator[int, None]:
        for number, wait in enumerate(ctx.payload["waits"]):
            await asyncio.sleep(wait)
            yield number

    async def work(ctx: Any) -> list[int]:
        number, item = int(ctx.options["stage"]), int(ctx.options["item"])
        stage = found[number]
        at_once[number] += 1
        most[number] = max(most[number], at_once[number])
        # Later items may be done first.
        await asyncio.sleep(stage.seconds + item % 2)
        at_once[number] -= 1
        return stage.makes(item)

    module = build(spec_of(found))
    given = {"source": source, "work": work}
    record = run(module.run_chain("p", {"waits": waits}, connectors=given))
    assert record["status"] == "ok", record["error"]
    items = [*range(len(waits))]
    calls = 0
    for stage in found:
        calls += sum(not (stage.drops and item % 3 == 0) for item in items)
        items = [made for item in items for made in stage.makes(item)]
    assert record["result"] == items
    assert all(many <= stage.workers for many, stage in zip(most, found, strict=True))
    names = {f"s{number}" for number in range(len(found))}
    ended = [s for s in record["steps"] if s["name"] in names and s["status"] == "ok"]
    assert len(ended) == calls


@settings(max_examples=25)
@given(
    times=st.lists(st.integers(0, 4), min_size=1, max_size=4),
    waits=st.lists(st.integers(0, 3), min_size=1, max_size=7),
)
def test_lines_take_no_longer_than_they_have_to(
    times: list[int], waits: list[int]
) -> None:
    """An item begins when it has arrived and the one before it has left the stage."""
    found = [Drawn(seconds, True, 100, 1, False, False) for seconds in times]

    async def source(ctx: Any) -> AsyncGenerator[int, None]:
        for wait in waits:
            await asyncio.sleep(wait)
            yield wait

    async def work(ctx: Any) -> list[int]:
        await asyncio.sleep(times[int(ctx.options["stage"])])
        return [int(ctx.options["item"])]

    module = build(spec_of(found).replace("buffer: 2", "buffer: 100"))
    given = {"source": source, "work": work}
    record = run(module.run_chain("p", {"waits": waits}, connectors=given))
    assert record["result"] == waits, record["error"]
    left = [0] * (len(times) + 1)
    for wait in waits:
        left[0] += wait
        for number, seconds in enumerate(times, 1):
            left[number] = max(left[number], left[number - 1]) + seconds
    assert record["metadata"]["elapsed_ms"] == left[-1] * 1000
