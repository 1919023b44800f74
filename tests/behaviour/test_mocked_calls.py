"""Tests in specs: no call leaves the process, whatever kind of step makes it."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from n3gen.project.mocks import Mocks

from tests.behaviour.test_spec_tests import Outcomes, messages, outcomes

__all__ = ["outcomes"]

TEMPLATES = Path(__file__).parents[2] / "templates"

CALLED_WITH_STEP = re.compile(r"\b(\w+)\(\s*step\b")

STAY_INSIDE = {
    "ChainStopped",
    "Context",
    "Expression",
    "Permit",
    "all_skipped",
    "emit",
    "expressed",
    "get_or_make",
    "keyed",
    "process_context",
    "remembered",
    "send_item",
    "sleep_durably",
    "try_again",
    "wait_for_answer",
}
"""What templates call with a step, and what itself calls neither model, server nor user."""


@pytest.fixture(autouse=True)
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The requests that would have left the process."""
    requests: list[str] = []

    async def send(
        _: httpx.AsyncClient, request: httpx.Request, **__: object
    ) -> httpx.Response:
        requests.append(str(request.url))
        raise httpx.ConnectError("no network in tests", request=request)

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    monkeypatch.setenv("LLM_KEY", "a-key-that-is-set")
    return requests


def test_every_call_of_the_templates_can_be_mocked() -> None:
    called = {
        name
        for template in TEMPLATES.rglob("*.py.j2")
        for name in CALLED_WITH_STEP.findall(template.read_text())
    }
    wrapped = Mocks(ModuleType("m"), ()).wrappers().keys()
    # The answer is awaited by `wait_for_answer`, whose times and defaults stay real.
    assert called - STAY_INSIDE == {*wrapped} - {"next_answer"}
    assert called >= STAY_INSIDE


def test_what_mocks_replace_or_read_is_in_the_support() -> None:
    support = "\n".join(p.read_text() for p in TEMPLATES.rglob("runtime/**/*.py"))
    defined = {*re.findall(r"^(?:async def|def|class) (\w+)", support, re.MULTILINE)}
    names = {
        *Mocks(ModuleType("m"), ()).wrappers(),
        *("http_clients", "read_env", "read_setting", "require_variables"),
        *("LocalModel", "MissingValue", "ModelAnswer", "ModelError", "ReplayMiss"),
        *("SqliteCache", "Step", "TextVectors", "process_state"),
        *("read_image", "ModelImage", "read_file", "ModelFile"),
    }
    assert names - defined == set()


DEFINITIONS = """
    connection llm:
        api: {api}
        model: m
        {key}
    connection other:
        api: openai
        model: m
        api_key: env("OTHER_KEY_THAT_NOBODY_HAS")
    connector plain:
        connection: llm
        prompt: "hi"
    connector equipped:
        connection: llm
        prompt: "hi"
        tools: [spec_functions:weather]
    connector vectors:
        connection: other
        embed: "hi"
    connector elsewhere:
        connection: other
        prompt: "hi"
    """

SPEC = """
    use definitions
    chain inner:
        step deep: {{connection: llm, prompt: "hi"}}
    chain x:
        step a: {step}
    test t of x:
        {test}
    """

FUNCTIONS = """
    def weather(city: str) -> str:
        raise AssertionError("nobody calls it")
    """

KEY = 'api_key: env("LLM_KEY")'


def told(
    outcomes: Outcomes, step: str, *lines: str, api: str = "openai", key: str = KEY
) -> list[str]:
    """What is reported of a test of one step, which consists of `lines`."""
    spec = SPEC.format(step=step, test="\n        ".join(lines))
    # A connection and a connector that no chain uses are no fault in another file.
    definitions = DEFINITIONS.format(api=api, key=key)
    return messages(outcomes(spec, FUNCTIONS, definitions=definitions)["t"])


TOOLS = '{connection: llm, prompt: "hi", tools: [spec_functions:weather]}'
EMBED = '{connection: llm, embed: "hi"}'

MODEL_STEPS = [
    ('{connection: llm, prompt: "hi"}', "hello"),
    (TOOLS, "hello"),
    (TOOLS[:-1] + ", output: int}", "7"),
    (EMBED, "[0.5]"),
    ('{connection: llm, embed: ["hi", "ho"]}', "[[0.5], [1]]"),
    (EMBED[:-1] + ", cache: {ttl: 1h}}", "[0.5]"),
    (TOOLS[:-1] + ", cache: {ttl: 1h}}", "hello"),
    ("{target: plain}", "hello"),
    ("{target: equipped}", "hello"),
    ("{target: vectors}", "[0.5]"),
    ("{target: elsewhere}", "hello"),
]

STEPS = [
    *MODEL_STEPS,
    ('{url: "https://example.com"}', "{body: 1}"),
    ("{target: given}", "hello"),
    ("{kind: chain, target: inner}", "hello"),
]


@pytest.mark.parametrize(("step", "value"), STEPS)
def test_a_mock_is_all_that_answers(
    outcomes: Outcomes, sent: list[str], step: str, value: str
) -> None:
    lines = f"mock: {{a: {value}}}", f"expect: {{result: {value}}}"
    assert told(outcomes, step, *lines) == []
    assert sent == []


BESIDE = [
    'prompt: "hi", images: ["pics/gone.png"]',
    'prompt: "hi", images: ["{{ env.PICTURE_THAT_IS_NOT_SET }}"]',
    'prompt: "hi", files: ["gone.pdf", "data:none"], images: ["gone.png"]',
    'messages: [{role: user, content: "hi", images: ["gone.png"], files: ["gone"]}]',
]


@pytest.mark.parametrize("form", ["step", "connector", "fallback", "stage", "tools"])
@pytest.mark.parametrize("beside", BESIDE)
def test_a_mocked_call_reads_no_pictures_and_files(
    outcomes: Outcomes, sent: list[str], beside: str, form: str
) -> None:
    seen = f"connection: llm, {beside}"
    step, mock, wanted = f"{{{seen}}}", "hello", "hello you"
    if form == "tools":
        step = f"{{{seen}, tools: ['no_such_module:t']}}"
    elif form == "connector":
        step = "{target: seeing}"
    elif form == "fallback":
        step = "{target: given, fallback: [seeing]}"
        mock = "{error: 503, times: 1, value: hello}"
    spec = f"""
        connection llm: {{api: openai, model: m, {KEY}}}
        connector seeing: {{{seen}}}
        chain x:
            step a: {step}
            step b: {{target: seeing}}
            result: "{{{{ a }}}} {{{{ b }}}}"
        test t of x:
            mock: {{a: {mock}, b: you}}
            expect: {{result: {wanted}}}
        """
    if form == "stage":
        spec = re.sub(r" *result: \"{{ a.*\n", "", spec).replace("hello you", "you")
        spec = spec.replace("chain x:", "pipeline x:")
        spec = spec.replace("step a:", "stage a(n: int) -> any:")
        spec = spec.replace("step b:", "stage b(m: any) -> any:")
        spec = spec.replace("of x:", "of x:\n            payload: {n: 1}")
    assert messages(outcomes(spec)["t"]) == []
    assert sent == []


def test_what_goes_with_the_prompt_of_a_mocked_call_must_be_texts(
    outcomes: Outcomes,
) -> None:
    step = '{connection: llm, prompt: "hi", images: "{{ [payload.n] }}"}'
    (message,) = told(outcomes, step, "payload: {n: 1}", "mock: {a: hello}")
    assert "`images` must be a list of texts, and has" in message


@pytest.mark.parametrize("step", [step for step, _ in STEPS])
def test_what_has_no_mock_is_refused(
    outcomes: Outcomes, sent: list[str], step: str
) -> None:
    (message,) = told(outcomes, step, "expect: {status: error}")
    assert re.match(r"step `a(\.deep)?` (asks|makes a request|calls)\b", message)
    assert "add it to `mock`" in message
    assert sent == []


@pytest.mark.parametrize(
    ("step", "value"),
    [
        ('{connection: other, prompt: "hi", fallback: [equipped]}', "hello"),
        ('{connection: other, prompt: "hi", fallback: [plain]}', "hello"),
        ("{target: given, fallback: [equipped]}", "hello"),
        ("{target: given, fallback: [vectors]}", "[0.5]"),
        ('{connection: llm, embed: "hi", fallback: [vectors]}', "[0.5]"),
        ('{url: "https://example.com", fallback: [equipped]}', "hello"),
    ],
)
def test_a_fallback_is_mocked_with_its_step(
    outcomes: Outcomes, sent: list[str], step: str, value: str
) -> None:
    mock = f"mock: {{a: {{error: 503, times: 1, value: {value}}}}}"
    assert told(outcomes, step, mock, f"expect: {{result: {value}}}") == []
    assert sent == []


@pytest.mark.parametrize(
    ("api", "key"),
    [
        ("openai", KEY),
        ("gemini", KEY),
        ("ollama", 'base_url: "http://127.0.0.1:1"'),
        ("local", "latency: 1s"),
    ],
)
def test_embeddings_of_every_provider_are_mocked(
    outcomes: Outcomes, sent: list[str], api: str, key: str
) -> None:
    lines = "mock: {a: [0.5]}", "expect: {result: [0.5], elapsed_below: 1ms}"
    assert told(outcomes, EMBED, *lines, api=api, key=key) == []
    assert sent == []


@pytest.mark.parametrize(
    ("api", "key"),
    [
        ("openai", KEY),
        ("anthropic", KEY),
        ("gemini", KEY),
        ("ollama", 'base_url: "http://127.0.0.1:1"'),
    ],
)
def test_tools_of_every_provider_are_mocked(
    outcomes: Outcomes, sent: list[str], api: str, key: str
) -> None:
    lines = "mock: {a: hello}", "expect: {result: hello}"
    assert told(outcomes, TOOLS, *lines, api=api, key=key) == []
    assert sent == []


@pytest.mark.parametrize("value", ["hello", "7", "{a: 1}", "null"])
def test_the_mock_of_an_embedding_is_a_list(outcomes: Outcomes, value: str) -> None:
    lines = f"mock: {{a: {value}}}", "expect: {error: a vector or a list of vectors}"
    assert told(outcomes, EMBED, *lines) == []


@pytest.mark.parametrize(
    ("step", "name"),
    [(TOOLS, "llm"), (EMBED, "llm"), ('{url: "https://example.com"}', "http")],
)
def test_a_call_that_no_wrapper_catches_is_refused(
    outcomes: Outcomes,
    sent: list[str],
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    name: str,
) -> None:
    monkeypatch.setattr(Mocks, "wrappers", lambda _: {})
    (message,) = told(outcomes, step, "expect: {status: error}")
    assert message.startswith(f"a request to `{name}` would be made: add it to `mock`")
    assert sent == []


@pytest.mark.parametrize("target", ["plain", "equipped", "vectors", "elsewhere"])
def test_a_mocked_connector_of_the_spec_needs_no_key(
    outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    monkeypatch.delenv("LLM_KEY")
    lines = "mock: {a: [1]}", "expect: {status: ok}"
    assert told(outcomes, f"{{target: {target}}}", *lines) == []


FAILED_RESPONSE = '{url: "https://example.com/{{ env.NOBODY_HAS }}"%s}'


@pytest.mark.parametrize(
    ("more", "mock", "expect"),
    [
        (
            "",
            '{status: 404, headers: {}, body: {error: "no such order"}}',
            'error: "the mock answered with status 404: no such order"',
        ),
        (
            "",
            "{status: 503}",
            "steps: {a: {status: error, attempts: 1}}, status: error",
        ),
        (
            ", retry: 2",
            "{value: {status: 503}}",
            "steps: {a: {status: error, attempts: 3}}, status: error",
        ),
        (
            ", retry: {max: 1, delay: 0.1s}",
            '{status: 429, headers: {Retry-After: "7", content-encoding: gzip}}',
            "elapsed_above: 6.9s, elapsed_below: 7.1s, status: error",
        ),
        (
            ", on_error: continue",
            "{status: 418, body: short}",
            "steps: {a: {status: error, error: 'with status 418: short'}}",
        ),
        ("", "{status: 399, body: 1}", "result: {status: 399, body: 1}"),
        ("", '{status: "404", body: 1}', 'result: {status: "404", body: 1}'),
    ],
)
def test_a_response_that_fails_is_mocked_as_one(
    outcomes: Outcomes, sent: list[str], more: str, mock: str, expect: str
) -> None:
    lines = f"mock: {{a: {mock}}}", f"expect: {{{expect}}}"
    assert told(outcomes, FAILED_RESPONSE % more, *lines) == []
    assert sent == []
