"""Runs that go on where lines of the spec have moved meanwhile."""

from __future__ import annotations

import json
from typing import Any

from tests.building import build
from tests.clock import run

SPEC = """
chain c:
    if payload.n > 1:
        step verdict: {target: big, output: str}
    else:
        step verdict: {target: small, output: str}
    step told: {target: told, options: {it: "{{ verdict }}"}}
"""


def test_steps_of_one_name_are_kept_where_lines_have_moved() -> None:
    asked: list[str] = []

    def big(ctx: Any) -> str:
        asked.append("big")
        return "yes"

    def told(ctx: Any) -> str:
        asked.append("told")
        if len(asked) < 3:
            raise ValueError("not yet")
        return ctx.options["it"]

    given = {"big": big, "small": big, "told": told}
    before, after = build(SPEC), build("# moved\n\n" + SPEC)
    record = run(before.run_chain("c", {"n": 2}, connectors=given))
    kept = json.loads(before.to_json(record))
    ended = run(after.run_chain("c", {"n": 2}, connectors=given, resume=kept))
    assert asked == ["big", "told", "told"]
    assert ended["result"] == "yes"
    versions = [one.CHAINS["c"].versions for one in (before, after)]
    assert [*versions[0].values()] == [*versions[1].values()]
