"""Providers' own SDKs as judges: what they send and read is what our providers do.

Both make the same calls to a local server, which keeps the requests and answers as the
provider would. What differs on purpose is listed in `DIFFERENCES`.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from n3gen.templates.runtime.answers.answers import Typed
from n3gen.templates.runtime.http.clients import close_clients
from n3gen.templates.runtime.models.embed import TextVectors
from n3gen.templates.runtime.models.files import ModelFile
from n3gen.templates.runtime.models.models import (
    ChatTurn,
    ModelAnswer,
    ModelImage,
    ModelRequest,
    ToolCall,
    ToolResult,
)
from n3gen.templates.runtime.models.tools import PythonTool
from n3gen.templates.runtime.providers.gemini import gemini_vectors
from n3gen.templates.runtime.providers.openai import openai_vectors

from tests.peers.sdk_calls import CALLS, PDF, PDF_TYPE, PIXEL
from tests.peers.sdk_review import Review
from tests.peers.servers import peers_python
from tests.runtime.provider_models import provider_model

ROOT = Path(__file__).parents[2]

NAMES = [call.__name__ for call in CALLS]

PROVIDERS = {
    "chat": ("openai", "/v1", openai_vectors),
    "response": ("responses", "/v1", openai_vectors),
    "message": ("anthropic", "", None),
    "gemini": ("gemini", "/v1beta", gemini_vectors),
}

LEFT_OUT: dict[str, dict[str, Any]] = {
    # What an API takes as if it were not there.
    "chat_typed": {"stream": False},
    "gemini_wants_a_tool": {"generationConfig": {}},
}
"""Fields that an SDK sends and we do not."""

SPELLINGS = {
    "file_uri": "fileUri",
    "mime_type": "mimeType",
    "parameters_json_schema": "parametersJsonSchema",
}
"""Names that Gemini's SDK spells in both ways, as the API takes them."""

HEADER_DIFFERENCES: dict[str, dict[str, str | None]] = {
    # The version before the SDK's has the sampling options, which the newer one
    # refuses, and gateways know its header of the key; a connection's `headers` can
    # say otherwise.
    "message": {
        "authorization": None,
        "x-api-key": "sk-test",
        "anthropic-version": "2023-06-01",
    },
}

KEY_HEADERS = (
    "authorization",
    "x-api-key",
    "anthropic-version",
    "x-goog-api-key",
    "content-type",
)

ANSWER_TEXT = "Hello, Bergström."
REVIEW = {
    "verdict": "good",
    "score": 0.5,
    "reasons": ["clear"],
    "author": {"name": "Ada", "age": None},
    "editor": None,
    "size": "small",
}
VECTORS = [[0.5, -0.25], [0.125, 1.0]]


def weather(city: str, unit: str = "C") -> str:
    """The weather of a city."""
    return f"7 {unit} in {city}"


TOOL = PythonTool("weather", weather)


@dataclass
class Caught:
    """One request as it came."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any


@dataclass
class Requests:
    """The requests by the name of the call, those of the SDKs and ours apart."""

    url: str = ""
    by_name: dict[str, Caught] = field(default_factory=dict)


def user(text: str, *images: ModelImage) -> ChatTurn:
    return ChatTurn("user", text, images)


CALL = ToolCall("c1", "weather", {"city": "Oslo"})
TOOL_TURNS = (
    user("Weather?"),
    ChatTurn("assistant", calls=(CALL,)),
    ChatTurn("user", results=(ToolResult(CALL, "7 C"),)),
)
IMAGES = (
    ModelImage(url="https://example.com/a.png"),
    ModelImage(data=PIXEL, media_type="image/png"),
)
READ = ModelFile(data=PDF, media_type=PDF_TYPE, name="a.pdf")
THERE = ModelFile(url="https://example.com/b.pdf", media_type=PDF_TYPE, name="b.pdf")
WORDS = ModelFile(data="YSxi", media_type="text/csv", name="a.csv")
FILES = {
    "chat": (READ,),
    "response": (READ, THERE),
    "message": (READ, THERE, WORDS),
    "gemini": (READ, THERE),
}
"""What files each API takes: chat completions fetch none."""

OPTIONS: dict[str, dict[str, Any]] = {
    "chat": {"temperature": 0, "max_tokens": 50, "stop": ["END"]},
    "response": {"temperature": 0, "max_output_tokens": 50},
    "message": {"stop_sequences": ["END"], "service_tier": "auto"},
    "gemini": {"temperature": 0, "max_output_tokens": 50, "stop_sequences": ["END"]},
}


def request_of(name: str) -> ModelRequest:
    """The same call as the SDK's of that name."""
    provider, _, what = name.partition("_")
    images = {"response": IMAGES[:1], "gemini": IMAGES[1:]}.get(provider, IMAGES)
    turns: dict[str, tuple[ChatTurn, ...]] = {
        "history": (
            user("Hello"),
            ChatTurn("assistant", "Hello. Yes?"),
            user("Who are you?"),
        ),
        "images": (user("Compare.", *images),),
        "files": (user("Read.", *FILES[provider]),),
        "tool_result": TOOL_TURNS,
        "wants_a_tool": (user("Weather?"),),
        "typed": (user("Review"),),
    }
    system = (ChatTurn("system", "Be brief."),) if what == "plain" else ()
    return ModelRequest(
        "m",
        (*system, *turns.get(what, (user("Hello"),))),
        OPTIONS[provider] if what == "plain" else {},
        Typed(Review).schema() if what == "typed" else None,
        (TOOL,) if "tool" in what else (),
    )


def text_of(name: str) -> str:
    return json.dumps(REVIEW) if name.endswith("typed") else ANSWER_TEXT


def answer_of(name: str) -> Any:
    """The body with which a provider answers the call."""
    provider, _, what = name.partition("_")
    text = text_of(name)
    if what == "vectors":
        if provider == "gemini":
            return {"embeddings": [{"values": vector} for vector in VECTORS]}
        data = [
            {"object": "embedding", "index": index, "embedding": vector}
            for index, vector in enumerate(VECTORS)
        ]
        usage = {"prompt_tokens": 3, "total_tokens": 3}
        return {"object": "list", "model": "e", "data": data, "usage": usage}
    wants_tool = what == "wants_a_tool"
    arguments = {"city": "Oslo"}
    if provider == "chat":
        function = {"name": "weather", "arguments": json.dumps(arguments)}
        call = {"id": "c9", "type": "function", "function": function}
        message: dict[str, Any] = {"role": "assistant", "content": text}
        if wants_tool:
            message |= {"content": None, "tool_calls": [call]}
        finish = "tool_calls" if wants_tool else "stop"
        return {
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "m-1",
            "choices": [{"index": 0, "message": message, "finish_reason": finish}],
            "usage": {
                "prompt_tokens": 7,
                "completion_tokens": 5,
                "total_tokens": 12,
                "prompt_tokens_details": {"cached_tokens": 2},
            },
        }
    if provider == "response":
        return response_body(text)
    if provider == "message":
        block: dict[str, Any] = {"type": "text", "text": text}
        if wants_tool:
            block = {
                "type": "tool_use",
                "id": "c9",
                "name": "weather",
                "input": arguments,
            }
        return message_body([block], "tool_use" if wants_tool else "end_turn")
    part: dict[str, Any] = {"text": text}
    if wants_tool:
        part = {"functionCall": {"id": "c9", "name": "weather", "args": arguments}}
    return gemini_body(part)


def response_body(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    message = {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }
    return {
        "id": "r1",
        "object": "response",
        "created_at": 1,
        "model": "m-1",
        "status": "completed",
        "output": [{"id": "t1", "type": "reasoning", "summary": []}, message],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 7,
            "input_tokens_details": {"cached_tokens": 2},
            "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 1},
            "total_tokens": 12,
        },
    }


def message_body(content: list[Any], stop: str | None) -> dict[str, Any]:
    return {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "m-1",
        "content": content,
        "stop_reason": stop,
        "stop_sequence": None,
        "usage": {"input_tokens": 7, "output_tokens": 5},
    }


def gemini_body(part: Mapping[str, Any], finish: str | None = "STOP") -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [part]}}
    if finish:
        candidate["finishReason"] = finish
    usage = {"promptTokenCount": 7, "candidatesTokenCount": 5, "totalTokenCount": 12}
    return {
        "candidates": [candidate],
        "usageMetadata": usage,
        "modelVersion": "m-1",
    }


def stream_of(name: str) -> str:
    """The events with which a provider streams the answer."""
    halves = ANSWER_TEXT[:6], ANSWER_TEXT[6:]
    events: list[dict[str, Any]]
    match name.partition("_")[0]:
        case "chat":
            head = {"id": "x", "object": "chat.completion.chunk", "created": 1}
            head["model"] = "m-1"
            deltas: list[tuple[dict[str, Any], str | None]] = [
                ({"role": "assistant", "content": ""}, None),
                *(({"content": half}, None) for half in halves),
                ({}, "stop"),
            ]
            events = [
                {**head, "choices": [{"index": 0, "delta": d, "finish_reason": f}]}
                for d, f in deltas
            ]
            usage = answer_of("chat_plain")["usage"]
            events.append({**head, "choices": [], "usage": usage})
        case "response":
            place = {"item_id": "m1", "output_index": 1, "content_index": 0}
            events = [
                {
                    "type": "response.output_text.delta",
                    "delta": half,
                    "sequence_number": number,
                    "logprobs": [],
                    **place,
                }
                for number, half in enumerate(halves)
            ]
            whole = {"type": "response.completed", "sequence_number": 2}
            events.append({**whole, "response": response_body(ANSWER_TEXT)})
        case "message":
            start = message_body([], None)
            start["usage"] = {"input_tokens": 7, "output_tokens": 1}
            block = {"type": "text", "text": ""}
            events = [
                {"type": "message_start", "message": start},
                {"type": "content_block_start", "index": 0, "content_block": block},
                {"type": "ping"},
                *(
                    {
                        "type": "content_block_delta",
                        "index": 0,
                        "delta": {"type": "text_delta", "text": half},
                    }
                    for half in halves
                ),
                {"type": "content_block_stop", "index": 0},
                {
                    "type": "message_delta",
                    "delta": {"stop_reason": "end_turn", "stop_sequence": None},
                    "usage": {"output_tokens": 5},
                },
                {"type": "message_stop"},
            ]
        case _:
            events = [
                gemini_body({"text": halves[0]}, None),
                gemini_body({"text": halves[1]}),
            ]
    told = [
        (f"event: {event['type']}\n" if "type" in event else "")
        + f"data: {json.dumps(event, ensure_ascii=False)}\n\n"
        for event in events
    ]
    return "".join(told) + ("data: [DONE]\n\n" if name.startswith("chat") else "")


@pytest.fixture(scope="module")
def requests() -> Iterator[Requests]:
    caught = Requests()

    class Server(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            address, _, query = self.path.partition("?")
            _, name, rest = address.split("/", 2)
            headers = {key.lower(): value for key, value in self.headers.items()}
            caught.by_name[name] = Caught(
                self.command, f"/{rest}", query, headers, json.loads(body)
            )
            is_stream = name.endswith("stream")
            text = stream_of(name) if is_stream else json.dumps(answer_of(name))
            kind = "text/event-stream" if is_stream else "application/json"
            self.send_response(200)
            self.send_header("content-type", f"{kind}; charset=utf-8")
            self.send_header("content-length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        caught.url = f"http://127.0.0.1:{server.server_port}"
        yield caught
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def theirs(requests: Requests) -> tuple[dict[str, Caught], dict[str, Any]]:
    """What the SDKs sent, and what they read."""
    python = peers_python()
    assert python.exists(), f"there is no {python}: `make peers` installs it"
    tool = {
        "name": TOOL.name,
        "description": TOOL.description(),
        "parameters": TOOL.parameters(),
    }
    ran = subprocess.run(
        [python, "-m", "tests.peers.sdk_calls"],
        input=json.dumps({"url": requests.url, "tool": tool}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return dict(requests.by_name), json.loads(ran.stdout)


@pytest.fixture(scope="module")
def ours(
    requests: Requests, theirs: object
) -> tuple[dict[str, Caught], dict[str, Any]]:
    """What our providers sent, and what they read."""

    async def call(name: str) -> Any:
        provider, _, what = name.partition("_")
        api, path, vectors = PROVIDERS[provider]
        url = f"{requests.url}/{name}{path}"
        connection = provider_model(api, name, base_url=url, api_key="sk-test")
        if what == "vectors":
            given: dict[str, Any] = {}
            if provider == "chat":
                given["encoding_format"] = "float"
            assert vectors is not None
            found: TextVectors = await vectors(connection, "e", ["one", "two"], given)
            return {"vectors": found.vectors}
        pieces: list[str] = []

        async def progress(text: str) -> None:
            pieces.append(text)

        listener = progress if what == "stream" else None
        answer: ModelAnswer = await connection.send(request_of(name), listener)
        assert answer.usage is not None
        assert "".join(pieces) in ("", answer.text)
        return {
            "text": answer.text,
            "calls": [[c.id, c.name, c.arguments] for c in answer.calls],
            "tokens": [answer.usage.input, answer.usage.output],
        }

    async def main() -> dict[str, Any]:
        try:
            return {name: await call(name) for name in NAMES}
        finally:
            await close_clients()

    read = asyncio.run(main())
    return dict(requests.by_name), read


def respelled(data: Any) -> Any:
    """The data with the names that we use."""
    if isinstance(data, dict):
        return {SPELLINGS.get(k, k): respelled(v) for k, v in data.items()}
    return list(map(respelled, data)) if isinstance(data, list) else data


@pytest.mark.parametrize("name", NAMES)
def test_what_is_sent(name: str, theirs: Any, ours: Any) -> None:
    their, our = theirs[0][name], ours[0][name]
    assert (our.method, our.path) == (their.method, their.path)
    assert our.query == their.query
    ours_, theirs_ = (
        {key: c.headers.get(key) for key in KEY_HEADERS} for c in (our, their)
    )
    assert ours_ == {**theirs_, **HEADER_DIFFERENCES.get(name.partition("_")[0], {})}
    assert {**our.body, **LEFT_OUT.get(name, {})} == respelled(their.body)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_read(name: str, theirs: Any, ours: Any) -> None:
    their, our = theirs[1][name], ours[1][name]
    if "text" in their:
        their = {**their, "text": their["text"] or ""}
    assert our == their
