"""A key goes to its server and nowhere else: not into a file, a log, an event, an error."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import logging
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from n3gen.compiler import Options

from tests.building import build, built_text

CANARY = 'canary-7f3a"/+e'

SPEC = """
connection server:
    api: openai
    base_url: env("CANARY_URL")
    api_key: env("CANARY_KEY")
    model: m
    headers:
        X-Team: env("CANARY_TEAM", "none")
    query:
        token: env("CANARY_KEY")

chain good:
    step ask:
        prompt: good
        cache:
            path: answers.db

chain told:
    step ask:
        prompt: "{{ payload.it }}"
        retry: {max: 1, delay: 1ms}

chain keyless:
    step ask:
        prompt: "{{ env.CANARY_TEAM }}"
"""


class Echo(BaseHTTPRequestHandler):
    """Answers with the request's headers: what a careless server tells of a key."""

    keys: list[str | None]

    def do_POST(self) -> None:
        sent = json.loads(self.rfile.read(int(self.headers["content-length"])))
        prompt = sent["messages"][-1]["content"]
        self.keys.append(self.headers["authorization"])
        told = f"{dict(self.headers)} {self.path} {json.dumps(CANARY)}"
        encoded = base64.b64encode(f"user:{CANARY}".encode()).decode()
        body: Any = {"choices": [{"message": {"content": "fine"}}]}
        status = 200
        if prompt in ("401", "500"):
            status, body = int(prompt), {"error": {"message": f"{told} {encoded}"}}
        data = told.encode() if prompt == "garbage" else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str | None]]:
    handler = type("Handler", (Echo,), {"keys": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        monkeypatch.setenv("CANARY_URL", f"http://127.0.0.1:{server.server_port}/v1")
        monkeypatch.setenv("CANARY_KEY", CANARY)
        monkeypatch.setenv("CANARY_TEAM", f"team {CANARY}")
        yield handler.keys
        server.shutdown()
        thread.join()


def forms(secret: str) -> list[str]:
    """How the secret may be written."""
    return [secret, json.dumps(secret)[1:-1], "canary-7f3a", "Y2FuYXJ5", "NhbmFyeS"]


async def run_all(module: Any) -> list[Any]:
    """Records, events and raised errors of runs that go well, and of those that do not."""
    found: list[Any] = []
    try:
        found.append(await module.run_chain("good"))
        for it in ("401", "500", "garbage", "é\ud800"):
            found.append(await module.run_chain("told", {"it": it}))
            found += [e async for e in module.stream_chain("told", {"it": it})]
            try:
                await module.told({"it": it})
            except module.ChainError as error:
                found += [repr(error), *traceback.format_exception(error)]
        found.append(repr(module.SERVER))
        found.append(module.metrics())
    finally:
        await module.aclose()
    return found


def test_the_canary(
    keys: list[str | None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("N3GEN_RECORD", str(tmp_path / "recordings"))
    options = Options(recordings=True)
    text = built_text(SPEC, options=options)
    module = build(SPEC, options=options)
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    logger = logging.getLogger("n3gen")
    logger.addHandler(handler)
    try:
        with caplog.at_level(logging.DEBUG, "n3gen"):
            found = asyncio.run(run_all(module))
    finally:
        logger.removeHandler(handler)
    assert f"Bearer {CANARY}" in keys
    files = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert any(p.suffix == ".json" for p in files)
    assert any(p.name == "answers.db" for p in files)
    told = "\n".join(
        [text, log.getvalue(), json.dumps(found, default=str), repr(found)]
    )
    assert "401" in told
    for form in forms(CANARY):
        assert form not in told
        for path, data in files.items():
            assert form.encode() not in data, path
            assert form not in path.name


def test_all_missing_keys_are_named_before_the_first_step(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("CANARY_URL", "CANARY_KEY"):
        monkeypatch.delenv(name, raising=False)
    record = asyncio.run(build(SPEC).run_chain("good"))
    assert record["steps"] == []
    assert record["error"] == (
        "Chain 'good' needs environment variables that are not set:"
        " CANARY_KEY, CANARY_URL"
    )
