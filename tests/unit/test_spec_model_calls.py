"""Connections, connectors and `llm` steps: how they ask, with what, and what is told of it."""

from __future__ import annotations

import pytest
from n3gen.source import SourceFile
from n3gen.spec.load import load_spec
from n3gen.spec.model import Connection, Connector, Step
from n3gen.syntax import format_ai, print_ai, print_yaml, read_document

from tests.unit.spec_documents import loaded, marked

HEAD = "connections: {m: {api: local}}\n"


def connector_with(keys: str) -> Connector:
    spec, faults = loaded(f"{HEAD}connectors: {{w: {{{keys}}}}}")
    assert spec is not None and not faults, [fault.message for fault in faults]
    return spec.connectors[0]


def connection_with(keys: str) -> Connection:
    spec, faults = loaded(f"connections: {{m: {{{keys}}}}}")
    assert spec is not None and not faults, [fault.message for fault in faults]
    return spec.connections[0]


def told(text: str) -> list[tuple[str, str]]:
    return [(fault.rule.code, marked(fault)) for fault in loaded(text)[1]]


@pytest.mark.parametrize("api", ["openai", "anthropic", "gemini", "ollama", "local"])
def test_apis(api: str) -> None:
    assert connection_with(f"api: {api}").api == api


def test_an_endpoint_of_ones_own() -> None:
    found = connection_with(
        "api: http, base_url: 'http://x', method: put, path: /v1, query: {v: '1'},"
        " body: {text: '{{ prompt }}'}, answer: body.text, timeout: {total: 5}"
    )
    assert (found.method, found.path, found.query) == ("PUT", "/v1", {"v": "1"})
    assert (found.has_body, found.body) == (True, {"text": "{{ prompt }}"})
    assert found.answer == "body.text"
    assert not connection_with("api: http, base_url: 'x', answer: body").has_body


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("api: openai, endpoint: responces", [("N207", "responces")]),
        ("api: anthropic, endpoint: chat", [("N205", "endpoint")]),
        ("api: openai, answer: body", [("N205", "answer")]),
        ("api: openai, body: {}", [("N205", "body")]),
        ("api: gemini, path: /x", [("N205", "path")]),
        ("api: local, method: GET", [("N205", "method")]),
        ("api: gemini, answers: []", [("N205", "answers")]),
        ("api: http, base_url: https://x", [("N202", "m")]),
        ("api: http, answer: body", [("N202", "m")]),
        ("api: http, base_url: https://x, answer: [1]", [("N203", "[1]")]),
        (
            "api: http, base_url: https://x, answer: body, method: FETCH",
            [("N207", "FETCH")],
        ),
        (
            "api: http, base_url: https://x, answer: body, body: .inf",
            [("N209", ".inf")],
        ),
        (
            "api: http, base_url: https://x, answer: b, timeout: {idle: 5}",
            [("N205", "idle")],
        ),
        ("api: local, timeout: {first_token: 5}", [("N205", "first_token")]),
        ("api: openai, structured_output: shema", [("N207", "shema")]),
        ("api: anthropic, structured_output: json", [("N207", "json")]),
        ("api: ollama, structured_output: tool", [("N207", "tool")]),
        ("api: openai, structured_output: [tool]", [("N207", "[tool]")]),
        ("api: openai, idempotency_header: 'a b'", [("N203", "'a b'")]),
        ("api: openai, idempotency_header: 1", [("N203", "1")]),
        ("api: openai, query: {v: 1}", [("N203", "1")]),
        ("api: openai, query: {v: env(V)}", [("N214", "env(V)")]),
        ("api: openai, headers: {x-api-key: abc}", [("N215", "***")]),
        ("api: openai, headers: {Authorization: Bearer abc}", [("N215", "Bearer ***")]),
        ("api: gemini, headers: {X-Goog-Api-Key: abc}", [("N215", "***")]),
        ("api: gemini, query: {key: abc}", [("N215", "***")]),
        ("api: openai, query: {access_token: abc}", [("N215", "***")]),
        (
            "api: openai, headers: {Ocp-Apim-Subscription-Key: abc}",
            [("N215", "***")],
        ),
        (
            "api: openai, base_url: 'http://a:b@x.org/v1'",
            [("N215", "'http://a:*@x.org/v1'")],
        ),
    ],
)
def test_faults_of_connections(keys: str, expected: list[tuple[str, str]]) -> None:
    assert told(f"connections: {{m: {{{keys}}}}}") == expected


@pytest.mark.parametrize(
    "keys",
    [
        'headers: {x-api-key: env("K"), accept: x, anthropic-beta: a, x-key-id: b}',
        "query: {key: \"env('K', '')\", api-version: '1', max_tokens: '5'}",
        "headers: {authorization: ''}",
        "base_url: 'http://x.org:80/a@b'",
        "structured_output: tool",
    ],
)
def test_what_is_no_secret_is_left_alone(keys: str) -> None:
    assert connection_with(f"api: openai, {keys}").api == "openai"


def test_messages_images_and_tools() -> None:
    found = connector_with(
        "messages: [{role: system, content: Be brief.}, {role: user, content: x,"
        " images: ['{{ payload.a }}']}], prompt: y, images: '{{ payload.photos }}',"
        " tools: [a.b:c, {name: d, target: e.f, description: g}], rounds: 3"
    )
    assert [message["role"] for message in found.messages] == ["system", "user"]
    assert found.images == "{{ payload.photos }}"
    assert [(t.name, t.target, t.description) for t in found.tools] == [
        ("c", "a.b:c", None),
        ("d", "e.f", "g"),
    ]
    assert found.rounds == 3


def test_tools_by_name() -> None:
    found = connector_with("prompt: x, tools: {now: a.b:c, then: {target: d.e}}")
    assert [(tool.name, tool.target) for tool in found.tools] == [
        ("now", "a.b:c"),
        ("then", "d.e"),
    ]


@pytest.mark.parametrize(
    ("keys", "embed"), [("embed: x", "x"), ("embed: [x, '{{ y }}']", ["x", "{{ y }}"])]
)
def test_embeddings(keys: str, embed: object) -> None:
    assert connector_with(keys).embed == embed


@pytest.mark.parametrize("keys", ["messages: '{{ payload.turns }}'", "embed: x"])
def test_they_tell_the_kind_of_a_step(keys: str) -> None:
    spec, faults = loaded(f"{HEAD}chains: {{c: {{steps: [{{name: a, {keys}}}]}}}}")
    assert spec is not None and faults == []
    step = spec.chains[0].steps[0]
    assert isinstance(step, Step)
    assert (step.kind, step.connection, step.prompt) == ("llm", "m", None)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("{}", [("N202", "w")]),
        ("{promt: x}", [("N201", "promt")]),
        ("{prompt: [x]}", [("N203", "[x]")]),
        ("{prompt: x, embed: y}", [("N205", "prompt")]),
        ("{embed: y, output: int}", [("N205", "output")]),
        (
            "{embed: y, tools: [a.b], rounds: 1}",
            [("N205", "tools"), ("N205", "rounds")],
        ),
        ("{embed: y, images: z}", [("N205", "images")]),
        ("{embed: []}", [("N203", "[]")]),
        ("{embed: 5}", [("N203", "5")]),
        ("{embed: [x, 5]}", [("N203", "5")]),
        ("{messages: x}", [("N203", "x")]),
        ("{messages: []}", [("N203", "[]")]),
        ("{messages: {role: user}}", [("N203", "{role: user}")]),
        ("{messages: [x]}", [("N203", "x")]),
        ("{messages: [{role: user}]}", [("N202", "{role: user}")]),
        ("{messages: [{content: x}]}", [("N202", "{content: x}")]),
        ("{messages: [{role: bot, content: x}]}", [("N207", "bot")]),
        ("{messages: [{role: user, content: 5}]}", [("N203", "5")]),
        ("{messages: [{role: user, content: x, image: y}]}", [("N201", "image")]),
        ("{messages: [{role: user, content: x, images: 5}]}", [("N203", "5")]),
        ("{messages: '{{ x }}', images: y}", [("N205", "images")]),
        ("{prompt: x, images: [5]}", [("N203", "5")]),
        ("{prompt: x, rounds: 3}", [("N205", "rounds")]),
        ("{prompt: x, tools: [a.b], rounds: 0}", [("N219", "0")]),
        ("{prompt: x, tools: a.b}", [("N203", "a.b")]),
        ("{prompt: x, tools: [5]}", [("N203", "5")]),
        ("{prompt: x, tools: [{name: a}]}", [("N202", "a")]),
        ("{prompt: x, tools: [{target: a.b, nmae: c}]}", [("N201", "nmae")]),
        ("{prompt: x, tools: [a.b, c.b]}", [("N302", "c.b")]),
        ("{prompt: x, tools: [a.b, {name: b, target: c.d}]}", [("N302", "b")]),
        ("{prompt: x, tools: {'a b': c.d}}", [("N210", "'a b'")]),
        ("{prompt: x, tools: {a: {name: b, target: c.d}}}", [("N201", "name")]),
        ("{prompt: x, tools: [{name: '', target: c.d}]}", [("N210", "''")]),
        ("{prompt: x, tools: [a.größe]}", [("N210", "a.größe")]),
        (
            f"{{prompt: x, tools: [{{name: {'a' * 65}, target: c.d}}]}}",
            [("N210", "a" * 65)],
        ),
    ],
)
def test_faults_of_calls(keys: str, expected: list[tuple[str, str]]) -> None:
    assert told(f"{HEAD}connectors: {{w: {keys}}}") == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "a.ai",
            """
connection m:
    api: openai
    timeout:
        connect: 5
        idle: 10s

connector w:
    messages:
        - role: system
          content: |
              Be
              brief.
        - role: user
          content: "{{ payload.a }}"
    tools:
        - app.a:b
        - name: c
          target: app.c:d
    retry:
        max: 3
        on: [timeout, 429]
    fallback:
        - x
        - connector: y
          on: 5xx
""",
        ),
        (
            "a.yaml",
            """
connections:
  m: {api: openai, timeout: {connect: 5, idle: 10s}}
connectors:
  w:
    messages:
      - {role: system, content: "Be\\nbrief.\\n"}
      - {role: user, content: "{{ payload.a }}"}
    tools: [app.a:b, {name: c, target: app.c:d}]
    retry: {max: 3, on: [timeout, 429]}
    fallback: [x, {connector: y, on: 5xx}]
""",
        ),
    ],
)
def test_both_spellings_say_the_same(name: str, text: str) -> None:
    document, problems = read_document(SourceFile.of(name, text))
    assert document is not None and problems == ()
    spec, faults = load_spec(document, {})
    assert spec is not None and faults == []
    (connection,), (connector,) = spec.connections, spec.connectors
    assert connection.timeouts is not None
    assert (connection.timeouts.connect, connection.timeouts.idle) == (5.0, 10.0)
    assert connector.messages[0] == {"role": "system", "content": "Be\nbrief.\n"}
    assert [tool.name for tool in connector.tools] == ["b", "c"]
    assert connector.retry is not None
    assert connector.retry.on == ("timeout", 429)
    assert [(f.connector, f.on) for f in connector.fallback] == [
        ("x", None),
        ("y", ("5xx",)),
    ]
    for other, written in (
        ("b.ai", print_ai(document)),
        ("b.yaml", print_yaml(document)),
        ("b.ai", format_ai(SourceFile.of("a.ai", print_ai(document)))[0]),
    ):
        assert written is not None
        again, problems = read_document(SourceFile.of(other, written))
        assert again is not None and problems == ()
        assert again.data == document.data
