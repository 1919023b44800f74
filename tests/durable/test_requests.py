"""Requests of durable runs: their rate over processes, and the keys that they have."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.durable.killing import written_module

pytestmark = pytest.mark.large


class Recorder(ThreadingHTTPServer):
    """A provider that notes when it is asked and with which key; it may hold its answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[float, str | None]] = []
        self.answers = threading.Event()
        self.answers.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class Handler(BaseHTTPRequestHandler):
    """Answers as OpenAI's API does."""

    server: Recorder

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((time.time(), self.headers["Idempotency-Key"]))
        self.server.answers.wait(60)
        choice = {"message": {"role": "assistant", "content": "yes"}}
        body = json.dumps({"choices": [{**choice, "finish_reason": "stop"}]}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(name="provider")
def fixture_provider() -> Iterator[Recorder]:
    provider = Recorder()
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.answers.set()
        provider.shutdown()
        provider.server_close()


RUN = """
    import asyncio, sys, module
    async def main():
        record = await module.run_chain("c", run_id=sys.argv[1])
        await module.aclose()
        assert record["status"] == "ok", record["error"]
    asyncio.run(main())
    """


def started(
    folder: Path, database: str, run_id: str, provider: Recorder
) -> subprocess.Popen[str]:
    environment = {"N3GEN_RUNS": database, "PROVIDER": provider.url, "KEY": "k"}
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(RUN), run_id],
        cwd=folder,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


CONNECTION = """
    connection model:
        api: openai
        model: m
        base_url: env("PROVIDER")
        api_key: env("KEY")
        idempotency_header: Idempotency-Key
    """


def test_two_processes_stay_within_the_rate_of_a_connection(
    address: str, tmp_path: Path, provider: Recorder
) -> None:
    rated = CONNECTION.rstrip() + "\n        rate_limit: {requests_per_minute: 303}\n"
    written_module(
        tmp_path,
        f"""{rated}
    chain c:
        for rounds: n in range(10) parallel 8:
            step draft: {{prompt: "{{{{ n }}}}", connection: model}}
    """,
    )
    processes = [started(tmp_path, address, name, provider) for name in ("a", "b")]
    for process in processes:
        output, _ = process.communicate(timeout=120)
        assert process.returncode == 0, output
    times = sorted(moment for moment, _ in provider.asked)
    assert len(times) == 20
    assert len({key for _, key in provider.asked}) == 20
    # A fifth of a second each, which is 3.8 s; with a rate each they would take half.
    # The first may be late, as a client is made for it, when its slot has been taken.
    assert times[-1] - times[0] >= 2.8


def test_a_request_has_the_same_key_after_its_process_was_killed(
    tmp_path: Path, provider: Recorder
) -> None:
    written_module(
        tmp_path,
        f"""{CONNECTION}
    chain c:
        for rounds: n in [1, 2]:
            step draft: {{prompt: "{{{{ n }}}}", connection: model}}
    """,
    )
    provider.answers.clear()
    killed = started(tmp_path, "runs.db", "r", provider)
    deadline = time.monotonic() + 60
    while not provider.asked:
        assert killed.poll() is None, killed.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    provider.answers.set()
    output, _ = started(tmp_path, "runs.db", "r", provider).communicate(timeout=60)
    keys = [key for _, key in provider.asked]
    assert len(keys) == 3, output
    assert keys[0] == keys[1] == "r:rounds[0].draft:11:1"
    assert keys[2] == "r:rounds[1].draft:11:1"
