"""Fields with an alias, in what is kept of results and exchanges."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options

from tests.building import build, process_is_fresh
from tests.clock import run

SPEC = """
    type Mail:
        sender: {{type: str, alias: from}}
        "content-type": str = plain
        3d: bool = false
        more: {{type: "list[Mail]", default: []}}

    connection own:
        api: openai
        base_url: http://h/v1
        model: m

    chain c:
        step read:
            prompt: "Read"
            output: Mail
            {cache}
        step told:
            value: "{{{{ read.from }}}} {{{{ read['content-type'] }}}} {{{{ read.sender }}}} {{{{ read['3d'] }}}}"
"""

ANSWER = {"from": "me", "content-type": "html", "3d": True, "more": [{"from": "you"}]}


class Server(httpx.AsyncBaseTransport):
    calls = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls += 1
        message = {"role": "assistant", "content": json.dumps(ANSWER)}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice], "model": "m"})


@pytest.mark.parametrize("place", ["", ", path: PLACE"])
def test_a_cache_keeps_them(place: str, tmp_path: Path) -> None:
    where = place.replace("PLACE", str(tmp_path / "kept.db"))
    text = dedent(SPEC).format(cache=f"cache: {{ttl: 1h{where}}}")
    server = Server()

    async def main() -> list[Any]:
        records = [await module.run_chain("c", http=server) for _ in range(2)]
        await module.aclose()
        return records

    with process_is_fresh():
        module = build(text)
        first, second = run(main())
    assert first["status"] == second["status"] == "ok", (first, second)
    assert server.calls == 1
    assert second["steps"][0]["cached"] is True
    assert first["result"] == second["result"] == "me html me True"
    kept = json.loads(module.to_json(second))["steps"][0]["result"]
    assert kept["from"] == "me"
    assert kept["more"][0]["from"] == "you"
    assert kept["content-type"] == "html"
    assert kept["3d"] is True


def test_a_recording_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = dedent(SPEC).format(cache="timeout: 5")
    server = Server()

    def result_of_a_run() -> Any:
        with process_is_fresh():
            module = build(text, options=Options(recordings=True))
            record = run(module.run_chain("c", http=server))
        assert record["status"] == "ok", record["error"]
        return record["result"]

    monkeypatch.setenv("N3GEN_RECORD", str(tmp_path))
    assert result_of_a_run() == "me html me True"
    monkeypatch.delenv("N3GEN_RECORD")
    monkeypatch.setenv("N3GEN_REPLAY", str(tmp_path))
    assert result_of_a_run() == "me html me True"
    assert server.calls == 1


@pytest.mark.parametrize("is_written", [False, True])
def test_a_resumed_run_keeps_them(is_written: bool) -> None:
    text = dedent(SPEC).format(cache="timeout: 5")
    server = Server()

    async def main() -> list[Any]:
        first = await module.run_chain("c", http=server)
        left = json.loads(module.to_json(first)) if is_written else first
        second = await module.run_chain("c", http=server, resume=left)
        await module.aclose()
        return [first, second]

    with process_is_fresh():
        module = build(text)
        first, second = run(main())
    assert second["steps"][0]["kept"] is True
    assert first["result"] == second["result"] == "me html me True"
    assert server.calls == 1
