"""A kept result that is JSON but not what its step gives is made anew."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.building import build

SPEC = """
    connection models: {{api: openai, model: m, base_url: "http://h.test"}}

    chain asked:
        step it: {{url: "https://h.test/got", cache: {{ttl: 1h, path: "{path}"}}}}
        result: "{{{{ it.body.choices }}}}"

    chain said:
        step it: {{prompt: Hello, cache: {{ttl: 1h, path: "{path}"}}}}
        result: "{{{{ it | upper }}}}"

    chain one_vector:
        step it: {{embed: Hello, cache: {{ttl: 1h, path: "{path}"}}}}
        result: "{{{{ it[0] }}}}"

    chain vectors:
        step it: {{embed: [Hello], cache: {{ttl: 1h, path: "{path}"}}}}
        result: "{{{{ it[0][0] }}}}"
    """


def answer(request: httpx.Request) -> httpx.Response:
    message = {"content": "hi"}
    choices = [{"message": message, "finish_reason": "stop"}]
    if request.url.path == "/got":
        choices = []
    data = [{"embedding": [0.5], "index": 0}]
    return httpx.Response(200, json={"choices": choices, "data": data})


RESULTS = {"asked": [], "said": "HI", "one_vector": 0.5, "vectors": 0.5}


@pytest.mark.parametrize("chain", RESULTS)
@pytest.mark.parametrize(
    "damage", ["{}", "null", "[]", "5", '[["a"]]', '{"status": 1}']
)
def test_what_no_step_gives_is_made_anew(
    chain: str, damage: str, tmp_path: Path
) -> None:
    path = tmp_path / "kept.db"
    module = build(SPEC.format(path=path))

    async def main() -> None:
        async def ran() -> tuple[Any, bool]:
            record = await module.run_chain(chain, http=httpx.MockTransport(answer))
            assert record["error"] is None
            return record["result"], record["steps"][0].get("cached", False)

        assert await ran() == (RESULTS[chain], False)
        assert await ran() == (RESULTS[chain], True)
        with closing(sqlite3.connect(path, isolation_level=None)) as vandal:
            vandal.execute("UPDATE answers SET value = ?", (damage,))
        assert await ran() == (RESULTS[chain], False)
        assert await ran() == (RESULTS[chain], True)
        await module.aclose()

    asyncio.run(main())
