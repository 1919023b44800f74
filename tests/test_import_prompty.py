"""`.prompty` files as specs: by their import, and by `n3gen import prompty` end to end."""

from __future__ import annotations

import asyncio
import re
from itertools import product
from pathlib import Path
from typing import Any

import httpx
import pytest
from n3gen.cli import main
from n3gen.importers.model import Imported
from n3gen.importers.promptflow import import_prompty
from n3gen.source import SourceFile

from tests.building import build
from tests.compiling import problems_of
from tests.test_cli_import import add_flow

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text('specs = ["chains"]\n')
    return tmp_path


PROMPTY = """\
---
name: Basic
description: Answers a question
model:
  api: chat
  configuration: {type: openai, model: gpt-4o, connection: shop_ai}
  parameters: {temperature: 0.2, response_format: {type: json_object}}
inputs:
  name: {type: string, default: Ada}
  question: {type: string}
outputs:
  answer: {type: string}
sample:
  question: Who is {{ it }}?
---
system:
You help {{name}}.

user:
{{question}} {{ nobody }}
"""


def test_a_prompty_becomes_a_chain_with_a_call(root: Path, capsys: Output) -> None:
    (root / "basic.prompty").write_text(PROMPTY)
    assert main(["import", "prompty", "basic.prompty"]) == 0
    out, err = capsys.readouterr()
    assert out == ("basic.prompty -> chains/basic.ai\n     4  basic  prompty     llm\n")
    assert "--> basic.prompty:20:17" in err
    assert "`nobody` is none of its inputs" in err
    text = (root / "chains" / "basic.ai").read_text()
    assert "        system: You help {{payload.name}}.\n" in text
    assert "        output: Answer\n" in text
    assert "connection shop_ai:\n" in text
    assert '        question: "{% raw %}Who is {{ it }}?{% endraw %}"\n' in text
    assert main(["test"]) == 0
    assert main(["lint", "--strict"]) == 0


def test_an_input_that_is_no_name_is_told_at_its_place(
    root: Path, capsys: Output
) -> None:
    functions = "parameters: {tools: [{type: function}], "
    text = PROMPTY.replace("parameters: {", functions).replace("  name:", "  bad-name:")
    (root / "basic.prompty").write_text(text)
    assert main(["import", "prompty", "basic.prompty"]) == 0
    err = capsys.readouterr().err
    told = err[err.index("input `bad-name` is no name of Python") :]
    assert "--> basic.prompty:9:3" in told.split("|")[0]


def test_variables_of_a_prompty_are_read_when_it_runs(
    root: Path, capsys: Output
) -> None:
    named = "model: '${env:SHOP_MODEL:gpt-4o}', azure_deployment: '${env:DEPLOYED}'"
    text = PROMPTY.replace("model: gpt-4o", named).replace("{temperature: 0.2, ", "{")
    text = text.replace(
        "sample:\n  question: Who is {{ it }}?\n", "sample: ${file:a.json}\n"
    )
    (root / "basic.prompty").write_text(text)
    assert main(["import", "prompty", "basic.prompty"]) == 0
    assert "the sample is in another file" in capsys.readouterr().err
    spec = (root / "chains" / "basic.ai").read_text()
    assert "        model: \"{{ env.SHOP_MODEL | default('gpt-4o') }}\"\n" in spec
    assert main(["test"]) == 0
    assert main(["lint", "--strict"]) == 0


def test_prompties_of_a_flow_are_imported_with_it(root: Path, capsys: Output) -> None:
    add_flow(root / "flows" / "hello")
    (root / "flows" / "hello" / "ask.prompty").write_text(PROMPTY)
    assert main(["import", "promptflow", "flows"]) == 0
    assert "2 flows with 2 nodes imported" in capsys.readouterr().err
    assert (root / "chains" / "hello" / "ask.ai").is_file()
    assert main(["import", "prompty", "flows", "--out", "chains/other"]) == 0
    assert (root / "chains" / "other" / "hello" / "ask.ai").is_file()


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("system:\nhello\n", "1:1", "a prompty begins with front matter"),
        ("---\nmodel: {}\n---\n", "2:8", "the prompty has no template"),
        ("---\n- model\n---\nuser:\nx\n", "2:1", "is a mapping, and this is a list"),
        ("---\nmodel: {\n---\nuser:\nx\n", "2:8", "this `{` is not closed"),
    ],
)
def test_faulty_prompties(
    text: str, place: str, message: str, root: Path, capsys: Output
) -> None:
    (root / "x.prompty").write_text(text)
    assert main(["import", "prompty", "x.prompty"]) == 1
    err = capsys.readouterr().err
    assert message in err
    assert f"--> x.prompty:{place}" in err


OPENAI = "https://api.openai.com/v1"


def imported(model: str, rest: str = "inputs: {text: {type: string}}") -> Imported:
    """A prompty whose `model:` has these lines."""
    lines = "\n".join(f"  {line}" for line in model.splitlines())
    text = f"---\nname: Test\nmodel:\n{lines}\n{rest}\n---\nuser:\nSay {{{{text}}}}.\n"
    return import_prompty(SourceFile.of("ask.prompty", text), "ask")


def spec_of(found: Imported) -> str:
    """The text of a spec that nothing is wrong with."""
    assert found.text is not None
    wrong = [one for one in problems_of("ask.ai", found.text) if one.severity != "note"]
    assert [one.message for one in wrong] == []
    return found.text


def connection_of(found: Imported) -> str:
    """The block of the connection, without its comments."""
    match = re.search(r"^connection .*?(?=\n\n)", spec_of(found), re.M | re.S)
    assert match is not None
    return match[0]


def told(found: Imported) -> list[tuple[str, int, str]]:
    """The remarks: severity, line, and what help or message says."""
    return [
        (
            problem.severity.value,
            problem.file.line_at(problem.label.span.start),
            f"{problem.message}: {problem.help}",
        )
        for problem in found.problems
    ]


AZURE = "configuration:\n  type: azure_openai\n  azure_deployment: gpt-4o\n  "


@pytest.mark.parametrize(
    ("model", "lines"),
    [
        (
            f'{AZURE}azure_endpoint: "https://x.openai.azure.com/"\n'
            "  api_version: 2024-02-01\n  api_key: ${env:HOUSE_KEY}",
            [
                "base_url: https://x.openai.azure.com/openai/deployments/gpt-4o",
                'api-key: env("HOUSE_KEY")',
                "api-version: 2024-02-01",
            ],
        ),
        (
            f"{AZURE}azure_endpoint: https://x.openai.azure.com",
            [
                "base_url: https://x.openai.azure.com/openai/v1",
                'api_key: env("AZURE_OPENAI_API_KEY")',
            ],
        ),
        (
            f"{AZURE}azure_endpoint: https://x.openai.azure.com/openai/v1/",
            ["base_url: https://x.openai.azure.com/openai/v1/"],
        ),
        (
            "configuration:\n  type: openai\n  model: m\n  base_url: http://localhost:80",
            ["base_url: http://localhost:80"],
        ),
        (
            "configuration:\n  type: openai\n  model: m\n  base_url: ${env:HOUSE:http://a}",
            ['base_url: env("HOUSE", "http://a")'],
        ),
        (
            "configuration:\n  type: openai\n  model: m\n  organization: ${env:ORG}",
            [f'base_url: env("OPENAI_BASE_URL", "{OPENAI}")', 'env("ORG")'],
        ),
        (
            "configuration:\n  type: serverless\n  model: m\n  endpoint: ${env:WHERE}",
            ['base_url: env("WHERE")', 'api_key: env("SERVERLESS_API_KEY")'],
        ),
        (
            "id: m\nprovider: azure\nconnection:\n  kind: key\n"
            "  endpoint: https://x.openai.azure.com\n  apiKey: ${env:K}",
            ["base_url: https://x.openai.azure.com", 'api_key: env("K")'],
        ),
    ],
)
def test_where_a_prompty_asks(model: str, lines: list[str]) -> None:
    found = imported(model)
    block = connection_of(found)
    assert [line for line in lines if line not in block] == []
    assert told(found) == []


@pytest.mark.parametrize(
    ("endpoint", "way_out"),
    [
        ("${env:PLACE}", "$PLACE/openai/v1"),
        ("${env:PLACE}/", "$PLACE/openai/v1"),
        ("https://${env:NAME}.azure.com", "https://$NAME.azure.com/openai/v1"),
        ("shop.openai.azure.com", "shop.openai.azure.com/openai/v1"),
    ],
)
def test_an_address_that_is_put_together_is_a_variable(
    endpoint: str, way_out: str
) -> None:
    found = imported(f"{AZURE}azure_endpoint: {endpoint}")
    assert 'base_url: env("AZURE_OPENAI_BASE_URL")\n' in connection_of(found)
    assert f"# AZURE_OPENAI_BASE_URL has to be {way_out}\n" in spec_of(found)
    what = "`azure_endpoint` is not all of the address that a connection asks"
    said = f"{what}: set AZURE_OPENAI_BASE_URL to {way_out}"
    assert told(found) == [("warning", 7, said)]


def test_no_key_goes_to_openai_unless_the_file_says_so() -> None:
    types = ("", "type: azure_openai", "type: azure", "type: serverless", "type: house")
    others = ("", "connection: shop", "azure_deployment: m", "endpoint: ${env:E}")
    others = (*others, "azure_endpoint: ${env:E}/x", "api_version: '1'")
    for parts in product(types, others):
        lines = [one for one in parts if one]
        if not lines or lines == ["api_version: '1'"]:
            continue  # nothing says where to ask, which is reported
        model = "\n  ".join(["configuration:", "model: m", *lines])
        assert OPENAI not in connection_of(imported(model)), model


def test_a_prompty_without_a_connection_says_whom_it_asks() -> None:
    found = imported("api: chat\nconfiguration: {model: m}")
    assert OPENAI in connection_of(found)
    said = "the prompty names no connection: it asks `openai`: None"
    assert told(found) == [("note", 3, said)]


def test_a_key_that_is_written_out_stays_out() -> None:
    found = imported(f"{AZURE}azure_endpoint: https://x.com\n  api_key: abc123")
    assert "abc123" not in spec_of(found)
    assert told(found) == [
        (
            "note",
            8,
            "the key is read from the variable AZURE_OPENAI_API_KEY: "
            "the file has it written out: renew it if others have that",
        )
    ]


def test_the_request_goes_to_the_deployment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        message = {"role": "assistant", "content": "Hello"}
        return httpx.Response(200, json={"choices": [{"message": message}]})

    monkeypatch.setenv("HOUSE_KEY", "k-1")
    module = build(
        spec_of(
            imported(
                f"{AZURE}azure_endpoint: https://x.openai.azure.com\n"
                "  api_version: 2024-02-01\n  api_key: ${env:HOUSE_KEY}\n"
                "parameters: {max_tokens: 7, response_format: {type: json_object}}"
            )
        )
    )

    async def run() -> dict[str, Any]:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            record: dict[str, Any] = await module.run_chain(
                "ask", {"text": "hi"}, http=client
            )
            return record

    assert asyncio.run(run())["result"] == {"output": "Hello"}
    (request,) = seen
    assert str(request.url) == (
        "https://x.openai.azure.com/openai/deployments/gpt-4o/chat/completions"
        "?api-version=2024-02-01"
    )
    assert request.headers["api-key"] == "k-1"
    assert "authorization" not in request.headers
    sent = request.read().decode()
    assert '"max_tokens":7' in sent.replace(" ", "")
    assert '"response_format":{"type":"json_object"}' in sent.replace(" ", "")


NAMES = ["user", "stop", "n", "seed", "temperature", "top_p", "tools", "functions"]
NAMES += ["model", "api", "connection", "deployment_name", "response_format", "name"]
NAMES += ["prompt", "stream", "max_tokens", "ask", "type", "configuration"]


@pytest.mark.parametrize("name", NAMES)
def test_an_input_may_have_the_name_of_an_option(name: str) -> None:
    text = (
        "---\nname: Test\nmodel:\n  configuration: {type: openai, model: gpt-4o}\n"
        f"  parameters: {{temperature: 0.5}}\ninputs:\n  {name}: {{type: string}}\n"
        f"sample:\n  {name}: hey\n---\nuser:\nSay {{{{{name}}}}} now.\n"
    )
    found = import_prompty(SourceFile.of("ask.prompty", text), "call")
    spec = spec_of(found)
    assert f"prompt: Say {{{{payload.{name}}}}} now." in spec
    assert "        model: gpt-4o\n" in spec
    assert "        options:\n            temperature: 0.5\n\n" in spec
    assert told(found) == []


def test_options_stand_in_several_places() -> None:
    found = imported(
        "configuration: {type: openai, model: m}\n"
        "options: {max_tokens: 20, temperature: 1, topP: 0.5}\n"
        "parameters:\n  temperature: 0.5\n  stop: ['{{', '${env:STOP}']\n"
        "  reasoning_effort: low\n  ours: {a: 1}\n  suffix: x\n  stream: true\n"
        "  logit_bias: ${file:bias.json}"
    )
    assert spec_of(found).partition("        options:\n")[2].partition("\n\n")[0] == (
        "            max_tokens: 20\n            temperature: 0.5\n"
        "            top_p: 0.5\n"
        '            stop: ["{% raw %}{{{% endraw %}", "{{ env.STOP }}"]\n'
        "            reasoning_effort: low\n"
        "            extra:\n                ours:\n                    a: 1"
    )
    assert told(found) == [
        ("note", 10, "`ours` goes to the provider unchecked: None"),
        (
            "warning",
            11,
            "`suffix` is not an option of a step: "
            "leave it to the function of a given connector",
        ),
        (
            "note",
            12,
            "the caller of the chain decides whether its answer is streamed: "
            "`stream_chain` gives it as it comes",
        ),
        (
            "warning",
            13,
            "`logit_bias` is in another file, ${file:bias.json}, which is not read: "
            "add what it says to the spec",
        ),
    ]


def test_what_a_model_says_beside_is_told_at_its_line() -> None:
    found = imported(
        "configuration:\n  type: openai\n  model: m\n  azure_ad_token: abc\n"
        "  region: west\nsafety: {level: 3}"
    )
    spec = spec_of(found)
    assert "# safety of its model: {level: 3}\n" in spec
    assert "# azure_ad_token: ...\n# region: west\nconnection openai:\n" in spec
    assert [(severity, line) for severity, line, _ in told(found)] == [
        ("warning", 7),
        ("warning", 8),
        ("warning", 9),
    ]


def test_tools_of_a_prompty_are_left_to_the_caller() -> None:
    found = imported(
        "configuration: {type: openai, model: m}\n"
        "parameters: {tools: [{type: function}], tool_choice: auto, temperature: 0}"
    )
    spec = spec_of(found)
    assert "# tools: [{type: function}]\n" in spec.replace("    #", "#")
    assert "# tool_choice: auto\n" in spec.replace("    #", "#")
    assert '        with:\n            text: "{{ payload.text }}"\n' in spec
    assert [line for _, line, _ in told(found)] == [5]


FORMATS = ["", ", response_format: {type: json_object}"]


@pytest.mark.parametrize("more", FORMATS)
def test_remarks_stand_where_they_belong(more: str) -> None:
    text = (
        "---\nname: ends\nmodel:\n  configuration: {type: openai, model: m}\n"
        f"  parameters: {{temperature: 0.1{more}}}\ninputs:\n  docs: {{type: list}}\n"
        "  odd: {type: thing}\n---\nsystem:\nBe nice to the user.\n"
        "{% for doc in docs %}\n- {{doc.x}}\n{% endfor %}\n\n# user:\n"
        "Write on the topic of {{topic}} for {{user}}.\n"
    )
    source = SourceFile.of("ask.prompty", text)
    found = import_prompty(source, "ask")
    lines = text.splitlines()
    wanted = {"`odd`": 8, "`topic`": 17, "`user`": 17}
    if more:
        wanted["`response_format`"] = 5
    placed = {
        re.findall(r"`\w+`", problem.message)[-1]: problem.file.position(
            problem.label.span.start
        )
        for problem in found.problems
    }
    assert {name: line for name, (line, _) in placed.items()} == wanted
    for name in ("`topic`", "`user`"):
        line, column = placed[name]
        assert lines[line - 1][column - 1 :].startswith(name.strip("`"))
    assert all(problem.file is source for problem in found.problems)
    assert not any("node" in problem.message for problem in found.problems)
    assert not any("Prompt Flow" in problem.message for problem in found.problems)


def test_inputs_as_a_list() -> None:
    rest = (
        "inputs:\n- {name: text, kind: string, default: a}\n- {name: n, kind: number}"
    )
    spec = spec_of(imported("configuration: {type: openai, model: m}", rest))
    assert "            type: str\n            default: a\n        n: float\n" in spec


def test_a_template_of_another_language_is_refused() -> None:
    model = "configuration: {type: openai, model: m}"
    found = imported(model, "inputs: {text: {type: string}}\ntemplate: mustache")
    assert found.text is None
    assert told(found)[0][:2] == ("error", 6)


def test_a_prompty_that_is_no_text_leaves_the_others(
    root: Path, capsys: Output
) -> None:
    (root / "bad.prompty").write_bytes(b"---\nname: caf\xe9\n---\nuser:\nhi\n")
    (root / "good.prompty").write_text(PROMPTY)
    assert main(["import", "prompty", "."]) == 1
    out, err = capsys.readouterr()
    assert "`bad.prompty` is not UTF-8 text" in err
    assert "--> bad.prompty:2:10" in err
    assert "bad.prompty is faulty: nothing is written\n" in out
    assert (root / "chains" / "good.ai").is_file()
