"""What the steps of a chain's `finally` read of its end, which may come while they run."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.building import build
from tests.clock import run

LAST = """
    chain c:
        {timeout}
        step a:
            {work}
        finally:
            step first:
                target: told
                options: {{how: "{{{{ run.status }}}}", why: "{{{{ run.error }}}}"}}
            step meanwhile:
                wait: 3s
            step second:
                target: told
                options: {{how: "{{{{ run.status }}}}", why: "{{{{ run.error }}}}"}}
"""

CALLED = """
    chain outer:
        step call:
            kind: chain
            target: c
            timeout: 2s
"""


class Told:
    """What the steps of a `finally` have told, in their order."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str | None]] = []

    def __call__(self, ctx: Any) -> None:
        why = ctx.options["why"]
        self.seen.append((ctx.options["how"], why and why["message"]))


@pytest.mark.parametrize(
    ("work", "before"), [("wait: 1s", ("ok", None)), ("fail: no", ("error", "no"))]
)
def test_a_deadline_that_comes_in_finally_counts(
    work: str, before: tuple[str, str | None]
) -> None:
    told, module = Told(), build(LAST.format(timeout="timeout: 2s", work=work))
    record = run(module.run_chain("c", connectors={"told": told}))
    assert record["status"] == "timeout"
    assert told.seen == [before, ("timeout", "timed out after 2 seconds")]


def test_a_cancellation_that_comes_in_finally_counts() -> None:
    told, module = Told(), build(LAST.format(timeout="", work="wait: 1s"))

    async def cancelled() -> Any:
        handle = module.start_chain("c", connectors={"told": told})
        await asyncio.sleep(2)
        return await handle.cancel()

    assert run(cancelled())["status"] == "cancelled"
    assert told.seen == [("ok", None), ("cancelled", None)]


def test_the_timeout_of_the_call_that_comes_in_finally_counts() -> None:
    told, module = Told(), build(LAST.format(timeout="", work="wait: 1s") + CALLED)
    record = run(module.run_chain("outer", connectors={"told": told}))
    assert record["steps"][0]["status"] == "timeout"
    assert told.seen == [("ok", None), ("timeout", "timed out")]
