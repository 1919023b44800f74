"""Timeouts of blocks and steps: what their errors say of what was waited for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.building import built_in
from tests.clock import run

SPEC = """\
channel full: 1
channel dry: 1

limit lock: 1

chain sends:
    parallel both:
        within 2s:
            step put1: {kind: send, target: full, value: 1}
            step put2: {kind: send, target: full, value: 2}
        do slow:
            step rest: {wait: 9s}
            for x in channel full:
                step each: {value: "{{ x }}"}

chain reads:
    parallel both:
        within 2s:
            for x in channel dry:
                step each: {value: "{{ x }}"}
        do slow:
            step rest: {wait: 9s}
            step put: {kind: send, target: dry, value: 1}

chain stepped:
    parallel both:
        do first:
            step put1: {kind: send, target: full, value: 1}
            step put2: {kind: send, target: full, value: 2, timeout: 2s}
        do slow:
            step rest: {wait: 9s}
            for x in channel full:
                step each: {value: "{{ x }}"}

chain called:
    step inner: {kind: chain, target: sends_long, payload: {}, timeout: 2s}

chain sends_long:
    parallel both:
        do first:
            step put1: {kind: send, target: full, value: 1}
            step put2: {kind: send, target: full, value: 2}
        do slow:
            step rest: {wait: 9s}
            for x in channel full:
                step each: {value: "{{ x }}"}

chain asks:
    within 2s:
        step agree: {wait: approval}

chain asks_step:
    step agree: {wait: approval, timeout: 2s}

chain permits:
    parallel both:
        step holds: {target: slow, limit: lock}
        within 2s:
            step needs: {target: slow, limit: lock}

chain other:
    parallel both:
        on_error: continue
        within first: 2s:
            step agree: {wait: approval}
        within second: 2s:
            step works: {target: slow}
    result: "{{ both.second.message }}"

chain again:
    step inner: {kind: chain, target: twice, payload: {}, timeout: 6s}

chain twice:
    race quick:
        do late:
            step put1: {kind: send, target: full, value: 1}
            step put2: {kind: send, target: full, value: 2}
        do early:
            step rest: {wait: 1s}
        do reading:
            step long: {wait: 9s}
            for x in channel full:
                step each: {value: "{{ x }}"}
    step works: {target: slow, timeout: 9s}
    step more: {target: slow}
"""

LATE = "timed out after 2 seconds"
WAITS = {
    "sends": f"{LATE}, waiting: step 'put2' for room in channel 'full'",
    "reads": f"{LATE}, waiting: for_1 for an item of channel 'dry'",
    "stepped": f"{LATE}, waiting: step 'put2' for room in channel 'full'",
    "called": f"{LATE}, waiting: step 'inner.put2' for room in channel 'full'",
    "asks": f"{LATE}, waiting: step 'agree' for an answer to 'approval'",
    "asks_step": f"{LATE} without an answer to 'approval'",
    "permits": f"{LATE}, waiting: for permits of limit 'lock'",
    # What another block has waited for, and what was cut off before, is nothing of theirs.
    "other": LATE,
    "again": "timed out after 6 seconds",
}


async def slow(ctx: Any) -> None:
    await asyncio.sleep(5)


@pytest.mark.parametrize("layout", ["standalone", "shared"])
def test_a_timeout_says_what_was_waited_for(
    layout: Literal["standalone", "shared"], tmp_path: Path
) -> None:
    with built_in(layout, SPEC, tmp_path) as module:
        for chain, words in WAITS.items():

            async def main(chain: str = chain) -> Any:
                given = {"connectors": {"slow": slow}, "parallel": True}
                return await module.start_chain(chain, **given).result()

            record = run(main())
            told = record["error"] or record["result"]
            sentence = told.partition(": ")[2] if record["error"] else f"{told}"
            assert sentence.partition(" (")[0] in (
                words,
                f"StepTimeout: {words}",
            ), chain
