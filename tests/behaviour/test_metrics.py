"""What `metrics()` counts of runs that somebody has cancelled."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

import pytest
from n3gen.compiler import Options

from tests.building import build
from tests.clock import run

SPEC = """
    chain c:
        parallel p:
            step a: {target: work}
            step b: {target: work}
"""


@pytest.mark.parametrize("who", ["handle", "caller"])
def test_cancelled_runs_are_counted_but_change_no_rate_and_no_time(
    who: Literal["handle", "caller"],
) -> None:
    module = build(SPEC, options=Options(enable_parallel_steps=True))

    async def work(ctx: Any) -> None:
        await asyncio.sleep(1)

    async def cancelled() -> None:
        given = {"connectors": {"work": work}}
        if who == "handle":
            handle = module.start_chain("c", **given)
            await asyncio.sleep(0.5)
            await handle.cancel()
            return
        task = asyncio.create_task(module.run_chain("c", **given))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def main() -> tuple[dict[str, Any], dict[str, Any]]:
        await module.run_chain("c", connectors={"work": work})
        before = module.metrics()
        for _ in range(4):
            await cancelled()
        return before, module.metrics()

    before, after = run(main())
    assert before["parallel_execution_rate"] == 1.0
    assert before["speedup"] == 2.0
    assert after == {**before, "runs": {**before["runs"], "cancelled": 4}}
