"""Blocks that fail themselves: what the records of their errors say of where that was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest

from tests.building import built_in
from tests.clock import run

BLOCKS = {
    "a list": "for docs: doc in payload.number:",
    "a pool": "for docs: doc in payload.number parallel 2:",
    "a stream": f'for doc in stream("{__name__}:dead"):',
    "a stream for workers": f'for doc in stream("{__name__}:dead") parallel 2:',
    "a source that strays": f'for doc in stream("{__name__}:stray"):',
    "one for workers": f'for doc in stream("{__name__}:stray") parallel 2:',
    "a condition": "if 1 // payload.zero > 2:",
    "a loop": "while drafts: 1 // payload.zero > 1 max 2:",
    "a round": "for doc in [1] parallel 2:\n                until: 1 // payload.zero > 1",
}

SPEC = """\
chain kept:
    parallel both:
        on_error: continue
        do first:
            {block}
                step each: {{value: 1}}
        step second: {{target: slow}}
    result: "{{{{ both.first }}}}"

chain caught:
    do body:
            {block}
                step each: {{value: 1}}
    on_error [any] as error:
        step said: {{value: "{{{{ error }}}}"}}

chain left:
    do body:
            {block}
                step each: {{value: 1}}
    finally:
        step said: {{emit: "{{{{ run.error }}}}"}}
"""


async def dead() -> AsyncIterator[int]:
    yield 1
    raise ValueError("the source is dead")


async def stray() -> AsyncIterator[int]:
    yield 1
    raise asyncio.CancelledError


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("block", BLOCKS)
def test_the_record_of_a_block_that_fails_says_where_it_stands(
    block: str, layout: Literal["standalone", "shared"], tmp_path: Path
) -> None:
    text = SPEC.format(block=BLOCKS[block])
    failing = BLOCKS[block].split("\n")[-1].strip()
    lines = [n for n, line in enumerate(text.splitlines(), 1) if failing in line]
    payload = {"number": 5, "zero": 0}
    given = {"connectors": {"slow": lambda ctx: ctx.step}}
    with built_in(layout, text, tmp_path) as module:
        for chain, line in zip(module.CHAINS, lines, strict=True):
            record = run(module.run_chain(chain, payload, **given))
            found = record["result"]
            if chain == "left":
                (found,) = (s["result"] for s in record["steps"] if s["name"] == "said")
                assert record["error"].endswith(f"(specs/x.ai:{line})")
            assert found["step"] == f"specs/x.ai:{line}", chain
