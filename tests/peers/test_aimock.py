"""aimock, which speaks the protocols of four providers, asked by generated modules."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from tests.building import build
from tests.peers.running import events_of, run

HELLO = "Hello from aimock, piece by piece: äöü 🦊."

HEADS = {
    "openai": ("api: openai", "/v1", "gpt-4o-mini"),
    "responses": ("api: openai\n    endpoint: responses", "/v1", "gpt-4o-mini"),
    "anthropic": ("api: anthropic", "", "claude-sonnet-4-5"),
    "gemini": ("api: gemini", "/v1beta", "gemini-2.5-flash"),
    "ollama": ("api: ollama", "", "llama3.2"),
}
"""By provider: the head of its connection, the path below aimock's address, a model."""

SPEC = """
type Review:
    verdict: one of [good, bad]
    score: int
    reasons: list[str]

connection peer:
    {head}
    base_url: "{url}"
    model: {model}

connection forced:
    {head}
    base_url: "{url}"
    model: {model}
    structured_output: {way}

chain c:
    step ask:
        connection: peer
        system: "{{{{ payload.system | default('You are kind.') }}}}"
        prompt: "{{{{ payload.prompt }}}}"

chain tools:
    step ask:
        connection: peer
        prompt: "{{{{ payload.prompt }}}}"
        tools: [tests.peers.tools:temperature]
        rounds: 2

chain typed:
    step ask:
        connection: peer
        prompt: "{{{{ payload.prompt }}}}"
        output: Review

chain forced:
    step ask:
        connection: forced
        prompt: "{{{{ payload.prompt }}}}"
        output: Review
"""


@pytest.fixture(scope="module", params=list(HEADS))
def module(request: pytest.FixtureRequest, aimock: str) -> ModuleType:
    """The chains above, asking one provider's protocol."""
    head, path, model = HEADS[request.param]
    way = "json" if request.param == "ollama" else "tool"
    return build(SPEC.format(head=head, url=aimock + path, model=model, way=way))


def ask(module: ModuleType, prompt: str, chain: str = "c", **more: Any) -> Any:
    """The result of a run that has to go well."""
    record = run(module, chain, {"prompt": prompt, **more})
    assert record["status"] == "ok", record["error"]
    return record["result"]


def streamed(
    module: ModuleType, prompt: str, chain: str = "c"
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What was told of the answer's pieces, and the record of the run."""
    events = events_of(module, chain, {"prompt": prompt})
    pieces = [event["data"] for event in events if event["event"] == "step_progress"]
    return pieces, events[-1]["run"]


def test_an_answer(module: ModuleType) -> None:
    record = run(module, "c", {"prompt": "Say hello"})
    assert record["result"] == HELLO
    (step,) = record["steps"]
    assert step["requests"] == 1
    # aimock tells Ollama's counts as zero.
    assert step["tokens"] in ((0,) if "OllamaModel" in vars(module) else (18,))


def test_a_system_prompt(module: ModuleType) -> None:
    text = ask(module, "Who are you?", system="You are a lighthouse.")
    assert text == "A lighthouse."


def test_a_streamed_answer(module: ModuleType) -> None:
    pieces, record = streamed(module, "Say hello")
    assert record["result"] == HELLO
    assert "".join(piece["text"] for piece in pieces) == HELLO
    assert len(pieces) > 3
    assert record["steps"][0]["tokens"] in (0, 18)


@pytest.mark.parametrize("is_streamed", [False, True])
def test_tools_are_called_and_their_results_return(
    module: ModuleType, is_streamed: bool
) -> None:
    prompt = "What is the temperature in Oslo and Rome?"
    if is_streamed:
        record = streamed(module, prompt, "tools")[1]
    else:
        record = run(module, "tools", {"prompt": prompt})
    assert record["result"] == "Oslo has 7 C, Rome 64 F."
    assert record["steps"][0]["requests"] == 2


def test_the_error_of_a_tool_returns_to_the_model(module: ModuleType) -> None:
    assert ask(module, "The temperature in Atlantis?", "tools") == "It has sunk."


def test_tools_have_an_end(module: ModuleType) -> None:
    record = run(module, "tools", {"prompt": "Never enough tools"})
    assert "asked for tools more than 2 times" in record["error"]
    assert record["steps"][0]["requests"] == 3


@pytest.mark.parametrize("chain", ["typed", "forced"])
def test_an_answer_of_a_type(module: ModuleType, chain: str) -> None:
    review = ask(module, "Review Chains", chain)
    assert review == module.Review(verdict="good", score=9, reasons=["clear", "short"])


def test_a_streamed_answer_of_a_type(module: ModuleType) -> None:
    pieces, record = streamed(module, "Review Chains", "typed")
    partials = [piece["partial"] for piece in pieces if "partial" in piece]
    assert {"verdict": "good", "score": 9} in partials
    assert record["result"].reasons == ["clear", "short"]


def test_an_answer_that_does_not_fit_is_asked_for_again(module: ModuleType) -> None:
    record = run(module, "typed", {"prompt": "Review Loops"})
    assert record["result"] == module.Review(verdict="bad", score=2, reasons=[])
    assert record["steps"][0]["attempts"] == 2
    assert record["steps"][0]["requests"] == 2


@pytest.mark.parametrize("is_streamed", [False, True])
@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        ("Be overloaded", "`peer` answered 529: Overloaded, come back later"),
        ("Be refused", "`peer` answered 400: That is no parameter of ours"),
        ("Be malformed", "`peer` answered with what is not JSON"),
        ("Be disconnected", "`peer` broke the connection off"),
        ("Be unknown", "`peer` answered 503: Strict mode: no fixture matched"),
    ],
)
def test_failures_are_told(
    module: ModuleType, prompt: str, message: str, is_streamed: bool
) -> None:
    if is_streamed:
        pieces, record = streamed(module, prompt)
        assert pieces == []
    else:
        record = run(module, "c", {"prompt": prompt})
    assert record["status"] == "error"
    assert message in record["error"]
    assert "(specs/x.ai:" in record["error"]


def test_a_stream_that_breaks_is_not_begun_again(module: ModuleType) -> None:
    pieces, record = streamed(module, "Break off")
    assert "This text is never told".startswith(pieces[0]["text"])
    assert record["status"] == "error"
    assert "broke the connection off" in record["error"]
    assert record["steps"][0]["attempts"] == 1


def test_vectors(aimock: str) -> None:
    module = build(f"""
        connection peer:
            api: openai
            base_url: "{aimock}/v1"
            model: text-embedding-3-small
        chain c:
            step one:
                embed: a lighthouse
            step many:
                embed: [a lighthouse, "two {{{{ 'lighthouses' }}}}"]
            result: ["{{{{ one }}}}", "{{{{ many }}}}"]
        """)
    vector = [0.5, -0.25, 0.125]
    assert run(module)["result"] == [vector, [vector, vector]]
