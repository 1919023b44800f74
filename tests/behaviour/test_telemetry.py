"""What modules built with `telemetry = "otel"` report: spans, their parents, their ends."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from functools import partial
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from n3gen.compiler import Options
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.trace import SpanKind, StatusCode

from tests.building import build, built_in, built_text
from tests.clock import run
from tests.spans import collected, facts

OTEL = Options(telemetry="otel")
LAYOUTS = ("standalone", "shared")

CHAT = {
    "model": "m-1",
    "choices": [
        {"message": {"role": "assistant", "content": "Short."}, "finish_reason": "stop"}
    ],
    "usage": {"prompt_tokens": 5, "completion_tokens": 2},
}
ANSWERS: dict[str, Any] = {
    "openai": CHAT,
    "responses": {
        "model": "m-1",
        "status": "completed",
        "output": [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Short."}],
            }
        ],
        "usage": {"input_tokens": 5, "output_tokens": 2},
    },
    "anthropic": {
        "model": "m-1",
        "content": [{"type": "text", "text": "Short."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 5, "output_tokens": 2},
    },
    "gemini": {
        "modelVersion": "m-1",
        "candidates": [
            {"content": {"parts": [{"text": "Short."}]}, "finishReason": "STOP"}
        ],
        "usageMetadata": {"promptTokenCount": 5, "candidatesTokenCount": 2},
    },
    "ollama": {
        "model": "m-1",
        "message": {"role": "assistant", "content": "Short."},
        "done": True,
        "done_reason": "stop",
        "prompt_eval_count": 5,
        "eval_count": 2,
    },
}
ASKED = {"responses": "api: openai\n            endpoint: responses"}
LIMITS = {
    "responses": "max_output_tokens",
    "gemini": "maxOutputTokens",
    "ollama": "num_predict",
}
KNOWN_AS = {"responses": "openai", "gemini": "gcp.gemini"}

HOUSE = """
connection house:
    api: openai
    base_url: https://models.example.com/v1
    model: m
"""


def answering(answer: Any) -> httpx.MockTransport:
    """A server that answers with JSON, or as a function says."""

    async def handle(request: httpx.Request) -> httpx.Response:
        if not callable(answer):
            return httpx.Response(200, json=answer)
        found = answer(request)
        response: httpx.Response = await found if asyncio.iscoroutine(found) else found
        return response

    return httpx.MockTransport(handle)


async def events_of(module: Any, chain: str, payload: Any, **given: Any) -> Any:
    """The last event of a run that is streamed."""
    events = [event async for event in module.stream_chain(chain, payload, **given)]
    return events[-1]["run"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("api", ANSWERS)
def test_a_request_to_a_model(
    api: str, layout: Literal["standalone", "shared"], streamed: bool, tmp_path: Path
) -> None:
    spec = f"""
        connection house:
            {ASKED.get(api, "api: " + api)}
            base_url: https://models.example.com:8443/v1
            model: m
        chain c:
            step s:
                prompt: "Sum up: {{{{ payload.text }}}}"
                options: {{temperature: 0.5, {LIMITS.get(api, "max_tokens")}: 9}}
        """
    told: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.append(request.headers.get("traceparent"))
        return httpx.Response(200, json=ANSWERS[api])

    with built_in(layout, spec, tmp_path, OTEL) as module, collected() as spans:
        ask = partial(events_of, module) if streamed else module.run_chain
        record = run(ask("c", {"text": "Long"}, http=answering(answer)))
    assert record["result"] == "Short.", record["error"]
    assert spans.tree() == [
        " > invoke_workflow c",
        "invoke_workflow c > step s",
        "step s > chat m",
    ]
    chat = spans.one("chat m")
    found = facts(chat)
    assert found.pop("gen_ai.request.max_tokens") == 9
    assert (found.pop("gen_ai.response.time_to_first_chunk", None) is None) != streamed
    assert found.pop("gen_ai.request.stream", False) == streamed
    assert found == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": KNOWN_AS.get(api, api),
        "gen_ai.request.model": "m",
        "gen_ai.request.temperature": 0.5,
        "gen_ai.response.model": "m-1",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 5,
        "gen_ai.usage.output_tokens": 2,
        "server.address": "models.example.com",
        "server.port": 8443,
    }
    assert chat.kind is SpanKind.CLIENT
    assert chat.status.status_code is StatusCode.UNSET
    context = chat.get_span_context()
    assert told == [f"00-{context.trace_id:032x}-{context.span_id:016x}-03"]


def test_a_model_of_this_machine_is_no_client() -> None:
    module = build(
        'chain c:\n    step s: {prompt: "Hi", connection: l}\n'
        "connection l: {api: local}\n",
        options=OTEL,
    )
    with collected() as spans:
        run(module.run_chain("c"))
    assert spans.names() == ["chat", "step s", "invoke_workflow c"]
    assert spans.ended[0].kind is SpanKind.INTERNAL
    assert facts(spans.one("invoke_workflow c"))["gen_ai.workflow.name"] == "c"


def test_attempts_are_the_children_of_their_step() -> None:
    module = build(
        HOUSE + """
chain c:
    step s:
        prompt: "Hi"
        retry: {max: 2, delay: 1s, jitter: false}
    step p:
        kind: connector
        target: f
        retry: {max: 1, on: [error]}
        fallback: [g]
""",
        options=OTEL,
    )
    answers = [httpx.Response(503, json={}), httpx.Response(200, json=CHAT)]

    def fail(_: Any) -> None:
        raise ValueError("no")

    async def main() -> Any:
        given = {"f": fail, "g": lambda _: 2}
        http = answering(lambda _: answers.pop(0))
        return await module.run_chain("c", http=http, connectors=given)

    with collected() as spans:
        record = run(main())
    assert record["status"] == "ok", record["error"]
    assert spans.tree() == [
        " > invoke_workflow c",
        "invoke_workflow c > step s",
        "step s > chat m",
        "step s > chat m",
        "invoke_workflow c > step p",
        "step p > attempt",
        "step p > attempt",
        "step p > fallback g",
    ]
    first, second, *_ = [span for span in spans.ended if span.name == "chat m"]
    assert facts(first)["error.type"] == "503"
    assert first.status.status_code is StatusCode.ERROR
    assert second.status.status_code is StatusCode.UNSET
    tried = [span for span in spans.ended if span.name == "attempt"]
    assert [facts(span)["error.type"] for span in tried] == ["ValueError"] * 2
    assert tried[0].status.description == "ValueError: no"
    assert facts(spans.one("step s"))["n3gen.step.attempts"] == 2
    assert spans.one("step p").status.status_code is StatusCode.UNSET
    assert facts(spans.one("step p"))["n3gen.step.fallback"] == "g"


def test_how_spans_end_that_fail_or_are_cut_off() -> None:
    module = build(
        HOUSE + """
chain late:
    timeout: 5
    step s: {prompt: "Hi"}
chain slow:
    step s: {prompt: "Hi", timeout: 2s}
chain failing:
    step s: {fail: "No such order"}
chain hedged:
    race first:
        step fast: {kind: connector, target: fast}
        step careful: {prompt: "Hi"}
""",
        options=OTEL,
    )

    async def never(_: Any) -> Any:
        await asyncio.sleep(1000)

    async def fast(_: Any) -> int:
        await asyncio.sleep(1)
        return 1

    def ran(chain: str) -> Any:
        given = {"http": answering(never), "connectors": {"fast": fast}}
        with collected() as spans:
            run(module.run_chain(chain, **given))
        return spans

    def told(span: Any) -> tuple[str, Any]:
        return span.status.status_code.name, facts(span).get("error.type")

    late = ran("late")
    assert told(late.one("invoke_workflow late")) == ("ERROR", "timeout")
    assert facts(late.one("invoke_workflow late"))["n3gen.run.status"] == "timeout"
    assert told(late.one("step s")) == ("UNSET", None)
    assert facts(late.one("step s"))["n3gen.step.status"] == "cancelled"
    slow = ran("slow")
    assert told(slow.one("chat m")) == ("ERROR", "timeout")
    assert told(slow.one("step s")) == ("ERROR", "timeout")
    assert facts(slow.one("step s"))["n3gen.step.status"] == "timeout"
    assert told(slow.one("invoke_workflow slow")) == ("ERROR", "timeout")
    failing = ran("failing")
    assert told(failing.one("step s")) == ("ERROR", "failed")
    assert failing.one("step s").status.description == "No such order"
    assert facts(failing.one("invoke_workflow failing"))["n3gen.run.status"] == "error"
    hedged = ran("hedged")
    assert told(hedged.one("invoke_workflow hedged")) == ("UNSET", None)
    for name in ("step careful", "chat m"):
        assert told(hedged.one(name)) == ("UNSET", None)
    assert facts(hedged.one("step careful"))["n3gen.step.status"] == "cancelled"


def test_a_run_that_its_caller_cancels() -> None:
    module = build(
        HOUSE + 'chain c:\n    step s: {prompt: "Hi"}\n',
        options=OTEL,
    )

    async def never(_: Any) -> Any:
        await asyncio.sleep(1000)

    async def main() -> None:
        task = asyncio.create_task(module.run_chain("c", http=answering(never)))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        stream = module.stream_chain("c", http=answering(never))
        await anext(stream)
        await anext(stream)
        await stream.aclose()
        handle = module.start_chain("c", http=answering(never))
        await asyncio.sleep(1)
        assert (await handle.cancel())["status"] == "cancelled"

    with collected() as spans:
        run(main())
    runs = [span for span in spans.ended if span.name == "invoke_workflow c"]
    assert [facts(span)["n3gen.run.status"] for span in runs] == ["cancelled"] * 3
    assert all(span.status.status_code is StatusCode.UNSET for span in spans.ended)


def test_rounds_and_members_are_in_the_span_of_their_run(tmp_path: Path) -> None:
    spec = """
        chain c:
            for rows: row in payload parallel 3:
                step one: {kind: connector, target: f}
            step late: {kind: connector, target: f, background: true}
            parallel both:
                step a: {kind: connector, target: f}
                step b: {kind: connector, target: f}
            step sub: {kind: chain, target: inner}
        chain inner:
            step deep: {value: "{{ payload | length }}"}
            step text: {value: "{{ deep + 1 }}"}
        """
    tracer = trace.get_tracer("test")

    def work(ctx: Any) -> int:
        with tracer.start_as_current_span(f"in {ctx.step}"):
            return 1

    for layout in LAYOUTS:
        folder = tmp_path / layout
        folder.mkdir()
        with built_in(layout, spec, folder, OTEL) as module, collected() as spans:
            record = run(module.run_chain("c", [1, 2, 3], connectors={"f": work}))
        assert record["status"] == "ok", record["error"]
        tree = spans.tree()
        assert tree.count("invoke_workflow c > step one") == 3
        assert tree.count("step one > in one") == 3  # in threads
        for part in (
            "invoke_workflow c > step a",
            "step a > in a",
            "step b > in b",
            "invoke_workflow c > step late",
            "step late > in late",
            "invoke_workflow c > step sub",
            "step sub > invoke_workflow inner",
            "invoke_workflow inner > step deep",
        ):
            assert tree.count(part) == 1, (part, tree)
        paths = {facts(s).get("n3gen.step.path") for s in spans.ended}
        assert {"rows[0].one", "rows[2].one", "sub.deep"} <= paths


def test_tools_and_vectors() -> None:
    wanted = {"id": "t1", "function": {"name": "double", "arguments": '{"n": 4}'}}
    failing = {"id": "t2", "function": {"name": "double", "arguments": '{"n": "x"}'}}
    calls = {"message": {"role": "assistant", "tool_calls": [wanted, failing]}}
    answers: list[Any] = [{"choices": [{**calls, "finish_reason": "tool_calls"}]}, CHAT]
    vectors = {
        "data": [{"index": 0, "embedding": [0.1, 0.2]}],
        "usage": {"prompt_tokens": 3},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        is_vector = request.url.path.endswith("embeddings")
        return httpx.Response(200, json=vectors if is_vector else answers.pop(0))

    module = build(
        HOUSE + """
chain c:
    step s:
        prompt: "Double it"
        tools:
            - {name: double, target: "tests.behaviour.test_telemetry:double"}
    step v: {kind: llm, embed: "a text"}
""",
        options=OTEL,
    )
    with collected() as spans:
        record = run(module.run_chain("c", http=answering(answer)))
    assert record["status"] == "ok", record["error"]
    assert spans.tree()[1:] == [
        "invoke_workflow c > step s",
        "step s > chat m",
        "step s > execute_tool double",
        "step s > execute_tool double",
        "step s > chat m",
        "invoke_workflow c > step v",
        "step v > embeddings m",
    ]
    first, second = [s for s in spans.ended if s.name == "execute_tool double"]
    assert (
        facts(first)
        == {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "double",
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.id": "t1",
            "gen_ai.tool.description": "Double a number.",
        }
        or facts(second)["gen_ai.tool.call.id"] == "t1"
    )
    ended = {facts(s)["gen_ai.tool.call.id"]: s for s in (first, second)}
    assert ended["t1"].status.status_code is StatusCode.UNSET
    assert facts(ended["t2"])["error.type"] == "tool_error"
    asked = [s for s in spans.ended if s.name == "chat m"]
    reasons = [facts(s)["gen_ai.response.finish_reasons"] for s in asked]
    assert reasons == [("tool_call",), ("stop",)]
    found = facts(spans.one("embeddings m"))
    assert found["gen_ai.embeddings.dimension.count"] == 2
    assert found["gen_ai.usage.input_tokens"] == 3


def double(n: int) -> int:
    """Double a number."""
    return 2 * n


def test_prompts_are_on_spans_only_where_that_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = build(
        HOUSE + 'chain c:\n    step s: {system: "Be short", prompt: "My secret"}\n',
        options=OTEL,
    )

    def asked() -> Any:
        with collected() as spans:
            run(module.run_chain("c", http=answering(CHAT)))
        told = json.dumps([facts(s) for s in spans.ended])
        return told, facts(spans.one("chat m"))

    told, _ = asked()
    assert "secret" not in told
    assert "Short." not in told
    variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
    monkeypatch.setenv(variable, "EVENT_ONLY")
    assert "secret" not in asked()[0]
    for value in ("true", "SPAN_ONLY"):
        monkeypatch.setenv(variable, value)
        _, found = asked()
        text = {"type": "text", "content": "My secret"}
        assert json.loads(found["gen_ai.input.messages"]) == [
            {"role": "user", "parts": [text]}
        ]
        (said,) = json.loads(found["gen_ai.output.messages"])
        assert said["parts"] == [{"type": "text", "content": "Short."}]
        assert said["finish_reason"] == "stop"
        (system,) = json.loads(found["gen_ai.system_instructions"])
        assert system["content"] == "Be short"


def test_what_a_model_said_wrongly_is_not_on_spans() -> None:
    module = build(
        HOUSE + 'chain c:\n    step s: {prompt: "Hi", output: int}\n',
        options=OTEL,
    )
    with collected() as spans:
        record = run(module.run_chain("c", http=answering(CHAT)))
    assert record["status"] == "error"
    assert facts(spans.one("step s"))["error.type"] == "invalid_output"
    assert "Short" not in str([(s.status.description, facts(s)) for s in spans.ended])


HALF = "a \ud800 b"
"""Half of a surrogate pair between letters, as models answer with it at times."""


def test_no_text_on_a_span_keeps_it_from_its_export(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.CRITICAL, "n3gen")  # xdist cannot send the half on
    module = build(
        HOUSE + """
chain c:
    for rounds: name in [payload.half]:
        key: name
        step ask: {prompt: "Say it.", connection: house, on_error: continue}
        step refuse: {fail: "No {{ payload.half }}", on_error: continue}
    """,
        options=OTEL,
    )
    answer = CHAT | {"model": HALF}
    body = json.dumps(answer).encode()
    with collected() as spans:
        http = answering(lambda _: httpx.Response(200, content=body))
        payload = {"half": HALF}
        record = run(module.run_chain("c", payload, http=http, run_id=HALF))
    assert record["status"] == "ok"
    assert encode_spans(spans.ended).SerializeToString()
    shown = HALF.encode(errors="backslashreplace").decode()
    asked = facts(spans.one("chat m"))
    assert asked["gen_ai.response.model"] == HALF.replace("\ud800", "\ufffd")
    refused = spans.one("step refuse")
    assert facts(refused)["n3gen.step.path"] == f"rounds[{shown}].refuse"
    assert refused.status.description == f"No {shown}"


@pytest.mark.parametrize("instrumented", [False, True])
def test_http_steps_beside_the_instrumentation_of_httpx(instrumented: bool) -> None:
    module = build(
        HOUSE + """
chain c:
    step page: {url: "https://pages.example.com/a?key=secret"}
    step gone: {url: "https://pages.example.com/gone", on_error: skip}
    step s: {prompt: "Hi"}
""",
        options=OTEL,
    )
    told: dict[str, str] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        told[request.url.path] = request.headers["traceparent"].split("-")[2]
        status = 404 if "gone" in request.url.path else 200
        return httpx.Response(status, json=CHAT)

    instrumentor = HTTPXClientInstrumentor()
    client = httpx.AsyncClient(transport=answering(answer))
    if instrumented:
        instrumentor.instrument_client(client)

    async def main() -> Any:
        async with client:
            return await module.run_chain("c", http=client)

    with collected() as spans:
        record = asyncio.run(main())
    assert record["status"] == "ok", record["error"]
    page, gone = [s for s in spans.ended if s.name == "GET"]
    assert spans.parent(page) == "step page"
    assert page.kind is SpanKind.CLIENT
    assert facts(page) == {
        "http.request.method": "GET",
        "url.full": "https://pages.example.com/a",
        "server.address": "pages.example.com",
        "server.port": 443,
        "http.response.status_code": 200,
    }
    assert facts(gone)["error.type"] == "404"
    assert facts(gone)["http.response.status_code"] == 404
    assert told["/a"] == f"{page.get_span_context().span_id:016x}"
    sent = [s for s in spans.ended if s.name == "POST"]
    assert len(sent) == instrumented
    assert all(spans.parent(span) == "chat m" for span in sent)
    told_by = sent[0] if instrumented else spans.one("chat m")
    assert told["/v1/chat/completions"] == f"{told_by.get_span_context().span_id:016x}"


@pytest.mark.large
def test_worker_processes_know_of_their_span(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = """
        chain c:
            step s:
                kind: python
                target: "tests.behaviour.test_telemetry:current"
                executor: process
                with: {a: 1}
        """
    monkeypatch.syspath_prepend(str(tmp_path))
    (tmp_path / "traced_module.py").write_text(built_text(spec, options=OTEL))
    import traced_module  # type: ignore[import-not-found]

    with collected() as spans:
        record = asyncio.run(traced_module.run_chain("c"))
        traced_module.drop_workers()
    del sys.modules["traced_module"]
    assert record["status"] == "ok", record["error"]
    context = spans.one("step s").get_span_context()
    assert record["result"] == [context.trace_id, context.span_id, 1]


def current(a: int) -> list[int]:
    """The trace and the span of this process."""
    context = trace.get_current_span().get_span_context()
    return [context.trace_id, context.span_id, a]


def test_a_run_is_in_the_span_of_its_caller() -> None:
    module = build('chain c:\n    step s: {emit: "hello"}\n', options=OTEL)

    async def main() -> None:
        with trace.get_tracer("test").start_as_current_span("request"):
            await module.run_chain("c")
            await events_of(module, "c", None)
            assert trace.get_current_span().is_recording()

    with collected() as spans:
        run(main())
    assert spans.tree().count("request > invoke_workflow c") == 2


def test_other_modules_carry_no_line_of_it() -> None:
    text = built_text(HOUSE + 'chain c:\n    step s: {prompt: "Hi"}\n')
    assert "opentelemetry" not in text
    assert "Traced" not in text
    with_it = built_text(HOUSE + 'chain c:\n    step s: {prompt: "Hi"}\n', options=OTEL)
    assert "opentelemetry.sdk" not in with_it
    assert "PythonTool" not in with_it
    assert "http_request" not in with_it
