"""LiteLLM's proxy, asked by generated modules: its own answers, and those that it relays.

`relayed` asks aimock by OpenAI's protocol and `relayed-claude` by Anthropic's, so that
the proxy translates what goes both ways.
"""

from __future__ import annotations

import json
from functools import cache
from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.peers.running import events_of, run
from tests.peers.servers import KEY

HELLO = "Hello from aimock, piece by piece: äöü 🦊."

HEADS = {
    "openai": ("api: openai", "/v1"),
    "responses": ("api: openai\n    endpoint: responses", "/v1"),
    "anthropic": ("api: anthropic", ""),
}

SPEC = """
type Review:
    verdict: one of [good, bad]
    score: int
    reasons: list[str]

connection proxy:
    {head}
    base_url: "{url}"
    api_key: env("TEST_LITELLM_KEY")

connector model:
    connection: proxy
    model: {model}
    prompt: "{{{{ payload }}}}"

chain c:
    step ask:
        target: model

chain tools:
    step ask:
        connection: proxy
        model: {model}
        prompt: "{{{{ payload }}}}"
        tools: [tests.peers.tools:temperature]

chain typed:
    step ask:
        connection: proxy
        model: {model}
        prompt: "{{{{ payload }}}}"
        output: Review
"""


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_LITELLM_KEY", KEY)


@cache
def asking(litellm: str, model: str, api: str = "openai") -> ModuleType:
    """The chains above, asking a model of the proxy."""
    head, path = HEADS[api]
    return build(SPEC.format(head=head, url=litellm + path, model=model))


def pieces(events: list[dict[str, Any]]) -> list[str]:
    return [e["data"]["text"] for e in events if e["event"] == "step_progress"]


@pytest.mark.parametrize("api", list(HEADS))
def test_an_answer_of_its_own(litellm: str, api: str) -> None:
    record = run(asking(litellm, "plain", api), payload="Hello")
    assert record["result"] == "Hello from a proxy."
    assert record["steps"][0]["tokens"] > 0


def test_a_stream_of_its_own(litellm: str) -> None:
    events = events_of(asking(litellm, "plain"), payload="Hello")
    assert "".join(pieces(events)) == "Hello from a proxy."
    assert len(pieces(events)) > 3
    assert events[-1]["run"]["steps"][0]["tokens"] > 0


def test_an_answer_in_one_piece_where_a_stream_was_asked_for(litellm: str) -> None:
    # So it answers Anthropic's protocol where it has the answer itself.
    events = events_of(asking(litellm, "plain", "anthropic"), payload="Hello")
    assert pieces(events) == ["Hello from a proxy."]
    assert events[-1]["run"]["result"] == "Hello from a proxy."


@pytest.fixture(scope="module", params=list(HEADS))
def api(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module", params=["relayed", "relayed-claude"])
def relayed(request: pytest.FixtureRequest, litellm: str, api: str) -> ModuleType:
    return asking(litellm, request.param, api)


def test_a_relayed_answer(relayed: ModuleType) -> None:
    record = run(relayed, payload="Say hello")
    assert record["result"] == HELLO
    assert record["steps"][0]["tokens"] == 18


def test_a_relayed_stream(relayed: ModuleType) -> None:
    events = events_of(relayed, payload="Say hello")
    assert "".join(pieces(events)) == HELLO
    assert len(pieces(events)) > 3
    assert events[-1]["run"]["steps"][0]["tokens"] == 18


@pytest.mark.parametrize("is_streamed", [False, True])
def test_relayed_tools(relayed: ModuleType, is_streamed: bool) -> None:
    prompt = "What is the temperature in Oslo and Rome?"
    if is_streamed:
        record = events_of(relayed, "tools", prompt)[-1]["run"]
    else:
        record = run(relayed, "tools", prompt)
    assert record["result"] == "Oslo has 7 C, Rome 64 F."
    assert record["steps"][0]["requests"] == 2


@pytest.mark.parametrize("is_streamed", [False, True])
def test_a_relayed_answer_of_a_type(relayed: ModuleType, is_streamed: bool) -> None:
    if is_streamed:
        record = events_of(relayed, "typed", "Review Chains")[-1]["run"]
    else:
        record = run(relayed, "typed", "Review Chains")
    assert record["result"].reasons == ["clear", "short"]


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize("api", ["openai", "anthropic"])
@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("overloaded", "`proxy` answered 429: litellm.RateLimitError"),
        ("broken", "`proxy` answered 500: litellm.InternalServerError"),
        ("no-such-model", "Invalid model name passed in model=no-such-model"),
    ],
)
def test_failures_are_told(
    litellm: str, model: str, message: str, api: str, is_streamed: bool
) -> None:
    module = asking(litellm, model, api)
    if is_streamed:
        record = events_of(module, payload="Hello")[-1]["run"]
    else:
        record = run(module, payload="Hello")
    assert record["status"] == "error"
    assert message in record["error"]
    assert "(specs/x.ai:" in record["error"]


def test_the_error_of_a_stream_is_told(litellm: str) -> None:
    record = events_of(asking(litellm, "breaks"), payload="Hello")[-1]["run"]
    assert "This is a mock error raised mid-stream" in record["error"]


def test_a_wrong_key_is_told_and_not_shown(
    litellm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_LITELLM_KEY", "sk-wrong-canary-0815")
    record = run(asking(litellm, "plain"), payload="Hello")
    # Without a database of keys it has no 401.
    assert "`proxy` answered 400: No connected db." in record["error"]
    assert "canary" not in json.dumps(record)


def test_a_late_answer(litellm: str) -> None:
    module = build(f"""
        connection proxy:
            api: openai
            base_url: "{litellm}/v1"
            api_key: env("TEST_LITELLM_KEY")
            model: slow
            timeout: 0.3
        chain c:
            step ask:
                prompt: Hello
        """)
    record = run(module)
    assert "`proxy` did not answer within 0.3 seconds" in record["error"]
    assert record["metadata"]["elapsed_ms"] < 2000


def test_a_retry_and_a_fallback(litellm: str) -> None:
    module = build(f"""
        connection proxy:
            api: openai
            base_url: "{litellm}/v1"
            api_key: env("TEST_LITELLM_KEY")
        connector spare:
            connection: proxy
            model: plain
            prompt: Hello
        chain c:
            step ask:
                model: broken
                prompt: Hello
                retry:
                    max: 2
                    delay: 1ms
                fallback: spare
        """)
    record = run(module)
    assert record["result"] == "Hello from a proxy."
    assert record["steps"][0]["requests"] == 4


LIMITED = """
connection proxy:
    api: openai
    base_url: "{url}/v1"
    api_key: env("TEST_LITELLM_KEY")
    model: {model}
{limit}
connection spare:
    api: openai
    base_url: "{url}/v1"
    api_key: env("TEST_LITELLM_KEY")
    model: plain
connector spare:
    connection: spare
    prompt: Hello
chain c:
    timeout: 10
    result: ["{{{{ a }}}}", "{{{{ b }}}}", "{{{{ c }}}}", "{{{{ d }}}}", "{{{{ e }}}}"]
"""


def limited(litellm: str, model: str, limit: str = "") -> ModuleType:
    steps = "".join(f"""
    step {name}:
        connection: proxy
        prompt: Hello
        parallel: true
        fallback:
            - connector: spare
              on: [429]
""" for name in "abcde")
    return build(LIMITED.format(url=litellm, model=model, limit=limit) + steps)


@pytest.fixture(autouse=True)
def in_parallel(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENABLE_PARALLEL_STEPS", "true")


def test_its_rate_limit_leads_to_the_fallback(litellm: str) -> None:
    record = run(limited(litellm, "limited"))
    # It counts by the minute of the clock, which may change meanwhile.
    within = record["result"].count("Within the limit.")
    assert 2 <= within <= 4
    assert record["result"].count("Hello from a proxy.") == 5 - within


def test_a_rate_limit_that_is_kept(litellm: str) -> None:
    limit = "    rate_limit:\n        requests_per_minute: 2\n"
    record = run(limited(litellm, "limited-too", limit))
    # The second one's turn would come after 30 seconds, which is too late here.
    assert record["result"].count("Within the limit.") == 1
    assert record["result"].count("Hello from a proxy.") == 4
    assert record["metadata"]["elapsed_ms"] < 5000


def test_vectors(litellm: str) -> None:
    module = build(f"""
        connection proxy:
            api: openai
            base_url: "{litellm}/v1"
            api_key: env("TEST_LITELLM_KEY")
            model: vectors
        chain c:
            step ask:
                embed: a lighthouse
        """)
    assert run(module)["result"] == [0.5, -0.25, 0.125]
