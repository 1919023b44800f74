"""Where spans reach beside steps: actors, steps that are kept, endpoints of any shape."""

from __future__ import annotations

import asyncio
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from n3gen.compiler import Options
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from tests.building import build, built_text
from tests.clock import run
from tests.spans import collected, facts

OTEL = Options(telemetry="otel")

ACTOR = """
actor desk:
    target: "tests.behaviour.test_telemetry_reach:Desk"
    runs: {kind}
chain c:
    step s: {{ask: desk.current, with: {{a: 1}}}}
    step t: {{ask: desk.later}}
"""


class Desk:
    """An actor that tells the span that its methods are in."""

    def current(self, a: int) -> list[int]:
        context = trace.get_current_span().get_span_context()
        return [context.trace_id, context.span_id, a]

    async def later(self) -> list[int]:
        await asyncio.sleep(0)
        return self.current(2)


@pytest.mark.parametrize(
    "kind", ["loop", "thread", pytest.param("process", marks=pytest.mark.large)]
)
def test_methods_of_actors_are_in_the_span_of_their_message(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"module_of_traced_{kind}"
    monkeypatch.syspath_prepend(str(tmp_path))
    text = built_text(ACTOR.format(kind=kind), options=OTEL)
    (tmp_path / f"{name}.py").write_text(text)
    module = importlib.import_module(name)
    with collected() as spans:
        record = asyncio.run(module.run_chain("c"))
    del sys.modules[name]
    assert record["status"] == "ok", record["error"]
    for number, step in enumerate(record["steps"], 1):
        context = spans.one(f"step {step['name']}").get_span_context()
        assert step["result"] == [context.trace_id, context.span_id, number]


def test_steps_that_are_kept_say_so() -> None:
    module = build(
        "chain c:\n    step a: {target: given}\n    step b: {target: given}\n",
        options=OTEL,
    )

    def fail(ctx: Any) -> int:
        if ctx.step == "b":
            raise ValueError("no")
        return 1

    failed = run(module.run_chain("c", connectors={"given": fail}))
    with collected() as spans:
        given = {"connectors": {"given": lambda _: 2}, "resume": failed}
        record = run(module.run_chain("c", **given))
    assert [step["result"] for step in record["steps"]] == [1, 2]
    assert facts(spans.one("step a"))["n3gen.step.kept"] is True
    assert "n3gen.step.kept" not in facts(spans.one("step b"))


@pytest.mark.parametrize("told", ["", "        headers: {Traceparent: mine}\n"])
def test_an_endpoint_of_any_shape_is_a_model_with_a_span(told: str) -> None:
    module = build(
        "connection gateway:\n    api: http\n"
        "    base_url: https://gate.example.com/ask\n"
        f"{told.replace('        ', '    ', 1)}"
        "    answer: body.said\n"
        "connector clerk:\n    connection: gateway\n    model: m\n"
        '    prompt: "Sum up {{ payload }}"\n'
        "chain c:\n    step s: {target: clerk, retry: {max: 1, delay: 0.1s}}\n",
        options=OTEL,
    )
    asked: list[str] = []
    answers = [httpx.Response(503), httpx.Response(200, json={"said": "Short."})]

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["traceparent"])
        return answers.pop(0)

    with collected() as spans:
        record = run(module.run_chain("c", "x", http=httpx.MockTransport(answer)))
    assert record["result"] == "Short.", record["error"]
    assert spans.tree()[1:] == [
        "invoke_workflow c > step s",
        "step s > chat m",
        "step s > chat m",
    ]
    first, second = [span for span in spans.ended if span.name == "chat m"]
    assert facts(first)["error.type"] == "503"
    found = facts(second)
    assert found["gen_ai.provider.name"] == "gateway"
    assert (found["server.address"], found["server.port"]) == ("gate.example.com", 443)
    assert second.kind is SpanKind.CLIENT
    if told:
        assert asked == ["mine", "mine"]
    else:
        ids = [span.get_span_context().span_id for span in (first, second)]
        assert [head.split("-")[2] for head in asked] == [f"{one:016x}" for one in ids]


@pytest.mark.large
@pytest.mark.parametrize("layout", ["standalone", "shared"])
@pytest.mark.parametrize(
    ("key", "library", "words"),
    [
        ("telemetry", "opentelemetry", "spans need `opentelemetry-api`; `pip install"),
        ("metrics", "prometheus_client", "metrics need `prometheus-client`; `pip"),
        ("target", "dbos", "durable runs need `dbos`; `pip"),
        ("target", "sqlalchemy", "durable runs need `dbos`; `pip"),
    ],
)
def test_a_library_that_is_missing_is_named_with_its_extra(
    key: str, library: str, words: str, layout: str, tmp_path: Path
) -> None:
    from n3gen.cli import main

    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text("chain c:\n    step s: {target: f}\n")
    value = {"telemetry": "otel", "metrics": "prometheus", "target": "dbos"}[key]
    named = "durable" if key == "target" else value
    (tmp_path / "n3gen.toml").write_text(f'runtime = "{layout}"\n{key} = "{value}"\n')
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path)
        assert main(["build"]) == 0
    hidden = f"import sys; sys.modules['{library}'] = None; import generated.x"
    ended = subprocess.run(
        [sys.executable, "-c", hidden], cwd=tmp_path, capture_output=True, text=True
    )
    told = ended.stderr.splitlines()[-1]
    assert told.startswith("ModuleNotFoundError: ")
    assert f"{library}" in told and words in told
    assert f"'n3gen[{named}]'" in told


WRONG_PAYLOADS = """
    chain priv:
        input: {card: int}
        step a: {value: "{{ payload.card }}"}
    chain caller:
        step call:
            kind: chain
            target: priv
            payload: {card: "{{ payload.number }}"}
            retry: 1
    chain racer:
        race first:
            step one: {kind: chain, target: priv, payload: {card: "{{ payload.number }}"}}
            do two:
                step call: {kind: chain, target: caller}
    """


@pytest.mark.parametrize(
    ("chain", "payload"),
    [
        ("priv", {"card": "4111-1111"}),
        ("priv", {"crad": "4111-1111"}),
        ("caller", {"number": "4111-1111"}),
        ("racer", {"number": "4111-1111"}),
    ],
)
def test_spans_quote_nothing_of_a_wrong_payload(
    chain: str, payload: dict[str, str]
) -> None:
    module = build(WRONG_PAYLOADS, options=OTEL)
    with collected() as spans:
        record = run(module.run_chain(chain, payload))
    assert record["status"] == "error"
    failed = [span for span in spans.ended if span.status.description is not None]
    assert spans.one(f"invoke_workflow {chain}") in failed
    assert all("`card` " in str(span.status.description) for span in failed)
    assert not [span for span in spans.ended if "4111-1111" in span.to_json()]
