"""The keys of `http` steps, by which a server knows a request of an earlier life."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options

from tests.building import build

SPEC = """
    chain c:
        for rounds: n in [1, 2]:
            step made: {kind: http, method: POST, url: "http://x/made", json: {n: "{{ n }}"}, retry: 1}
        step read: {kind: http, url: "http://x/read"}
        step own: {kind: http, method: PUT, url: "http://x/own", headers: {idempotency-key: mine}}
        step bare: {kind: http, method: DELETE, url: "http://x/bare", headers: {Idempotency-Key: "{{ none }}"}}
        result: "{{ rounds | length }}"
    """


@pytest.mark.parametrize("telemetry", ["none", "otel"])
def test_what_changes_something_has_the_same_key_in_all_tries(
    telemetry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("N3GEN_RUNS", str(tmp_path / "runs.db"))
    # DBOS registers a chain of a file once.
    spec = SPEC.replace("chain c", f"chain keyed_{telemetry}")
    module = build(spec, options=Options(telemetry=telemetry, target="dbos"))
    asked: list[tuple[str, str | None]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.path, request.headers.get("idempotency-key")))
        return httpx.Response(503 if len(asked) == 1 else 200, json={})

    async def main() -> Any:
        module.configure(http=httpx.MockTransport(answer))
        try:
            return await module.run_chain(f"keyed_{telemetry}", run_id="läuft")
        finally:
            # It holds for all modules of the process, and so for the tests that follow.
            module.configure(http=None)
            await module.aclose()

    record = asyncio.run(main())
    assert record["status"] == "ok", record["error"]
    assert asked == [
        ("/made", "l%C3%A4uft:rounds[0].made:4:1"),
        ("/made", "l%C3%A4uft:rounds[0].made:4:1"),
        ("/made", "l%C3%A4uft:rounds[1].made:4:1"),
        ("/read", None),
        ("/own", "mine"),
        ("/bare", None),
    ]
