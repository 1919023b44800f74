"""Every kind of step, run."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from tests.building import build, built_in, built_text
from tests.clock import run


def record_of(module: ModuleType, payload: Any = None, **options: Any) -> Any:
    (chain,) = module.CHAINS
    return run(module.run_chain(chain, payload, **options))


def result_of(module: ModuleType, payload: Any = None, **options: Any) -> Any:
    record = record_of(module, payload, **options)
    assert record["status"] == "ok", record["error"]
    return record["result"]


class Answers(BaseHTTPRequestHandler):
    """A service on loopback: echoes what it was asked, and speaks chat completions."""

    def do_GET(self) -> None:
        self.answer()

    def do_POST(self) -> None:
        self.answer()

    def answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        body = json.loads(self.rfile.read(length) or "null")
        asked = {
            "method": self.command,
            "path": self.path,
            "body": body,
            "key": self.headers.get("authorization"),
        }
        reply: Any = asked
        if self.path.endswith("/chat/completions"):
            content = json.dumps({"label": "good", "asked": asked})
            reply = {
                "choices": [{"message": {"content": content}}],
                "usage": {"prompt_tokens": 10, "completion_tokens": 2},
            }
        if self.path == "/empty/chat/completions":
            reply = {"choices": []}
        status = 503 if self.path.startswith("/down") else 200
        data = json.dumps(reply).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as service:
        thread = Thread(target=service.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{service.server_port}"
        service.shutdown()
        thread.join()


def test_value_keeps_types_and_renders_texts() -> None:
    module = build("""
        chain c:
            input:
                name: str
                n: int = 2
            step double:
                value: "{{ payload.n * 2 }}"
            step hello:
                value: "Hello {{ payload.name | upper }}, {{ double }}"
            result:
                number: "{{ double }}"
                text: "{{ hello }}"
                fixed: [1, yes, null]
        """)
    result = result_of(module, {"name": "Ada"})
    fixed = [1, "yes", None]
    assert result == {"number": 4, "text": "Hello ADA, 4", "fixed": fixed}


def test_a_missing_value_names_step_field_and_line() -> None:
    module = build("""\
        chain c:
            step greet:
                target: f
                options:
                    tone: calm
                    name: "{{ payload.user.name }}"
        """)
    record = record_of(module, {"user": {"id": 3}}, connectors={"f": len})
    assert record["status"] == "error"
    assert "Step 'greet' failed in `options`" in record["error"]
    assert "payload.user.name" in record["error"]
    assert "specs/x.ai" in record["error"]


@pytest.mark.parametrize("is_run", [True, False])
def test_default_takes_the_none_of_a_skipped_step_as_missing(is_run: bool) -> None:
    module = build("""
        chain c:
            input: {go: bool}
            step a:
                value: "x"
                when: payload.go
            if branch: payload.go:
                step b:
                    value: "y"
            while rounds: last != "done" max 2:
                step early:
                    value: "{{ later | default('none yet') }}"
                step later:
                    value: "z"
                    when: payload.go
                step last:
                    value: "{{ early }}"
            result:
                a: "{{ a | default('no a') }}"
                text: "{{ a | d('no a') | upper }} {{ steps.a | default('-') }}"
                other: "{{ a | default(payload.go) }}"
                length: "{{ a | default('', true) | length }}"
                branch: "{{ branch | default('none') }}"
                there: ["{{ a is defined }}", "{{ a is undefined }}"]
                rounds: "{{ rounds }}"
        """)
    assert result_of(module, {"go": is_run}) == {
        "a": "x" if is_run else "no a",
        "text": "X x" if is_run else "NO A -",
        "other": "x" if is_run else False,
        "length": 1 if is_run else 0,
        "branch": "y" if is_run else "none",
        "there": [is_run, not is_run],
        "rounds": "z" if is_run else "none yet",
    }


@pytest.mark.parametrize("is_run", [True, False])
def test_default_takes_a_skipped_step_as_missing_wherever_it_is_read(
    is_run: bool,
) -> None:
    module = build("""
        connection model:
            api: local
            answers:
                - contains: "1, 1"
                  answer: the values
                - contains: "5, 6"
                  answer: the fallbacks
                - answer: neither
        type T:
            n: int
        chain c:
            input: {go: bool}
            step a:
                value: 1
                when: payload.go
            step typed:
                value: {n: 3}
                output: T
                when: payload.go
            if branch: payload.go:
                step x:
                    value: 2
            match case: payload.go:
                case true:
                    step y:
                        value: 4
            step value:
                value: "{{ a | default(5) }}"
            step ask:
                prompt: "{{ a | default(5) }}, {{ steps.a | default(6) }}"
            while rounds: (a | default(0)) == 0 max 2:
                step round:
                    value: "again"
            result:
                value: "{{ value }}"
                result: "{{ a | default(5) }}"
                field: "{{ typed.n | default(6) }}"
                of_steps: "{{ steps.a | default(7) }}"
                item: "{{ steps['a'] | default(7) }}"
                branch: "{{ branch | default(8) }}"
                case: "{{ case | default(9) }}"
                rounds: "{{ rounds }}"
                ask: "{{ ask }}"
        """)
    assert result_of(module, {"go": is_run}) == {
        "value": 1 if is_run else 5,
        "result": 1 if is_run else 5,
        "field": 3 if is_run else 6,
        "of_steps": 1 if is_run else 7,
        "item": 1 if is_run else 7,
        "branch": 2 if is_run else 8,
        "case": 4 if is_run else 9,
        "rounds": None if is_run else "again",
        "ask": "the values" if is_run else "the fallbacks",
    }


def test_when_skips() -> None:
    module = build("""
        chain c:
            step a:
                value: 1
                when: payload.go
            step b:
                value: "{{ a | default('none', true) }}"
        """)
    assert result_of(module, {"go": True}) == 1
    record = record_of(module, {"go": False})
    assert record["steps"][0]["status"] == "skipped"
    assert record["result"] == "none"


def test_llm_and_connector_over_a_local_model() -> None:
    module = build("""
        connection model:
            api: local
            latency: 2s
            answers:
                - contains: [refund, invoice]
                  answer: billing
                - answer: other
        connector classify:
            connection: model
            prompt: "Which {{ options.what }}? {{ payload.text }}"
        chain c:
            step one:
                target: classify
                options: {what: team}
            step two:
                prompt: "Say {{ one }}"
                system: Be brief.
        """)
    record = record_of(module, {"text": "My REFUND, please"})
    assert [step["result"] for step in record["steps"]] == ["billing", "other"]
    assert record["metadata"]["elapsed_ms"] == 4000
    assert all(step["tokens"] for step in record["steps"])


def test_without_answers_the_local_model_sums_up_what_it_is_given() -> None:
    module = build("""
        connection model:
            api: local
        chain c:
            step brief:
                prompt: "{{ payload }}"
        """)
    text = (
        "The kettle boils water. The kettle boils water fast. Cats sleep. "
        "A fast kettle saves time when water boils."
    )
    first = result_of(module, text)
    assert first == result_of(module, text)
    assert "Cats" not in first
    assert "kettle boils water fast" in first


OPENAI = """
    connection service:
        api: openai
        base_url: env("SERVICE_URL")
        api_key: env("SERVICE_KEY")
        timeout: 5
    type Answer:
        label: one of [good, bad]
        asked: any
    chain c:
        step ask:
            prompt: "Is {{ payload.it }} good?"
            system: Be honest.
            model: tiny
            options: {temperature: 0}
            output: Answer
        result: "{{ ask.asked }}"
    """


def test_openai_chat_completions(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_URL", f"{server}/v1/")
    monkeypatch.setenv("SERVICE_KEY", "canary-7f3a")
    text = built_text(OPENAI)
    assert "canary" not in text
    module = build(OPENAI)

    async def main() -> Any:
        try:
            return await module.run_chain("c", {"it": "tea"})
        finally:
            await module.aclose()

    record = asyncio.run(main())
    assert record["status"] == "ok", record["error"]
    assert record["steps"][0]["tokens"] == 12
    assert record["result"] == {
        "method": "POST",
        "path": "/v1/chat/completions",
        "key": "Bearer canary-7f3a",
        "body": {
            "model": "tiny",
            "messages": [
                {"role": "system", "content": "Be honest."},
                {"role": "user", "content": "Is tea good?"},
            ],
            "response_format": {
                "type": "json_schema",
                "json_schema": {
                    "name": "Answer",
                    "schema": {
                        "title": "Answer",
                        "type": "object",
                        "properties": {
                            "label": {
                                "enum": ["good", "bad"],
                                "title": "Label",
                                "type": "string",
                            },
                            "asked": {"title": "Asked"},
                        },
                        "required": ["label", "asked"],
                    },
                    # Its strict mode cannot hold a field that may be anything.
                    "strict": False,
                },
            },
            "temperature": 0,
        },
    }


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/down", "ModelError: `service` answered 503"),
        ("/empty", "ModelError: `service` answered without a text"),
    ],
)
def test_a_failing_service(
    server: str, monkeypatch: pytest.MonkeyPatch, path: str, message: str
) -> None:
    monkeypatch.setenv("SERVICE_URL", server + path)
    monkeypatch.setenv("SERVICE_KEY", "canary-7f3a")
    module = build(OPENAI)

    async def main() -> Any:
        record = await module.run_chain("c", {"it": "tea"})
        await module.aclose()
        return record

    record = asyncio.run(main())
    assert record["status"] == "error"
    assert message in record["error"]
    assert "canary" not in str(record)


def test_a_missing_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("SERVICE_KEY", raising=False)
    record = asyncio.run(build(OPENAI).run_chain("c", {"it": "tea"}))
    assert record["error"] == (
        "Chain 'c' needs environment variables that are not set: SERVICE_KEY"
    )
    assert record["steps"] == []


def test_http(server: str) -> None:
    module = build(f"""
        chain c:
            step send:
                url: "{server}/items/{{{{ payload.id }}}}"
                method: POST
                query: {{q: "{{{{ payload.q }}}}"}}
                headers: {{Authorization: "Token {{{{ payload.id }}}}"}}
                json: {{names: ["{{{{ payload.q }}}}", fixed]}}
            result:
                status: "{{{{ send.status }}}}"
                body: "{{{{ send.body }}}}"
        """)

    async def main(url_id: Any) -> Any:
        record = await module.run_chain("c", {"id": url_id, "q": "a b"})
        await module.aclose()
        return record

    record = asyncio.run(main(7))
    assert record["result"] == {
        "status": 200,
        "body": {
            "method": "POST",
            "path": "/items/7?q=a+b",
            "body": {"names": ["a b", "fixed"]},
            "key": "Token 7",
        },
    }


def test_http_errors_are_the_steps(server: str) -> None:
    module = build(f"""
        chain c:
            step send:
                url: "{server}/down"
        """)

    async def main() -> Any:
        record = await module.run_chain("c")
        await module.aclose()
        return record

    record = asyncio.run(main())
    assert record["steps"][0]["status"] == "error"
    assert "503" in record["error"]


@pytest.fixture
def user_module(monkeypatch: pytest.MonkeyPatch) -> str:
    """A module of the user's, importable."""
    module = ModuleType("users_functions")
    exec(
        """
import asyncio
async def score(text, weight=1):
    await asyncio.sleep(1)
    return len(text) * weight
def sync_score(ctx):
    return ctx.payload["n"] + ctx.options["add"]
async def pages(count):
    for index in range(count):
        yield index
""",
        vars(module),
    )
    monkeypatch.setitem(sys.modules, "users_functions", module)
    return "users_functions"


def test_python_targets(user_module: str) -> None:
    module = build(f"""
        chain c:
            step a:
                kind: python
                target: {user_module}:score
                with: {{text: "{{{{ payload.t }}}}", weight: 3}}
            step b:
                kind: python
                target: {user_module}.sync_score
                options: {{add: "{{{{ a }}}}"}}
            step pages:
                kind: python
                target: {user_module}:pages
                with: {{count: 3}}
            result: ["{{{{ a }}}}", "{{{{ b }}}}", "{{{{ pages }}}}"]
        """)
    assert result_of(module, {"t": "abcd", "n": 1}) == [12, 13, [0, 1, 2]]


def test_given_callables_with_keywords() -> None:
    module = build("""
        chain c:
            step a:
                kind: python
                target: add
                with: {x: 1, y: "{{ payload }}"}
        """)
    connectors = {"add": lambda x, y: x + y}
    assert result_of(module, 41, connectors=connectors) == 42


def test_a_process(user_module: str, tmp_path: Path) -> None:
    spec = """
        chain c:
            step a:
                kind: python
                target: math:factorial
                executor: process
                with: {x: 5}
        """
    # A builtin takes no keywords: what the worker raises is the step's error.
    with built_in("shared", spec, tmp_path) as module:
        record = asyncio.run(module.run_chain("c"))
    assert "factorial() takes no keyword arguments" in record["error"]


def test_a_chain_in_a_chain_shares_deadline_and_records() -> None:
    module = build("""
        chain outer:
            step first:
                value: 2
            step inner:
                kind: chain
                target: enrich
                payload: {n: "{{ first }}"}
            step last:
                value: "{{ inner + 1 }}"
        chain enrich:
            input: {n: int}
            timeout: 5
            step slow:
                target: slow
            step sum:
                value: "{{ payload.n * 10 }}"
        """)

    async def slow(ctx: Any) -> None:
        assert ctx.payload == {"n": 2}
        await asyncio.sleep(seconds)

    seconds = 3.0
    record = run(module.run_chain("outer", connectors={"slow": slow}))
    assert record["result"] == 21
    paths = [step.get("path", step["name"]) for step in record["steps"]]
    assert paths == ["first", "inner", "inner.slow", "inner.sum", "last"]
    assert record["metadata"]["sequential_ms"] == 3000
    seconds = 8.0
    record = run(module.run_chain("outer", connectors={"slow": slow}))
    assert record["status"] == "error"
    assert "Step 'inner' failed: timed out after 5 seconds" in record["error"]
    statuses = {s.get("path", s["name"]): s["status"] for s in record["steps"]}
    assert statuses["inner"] == "timeout"
    assert statuses["inner.slow"] == "cancelled"
    assert record["metadata"]["pending"] == ["last"]


def test_output_types_are_checked() -> None:
    module = build("""
        type Point:
            x: int
            y: int = 0
        chain c:
            step where:
                target: f
                output: list[Point]
            result: "{{ where | map(attribute='x') | sum }}"
        """)
    given = {"f": lambda ctx: [{"x": 1}, {"x": "2"}]}
    assert result_of(module, connectors=given) == 3
    record = record_of(module, connectors={"f": lambda ctx: [{"y": 1}]})
    assert "the result is not of type list[Point]: 0.x: Field required" in str(
        record["error"]
    )
    assert "pydantic" not in record["error"]


def test_typed_functions() -> None:
    module = build("""
        chain "Greet people":
            description: Greets.
            input:
                name: str
                tags: list[str] = []
                loud: bool = false
            step hello:
                value: "{{ payload.name }}{{ payload.tags | length }}{{ payload.loud }}"
        """)
    assert run(module.greet_people("Ada")) == "Ada0False"
    assert run(module.greet_people("Ada", ["x"], loud=True)) == "Ada1True"
    assert list(module.CHAINS) == ["Greet people"]
    assert module.greet_people.__doc__.startswith("Greets.")
    with pytest.raises(module.ChainError, match="`name` must be str") as raised:
        run(module.greet_people(3))
    assert raised.value.run["status"] == "error"
    with pytest.raises(LookupError, match="no chain 'x'"):
        run(module.run_chain("x"))


def test_one_limit_over_all_modules_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MAX_CONCURRENT_LLM_CALLS", "3")
    text = """
        chain c:
            schedule: dag
            {steps}
        """
    step = """
            step s{n}:
                target: f
                parallel: true"""
    spec = text.format(steps="".join(step.format(n=n) for n in range(5)))
    first, second = build(spec), build(spec)
    inside = peak = 0

    async def f(ctx: Any) -> None:
        nonlocal inside, peak
        inside += 1
        peak = max(peak, inside)
        await asyncio.sleep(1)
        inside -= 1

    async def main() -> list[Any]:
        runs = [
            module.run_chain("c", connectors={"f": f}, parallel=True)
            for module in (first, second, first)
        ]
        return await asyncio.gather(*runs)

    records = run(main())
    assert peak == 3
    assert max(r["metadata"]["elapsed_ms"] for r in records) == 5000
    in_sequence = [
        first.run_chain("c", connectors={"f": f}, parallel=False) for _ in range(9)
    ]

    async def many() -> None:
        await asyncio.gather(*in_sequence)

    peak = 0
    run(many())
    assert peak == 3


def test_limit_none_goes_without_a_permit() -> None:
    module = build("""
        chain c:
            step a:
                target: f
                limit: none
                parallel: true
            step b:
                target: f
                limit: none
                parallel: true
        """)

    async def f(ctx: Any) -> None:
        await asyncio.sleep(1)

    record = record_of(
        module, connectors={"f": f}, parallel=True, max_concurrent_llm_calls=1
    )
    assert record["metadata"]["elapsed_ms"] == 1000
