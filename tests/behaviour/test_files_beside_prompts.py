"""Files beside prompts: what a built module sends, in both spellings."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx
import pytest

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
