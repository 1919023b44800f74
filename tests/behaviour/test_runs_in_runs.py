"""Runs that functions of other runs start, in this module or another."""

from __future__ import annotations

import asyncio
from pathlib import Path
from textwrap import dedent
from typing import Any, Literal

import pytest

from tests.building import built_in
from tests.clock import run

SPEC = """
    chain outer:
        for x in [1, 2]{parallel}:
            step call:
                target: nested
                options: {{x: "{{{{ x }}}}"}}

    chain inner:
        for y in [1]:
            step work:
                target: work
        step last:
            target: work
"""

Layout = Literal["standalone", "shared"]


@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize("parallel", ["", " parallel 2"])
def test_a_run_of_the_same_id_inside_a_round_has_paths_of_its_own(
    layout: Layout, parallel: str, tmp_path: Path
) -> None:
    text = dedent(SPEC).format(parallel=parallel)
    with built_in(layout, text, tmp_path) as module:
        inner: list[list[str]] = []

        async def nested(ctx: Any) -> int:
            record = await module.run_chain(
                "inner", run_id=ctx.run_id, connectors=connectors
            )
            inner.append([s.get("path", s["name"]) for s in record["steps"]])
            return 1

        async def work(ctx: Any) -> int:
            await asyncio.sleep(1)
            return 2

        connectors = {"nested": nested, "work": work}

        async def main() -> Any:
            return await module.run_chain("outer", run_id="same", connectors=connectors)

        record = run(main())
        assert record["status"] == "ok", record["error"]
        name = record["steps"][0]["path"].partition("[")[0]
        paths = [step["path"] for step in record["steps"]]
        assert paths == [f"{name}[0].call", f"{name}[1].call"]
        own = inner[0][0].partition("[")[0]
        assert inner == [[f"{own}[0].work", "last"]] * 2
