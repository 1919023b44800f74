"""What the checks of model calls find: options, abilities, fallbacks, prices, references."""

from __future__ import annotations

import pytest
from n3gen.check import check
from n3gen.check.graph import check_graph
from n3gen.check.meant_options import meant_option
from n3gen.prices import Price
from n3gen.semantics.known import Semantics
from n3gen.spec.load import load_spec
from n3gen.spec.providers.ollama import OllamaConnection

from tests.unit.spec_documents import codes, document, found, marked

HEAD = """connections:
  local: {api: local}
  openai: {api: openai, model: gpt-4o}
  responses: {api: openai, endpoint: responses, model: gpt-4o}
  claude: {api: anthropic, model: claude}
  gemini: {api: gemini, model: gemini}
  ollama: {api: ollama, model: llama3}
  http: {api: http, base_url: "http://x", answer: body.text}
"""
APIS = ("openai", "responses", "claude", "gemini", "ollama", "http", "local")


def told(text: str) -> list[tuple[str, str, str]]:
    """Code, marked text and help of all faults but unused definitions."""
    return [
        (fault.rule.code, marked(fault), str(fault.help))
        for fault in found(text)
        if fault.rule.code != "N309"
    ]


def of_call(api: str, keys: str) -> list[tuple[str, str, str]]:
    """What is told of a connector and of a step with these keys, which is the same."""
    at_connector = told(
        f"{HEAD}connectors: {{w: {{connection: {api}, {keys}}}}}\n"
        "chains: {c: {steps: [{name: a, target: w}]}}"
    )
    at_step = told(
        f"{HEAD}chains: {{c: {{steps: [{{name: a, connection: {api}, {keys}}}]}}}}"
    )
    assert at_connector == at_step
    return at_step


@pytest.mark.parametrize(
    ("api", "options"),
    [
        ("openai", "temperature: 0, max_tokens: 5, top_k: 3, guided_json: {}"),
        ("openai", "provider: {}, repetition_penalty: 1, min_p: 0, cache_prompt: true"),
        ("responses", "max_output_tokens: 5, reasoning: {effort: low}, text: {}"),
        ("claude", "max_tokens: 5, thinking: {}, temperature: 1, top_k: 3"),
        ("gemini", "max_output_tokens: 5, maxOutputTokens: 5, thinkingConfig: {}"),
        ("ollama", "num_ctx: 4096, keep_alive: 5m, think: true"),
        ("http", "anything: 1, model: x"),
        ("local", "anything: 1, model: x"),
        *((api, "extra: {anything: 1, model: x}") for api in APIS),
    ],
)
def test_known_options_are_left_alone(api: str, options: str) -> None:
    assert of_call(api, f"prompt: x, options: {{{options}}}") == []


@pytest.mark.parametrize(
    ("api", "option", "meant"),
    [
        ("openai", "temprature", "temperature"),
        ("openai", "maxTokens", "max_tokens"),
        ("openai", "max_output_tokens", "max_tokens"),
        ("responses", "max_tokens", "max_output_tokens"),
        ("responses", "reasoning_effort", "reasoning"),
        ("claude", "max_completion_tokens", "max_tokens"),
        ("claude", "stop", "stop_sequences"),
        ("gemini", "max_tokens", "max_output_tokens"),
        ("gemini", "topp", "topP"),
        ("ollama", "max_tokens", "num_predict"),
        ("ollama", "repetition_penalty", "repeat_penalty"),
    ],
)
def test_an_unknown_option_is_told_with_the_nearest(
    api: str, option: str, meant: str
) -> None:
    ((code, text, help_),) = of_call(api, f"prompt: x, options: {{{option}: 1}}")
    assert (code, text) == ("N317", option)
    assert help_.startswith(f"did you mean `{meant}`? ")
    assert "`extra:`" in help_


def test_an_option_that_is_near_to_none_points_at_extra() -> None:
    ((code, _, help_),) = of_call("claude", "prompt: x, options: {qqqq: 1}")
    assert (code, help_) == (
        "N317",
        "`qqqq` may be newer (what is under `extra:` is passed on unchecked)",
    )


@pytest.mark.parametrize(
    ("api", "option", "key"),
    [
        ("openai", "model", "`model:`"),
        ("openai", "messages", "`messages:`"),
        ("responses", "input", "`prompt:`"),
        ("responses", "instructions", "`system:`"),
        ("claude", "system", "`system:`"),
        ("gemini", "system_instruction", "`system:`"),
        ("openai", "stream", "streamed"),
        ("openai", "tools", "`tools:`"),
        ("gemini", "tools", "`tools:`"),
        ("openai", "response_format", "`output:`"),
        ("gemini", "responseSchema", "`output:`"),
        ("ollama", "format", "`output:`"),
        ("ollama", "options", "`options:`"),
        ("openai", "timeout", "`timeout:`"),
        ("claude", "betas", "`anthropic-beta`"),
        ("openai", "extra_body", "`extra:`"),
    ],
)
def test_what_has_a_key_of_its_own_is_no_option(
    api: str, option: str, key: str
) -> None:
    ((code, text, help_),) = of_call(api, f"prompt: x, options: {{{option}: 1}}")
    assert (code, text) == ("N318", option)
    assert key in help_


def test_options_of_embeddings_are_others() -> None:
    assert of_call("openai", "embed: x, options: {dimensions: 5}") == []
    assert of_call("gemini", "embed: x, options: {taskType: x}") == []
    ((code, text, _),) = of_call("openai", "embed: x, options: {temperature: 5}")
    assert (code, text) == ("N317", "temperature")


def test_extra_is_a_mapping() -> None:
    ((code, text, _),) = of_call("openai", "prompt: x, options: {extra: 5}")
    assert (code, text) == ("N203", "5")


def test_the_options_of_a_connector_step_are_the_connectors_inputs() -> None:
    text = (
        f"{HEAD}connectors: {{w: {{connection: openai, prompt: '{{{{ options }}}}'}}}}\n"
        "chains: {c: {steps: [{name: a, target: w, options: {zzz: 1, model: 2}}]}}"
    )
    assert told(text) == []


@pytest.mark.parametrize(
    ("api", "keys", "marked_text"),
    [
        ("claude", "embed: x", "embed"),
        ("http", "embed: x", "embed"),
        ("http", "prompt: x, tools: [a.b]", "tools"),
    ],
)
def test_what_an_api_cannot(api: str, keys: str, marked_text: str) -> None:
    ((code, text, _),) = of_call(api, keys)
    assert (code, text) == ("N316", marked_text)


@pytest.mark.parametrize("api", ["openai", "gemini", "ollama", "local"])
def test_what_an_api_can(api: str) -> None:
    assert of_call(api, "embed: x") == []
    assert of_call(api, "prompt: x, tools: [a.b]") == []


@pytest.mark.parametrize("target", ["tool", "a b.c", "a:b:c", "a/b:c"])
def test_a_tool_is_a_function_that_can_be_imported(target: str) -> None:
    ((code, text, _),) = of_call("openai", f"prompt: x, tools: ['{target}']")
    assert (code, text) == ("N305", f"'{target}'")


def test_all_apis_but_two_need_a_model() -> None:
    for api in ("openai", "anthropic", "gemini", "ollama"):
        text = f"connections: {{m: {{api: {api}}}}}\nconnectors: {{w: {{prompt: x}}}}"
        assert codes(text) == ["N308"]
        assert codes(text.replace("prompt: x", "prompt: x, model: y")) == []


def test_messages_in_a_text_are_one_expression() -> None:
    assert of_call("local", "messages: '{{ payload.turns }}'") == []
    ((code, _, _),) = of_call("local", "messages: '{{ payload.a }} {{ payload.b }}'")
    assert code == "N203"


FALLBACKS = (
    HEAD + """types: {Mood: {label: str}, Other: {label: str}, Response: {body: str}}
connectors:
  text: {connection: local, prompt: x}
  mood: {connection: local, prompt: x, output: Mood}
  number: {connection: local, prompt: x, output: int}
  vectors: {connection: local, embed: x}
"""
)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("target: text, fallback: text", "N315"),
        ("target: given, fallback: given", "N315"),
        ("target: text, fallback: [given, given]", "N315"),
        ("target: text, fallback: '{{ x }}'", "N305"),
        ("target: text, fallback: [given, other]", None),
        ("kind: python, target: text, fallback: text", None),
        ("target: mood, fallback: number", "N706"),
        ("target: mood, fallback: vectors", "N706"),
        ("target: vectors, fallback: text", "N706"),
        ("target: text, fallback: mood", "N706"),
        ("target: text, output: Mood, fallback: mood", None),
        ("target: text, output: Mood | int, fallback: [mood, number]", None),
        ("target: text, output: float, fallback: number", None),
        ("target: text, output: any, fallback: [number, vectors]", None),
        ("target: mood, fallback: text", None),
        ("target: given, fallback: [mood, vectors]", None),
        ("target: given, output: Other, fallback: mood", "N706"),
        ("url: https://x, output: Response, fallback: mood", "N706"),
        ("connection: local, prompt: x, fallback: vectors", "N706"),
        ("connection: local, embed: x, fallback: vectors", "N315 no"),
    ],
)
def test_fallbacks(keys: str, expected: str | None) -> None:
    text = f"{FALLBACKS}chains: {{c: {{steps: [{{name: a, {keys}}}]}}}}"
    wanted = [expected] if expected and " " not in expected else []
    assert [code for code, _, _ in told(text)] == wanted


def test_a_fallback_of_a_connector_is_judged_by_the_steps_that_ask_it() -> None:
    text = f"{FALLBACKS}  first: {{connection: local, prompt: x, fallback: mood}}\n"
    assert told(text) == []
    steps = "{name: a, target: first, output: Mood}, {name: b, target: first}"
    assert [
        (code, marked_text)
        for code, marked_text, _ in told(f"{text}chains: {{c: {{steps: [{steps}]}}}}")
    ] == [("N706", "mood")]


def test_what_stands_in_is_not_unused() -> None:
    text = (
        "connections: {m: {api: local}}\n"
        "connectors: {a: {prompt: x, fallback: b}, b: {prompt: x}, c: {prompt: x}}\n"
        "chains: {c: {steps: [{name: s, target: a, fallback: c}]}}"
    )
    assert codes(text) == []
    assert codes(text.replace(", fallback: c", "")) == ["N309"]


def unused(text: str) -> list[str]:
    """The codes that the graph's checks give for the first chain."""
    made = document(text)
    spec, faults = load_spec(made, {})
    assert spec is not None and faults == []
    documents = {made.source.path: made}
    return [f.rule.code for f in check_graph(Semantics(spec, documents))]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("prompt: x", ["N409"]),
        ("prompt: x, tools: [a.b]", []),
        ("prompt: x, fallback: given", []),
        ("prompt: x, fallback: w", ["N409"]),
        ("target: w", ["N409"]),
        ("target: with_tools", []),
        ("prompt: x, fallback: with_tools", []),
        ("url: https://x, fallback: given", []),
    ],
)
def test_a_result_is_unused_where_nothing_else_comes_of_the_step(
    keys: str, expected: list[str]
) -> None:
    text = (
        "connections: {m: {api: local}}\n"
        "connectors: {w: {prompt: x}, with_tools: {prompt: x, tools: [a.b]}}\n"
        f"chains: {{c: {{result: 1, steps: [{{name: a, {keys}}}]}}}}"
    )
    assert unused(text) == expected


def priced(text: str, **prices: float) -> list[tuple[str, str]]:
    made = document(text)
    spec, faults = load_spec(made, {})
    assert spec is not None and faults == []
    table = {model.replace("_", "-"): Price(cost) for model, cost in prices.items()}
    faults = check(Semantics(spec, {made.source.path: made}, table))
    return [
        (fault.message, str(fault.help))
        for fault in faults
        if fault.rule.code == "N604"
    ]


BUDGET = """
connections:
  m: {api: openai, model: gpt-4o}
  l: {api: local}
  e: {api: openai, model: 'env("MODEL")'}
  h: {api: http, base_url: https://x, answer: body}
connectors:
  a: {connection: m, prompt: x, fallback: b}
  b: {connection: m, model: mini, prompt: x}
chains:
  c: {budget: {cost: 0.5}, steps: [STEP]}
  d: {steps: [{name: s, target: a}]}
"""


@pytest.mark.parametrize(
    ("step", "models"),
    [
        ("{name: s, target: a}", ["gpt-4o", "mini"]),
        ("{name: s, target: b}", ["mini"]),
        ("{name: s, kind: chain, target: d}", ["gpt-4o", "mini"]),
        ("{name: s, target: given, fallback: b}", ["mini"]),
        ("{name: s, connection: m, embed: x}", ["gpt-4o"]),
        ("{if: payload.x, then: [{name: s, target: b}]}", ["mini"]),
        ("{name: s, connection: l, prompt: x}", []),
        ("{name: s, connection: e, prompt: x}", []),
        ("{name: s, target: given}", []),
    ],
)
def test_a_budget_of_cost_needs_prices(step: str, models: list[str]) -> None:
    text = BUDGET.replace("STEP", step)
    messages = [message for message, _ in priced(text)]
    assert len(messages) == len(models)
    for model, message in zip(models, messages, strict=True):
        assert f"`{model}`" in message
    assert priced(text, gpt_4o=1.0, mini=0.5) == []
    assert priced(text.replace("cost: 0.5", "tokens: 5")) == []


def test_a_price_of_a_similar_name_is_pointed_at() -> None:
    text = BUDGET.replace("STEP", "{name: s, connection: m, prompt: x}")
    ((_, help_),) = priced(text, gpt_4oo=1.0)
    assert help_ == "did you mean `gpt-4oo`?"


def test_a_call_without_a_model_has_no_price() -> None:
    text = BUDGET.replace("STEP", "{name: s, connection: h, prompt: x}")
    ((message, _),) = priced(text, gpt_4o=1.0)
    assert message == "the budget of cost needs a price, but `s` names no model"


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("prompt: '{{ topic }}'", "topic"),
        ("messages: [{role: user, content: '{{ topic }}'}]", "topic"),
        ("messages: '{{ topic }}'", "topic"),
        ("prompt: x, images: ['{{ topic }}']", "topic"),
        ("embed: [a, '{{ topic }}']", "topic"),
        ("prompt: x, cache: {key: {a: ['{{ topic }}']}}", "topic"),
    ],
)
def test_a_connector_reads_the_payload_and_its_options(
    keys: str, expected: str
) -> None:
    head = "connections: {m: {api: local}}\n"
    (fault,) = found(f"{head}connectors: {{w: {{{keys}}}}}")
    assert (fault.rule.code, marked(fault)) == ("N313", expected)
    keys = keys.replace("topic", "payload.topic")
    assert found(f"{head}connectors: {{w: {{{keys}}}}}") == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("body: '{{ promt }}', answer: body", ["promt"]),
        ("body: {a: ['{{ payload.x }}']}, answer: body", ["payload"]),
        ("body: '{{ run.id }}', answer: body", ["id"]),
        ("body: '{{ body }}', answer: body", ["body"]),
        ("answer: body.x + prompt", ["prompt"]),
        ("answer: options.x", ["options"]),
        ("body: '{{ a }} {{ b }} {{ a }}', answer: body", ["a", "b"]),
        (
            "body: {a: '{{ prompt }}{{ system }}{{ model }}', b: '{{ options }}',"
            " c: '{{ messages }}', d: '{{ env.HOME }}'}, answer: body.x | first",
            [],
        ),
    ],
)
def test_a_request_reads_the_call_and_an_answer_the_body(
    keys: str, expected: list[str]
) -> None:
    text = f"connections: {{m: {{api: http, base_url: https://x, {keys}}}}}"
    faults = found(text)
    assert [marked(fault) for fault in faults] == expected
    assert {fault.rule.code for fault in faults} <= {"N313"}


def test_faults_in_a_request_stand_at_their_place() -> None:
    text = (
        "connections: {m: {api: http, base_url: https://x, answer: 'body.x | lenght'}}"
    )
    (fault,) = found(text)
    assert (fault.rule.code, marked(fault)) == ("N503", "lenght")


def test_options_of_the_same_meaning_are_found_by_it() -> None:
    known = OllamaConnection.OPTIONS
    assert known is not None
    assert meant_option("max_tokens", known) == "num_predict"
    assert meant_option("reasoning_effort", known) == "think"
    assert meant_option("maxOutputTokens", known) == "num_predict"
