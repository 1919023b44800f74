"""Files beside prompts: what a built module sends, in both spellings."""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path
from threading import Event
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options

from tests.building import build
from tests.clock import run

AI = """
connection ai:
    api: openai
    model: m
    base_url: http://h/v1

connector reader:
    connection: ai
    prompt: Read this.
    files: "{{ payload.file }}"
    cache: {ttl: 60}

chain read:
    input: {file: file}
    step text:
        target: reader
    step again:
        target: reader
    step more:
        prompt: "And this? {{ text }} {{ again }}"
        messages:
            - {role: user, content: "Before.", files: ["{{ payload.file }}"]}
"""

YAML = """
connections:
  ai: {api: openai, model: m, base_url: "http://h/v1"}
connectors:
  reader:
    connection: ai
    prompt: Read this.
    files: "{{ payload.file }}"
    cache: {ttl: 60}
chain: read
input: {file: file}
steps:
  - {step: text, target: reader}
  - {step: again, target: reader}
  - step: more
    prompt: "And this? {{ text }} {{ again }}"
    messages:
      - {role: user, content: "Before.", files: ["{{ payload.file }}"]}
"""


@pytest.mark.parametrize(("path", "text"), [("x.ai", AI), ("x.yaml", YAML)])
def test_files_go_with_prompts_and_messages(
    path: str, text: str, tmp_path: Path
) -> None:
    sent: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(json.loads(request.content)["messages"])
        message = {"role": "assistant", "content": "Seen."}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        return httpx.Response(200, json={"choices": [choice]})

    (tmp_path / "a.pdf").write_bytes(b"%PDF-1")
    module = build(text, path)
    payload = {"file": str(tmp_path / "a.pdf")}
    transport = httpx.MockTransport(answer)
    ended = run(module.run_chain("read", payload, http=transport))
    assert ended["result"] == "Seen."
    data = f"data:application/pdf;base64,{base64.b64encode(b'%PDF-1').decode()}"
    file = {"type": "file", "file": {"filename": "a.pdf", "file_data": data}}
    first, second = sent  # The second step has the first one's answer from the cache.
    assert first[-1]["content"] == [file, {"type": "text", "text": "Read this."}]
    assert second[0]["content"] == [file, {"type": "text", "text": "Before."}]
    assert second[1]["content"] == "And this? Seen. Seen."


def test_a_file_that_is_not_there_fails_the_step_with_its_name() -> None:
    module = build(AI)
    transport = httpx.MockTransport(lambda request: httpx.Response(500))
    ended = run(module.run_chain("read", {"file": "none.pdf"}, http=transport))
    assert "file 'none.pdf' cannot be read" in ended["error"]


KEPT = """
connection ai:
    api: {api}
    model: m
    base_url: http://h/v1
    api_key: env("N3GEN_FILES_KEY")

chain read:
    input: {{file: file}}
    step text:
        prompt: Read this.
        files: "{{{{ payload.file }}}}"
        timeout: 5
    step after:
        value: "{{{{ text }}}}!"
"""

ANSWERS: dict[str, Any] = {
    "openai": {"choices": [{"message": {"content": "Seen"}, "finish_reason": "stop"}]},
    "anthropic": {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "Seen"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 1},
    },
    "gemini": {
        "candidates": [
            {"content": {"parts": [{"text": "Seen"}]}, "finishReason": "STOP"}
        ]
    },
}


@pytest.mark.parametrize("api", ANSWERS)
def test_a_recorded_call_is_that_of_its_files(
    api: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes and the name of a file tell one request from another."""
    monkeypatch.setenv("N3GEN_FILES_KEY", "k")
    monkeypatch.setenv("N3GEN_RECORD", str(tmp_path / "kept"))
    module = build(KEPT.format(api=api), options=Options(recordings=True))
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1")

    def record_of(http: Any = None) -> Any:
        return run(module.run_chain("read", {"file": str(path)}, http=http))

    answer = httpx.MockTransport(lambda _: httpx.Response(200, json=ANSWERS[api]))
    assert record_of(answer)["result"] == "Seen!"
    monkeypatch.delenv("N3GEN_RECORD")
    monkeypatch.setenv("N3GEN_REPLAY", str(tmp_path / "kept"))
    assert record_of()["result"] == "Seen!"
    path.write_bytes(b"%PDF-2" * 100_000)
    error = record_of()["error"]
    assert "has no recording of POST" in error
    assert len(error) < 2_000


@pytest.mark.parametrize("api", ANSWERS)
@pytest.mark.parametrize("how", ["timeout", "caller"])
def test_a_call_with_files_is_cut_off_in_the_middle(
    api: str, how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While its answer is awaited: the request is cancelled, and nothing is left of it."""
    monkeypatch.setenv("N3GEN_FILES_KEY", "k")
    module = build(KEPT.format(api=api))
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1")
    cancelled: list[str] = []

    async def never(request: httpx.Request) -> httpx.Response:
        try:
            await asyncio.sleep(1000)
        finally:
            cancelled.append(request.url.host)
        raise AssertionError

    async def main() -> Any:
        chain = module.run_chain(
            "read",
            {"file": str(tmp_path / "a.pdf")},
            http=httpx.MockTransport(never),
        )
        if how == "timeout":
            return await chain
        task = asyncio.ensure_future(chain)
        await asyncio.sleep(2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return None

    record = run(main())
    assert cancelled == ["h"]
    if record is not None:
        assert record["status"] == "error"
        assert record["steps"][0]["status"] == "timeout"
        assert record["metadata"]["pending"] == ["after"]


def test_a_file_that_is_being_read_holds_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A slow disk: the deadline of the step passes while a thread reads the file."""
    monkeypatch.setenv("N3GEN_FILES_KEY", "k")
    module = build(KEPT.format(api="openai"))
    ready, going = Event(), Event()

    def slow(path: str) -> Any:
        ready.set()
        going.wait(10)
        raise module.ModelError("too late")

    monkeypatch.setattr(module, "file_at", slow)
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(500)

    async def main() -> Any:
        task = asyncio.ensure_future(
            module.run_chain(
                "read", {"file": "a.pdf"}, http=httpx.MockTransport(answer)
            )
        )
        await asyncio.to_thread(ready.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not going.is_set()
        going.set()

    run(main())
    assert sent == []
