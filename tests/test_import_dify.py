"""What imported workflows of Dify come to when they run, and what their tests say."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
import yaml
from n3gen.cli import main
from n3gen.importers.dify import import_app
from n3gen.importers.dify.verdicts import UNKNOWN, all_hold, wanted_by
from n3gen.importers.model import Imported
from n3gen.source import SourceFile
from n3gen.syntax import read_document

from tests.building import build
from tests.compiling import problems_of

Data = dict[str, Any]

MODEL = {"provider": "openai", "name": "m", "completion_params": {}}


def node(name: str, kind: str, parent: str = "", **data: Any) -> Data:
    found: Data = {"id": name, "data": {"type": kind, "title": name, **data}}
    return {**found, "parentId": parent} if parent else found


def start(*variables: Data) -> Data:
    return node("start", "start", variables=list(variables))


def text_input(name: str, **more: Any) -> Data:
    return {"variable": name, "type": "text-input", "required": True, **more}


def if_else(name: str, *conditions: Data, joined: str = "and") -> Data:
    case = {"case_id": "true", "logical_operator": joined, "conditions": [*conditions]}
    return node(name, "if-else", cases=[case])


def compares(selector: Sequence[str], operator: str, value: Any = "") -> Data:
    return {
        "variable_selector": [*selector],
        "comparison_operator": operator,
        "value": value,
    }


def end(**outputs: Sequence[str]) -> Data:
    found = [
        {"variable": key, "value_selector": [*one]} for key, one in outputs.items()
    ]
    return node("end", "end", outputs=found)


def app_of(nodes: Sequence[Data], edges: str, mode: str = "workflow") -> str:
    """The text of an export; edges are written as `a>b a:handle>c`."""
    found: list[Data] = []
    for edge in edges.split():
        source, target = edge.split(">")
        name, _, handle = source.partition(":")
        found.append(
            {"source": name, "target": target, "sourceHandle": handle or "source"}
        )
    graph = {"nodes": list(nodes), "edges": found}
    data = {
        "kind": "app",
        "app": {"name": "x", "mode": mode},
        "workflow": {"graph": graph},
    }
    return yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


def imported(text: str) -> Imported:
    found = import_app(SourceFile.of("app.yml", text), "flow")
    assert found.text is not None, [one.message for one in found.problems]
    problems = problems_of("flow.ai", found.text)
    assert [one.message for one in problems if one.severity != "note"] == []
    return found


def result_of(
    text: str,
    payload: Data,
    answers: Mapping[str, Any] | None = None,
    connectors: Mapping[str, Any] | None = None,
) -> Any:
    """The result of a run; `answers` are those of models and of servers, by host."""
    module = build(imported(text).text or "")

    def answer(request: httpx.Request) -> httpx.Response:
        found = (answers or {})[request.url.host]
        if isinstance(found, int):
            return httpx.Response(found, text="broken")
        if request.url.host == "api.openai.com":
            message = {"role": "assistant", "content": found}
            return httpx.Response(200, json={"choices": [{"message": message}]})
        return httpx.Response(200, text=found, headers={"content-type": "text/plain"})

    async def run() -> Data:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            more = {"http": client} if answers else {}
            record: Data = await module.run_chain(
                "flow", payload, connectors=dict(connectors or {}), **more
            )
            return record

    record = asyncio.run(run())
    assert record["status"] == "ok", record["error"]
    return record["result"]


def expectations_of(text: str) -> Data:
    """The tests of an imported app, by name."""
    source = SourceFile.of("flow.ai", imported(text).text or "")
    document, _ = read_document(source)
    assert document is not None
    found: Data = document.data["tests"]
    return found


HTTP = {"method": "get", "url": "https://shop.example/x", "body": {"type": "none"}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}

SOURCES: dict[str, tuple[list[Data], str, list[str], Any]] = {
    "the body of a request": (
        [node("x", "http-request", **HTTP)],
        "",
        ["x", "body"],
        "from the shop",
    ),
    "an output of a tool": (
        [node("x", "tool", provider_id="p", tool_name="t")],
        "",
        ["x", "text"],
        "from the tool",
    ),
    "the text of a structured answer": (
        [
            node(
                "x",
                "llm",
                model=MODEL,
                prompt_template=[{"role": "user", "text": "hi"}],
                structured_output_enabled=True,
                structured_output={"schema": SCHEMA},
            )
        ],
        "",
        ["x", "text"],
        '{"a": "b"}',
    ),
    "the way of a classifier": (
        [
            node(
                "x",
                "question-classifier",
                model=MODEL,
                query_variable_selector=["start", "go"],
                classes=[{"id": "1", "name": "one"}, {"id": "2", "name": "two"}],
            )
        ],
        "",
        ["x", "class_id"],
        "2",
    ),
    "the results of rounds": (
        [
            node("list", "tool", provider_id="p", tool_name="t"),
            node(
                "x",
                "iteration",
                iterator_selector=["list", "json"],
                output_selector=["in", "output"],
                output_type="array[string]",
                error_handle_mode="remove-abnormal-output",
                start_node_id="begin",
            ),
            node("begin", "iteration-start", "x"),
            node(
                "in",
                "template-transform",
                "x",
                template="<{{ a }}>",
                variables=[{"variable": "a", "value_selector": ["x", "item"]}],
            ),
        ],
        "list>x begin>in",
        ["x", "output"],
        ["<1>", "<2>"],
    ),
}
GIVEN = {
    "x": lambda ctx: {"text": "from the tool"},
    "list": lambda ctx: {"json": [1, 2]},
}
ANSWERS = {
    "the way of a classifier": "two",
    "the text of a structured answer": '{"a": "b"}',
}


@pytest.mark.parametrize("name", SOURCES)
def test_an_aggregator_takes_the_branch_that_ran(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    nodes, inner, selector, value = SOURCES[name]
    first = next(one["id"] for one in nodes if "parentId" not in one)
    leads = "x:1>all x:2>all" if name == "the way of a classifier" else "x>all"
    other = node("other", "template-transform", template="the other", variables=[])
    joined = node(
        "all", "variable-aggregator", variables=[selector, ["other", "output"]]
    )
    chooses = if_else("check", compares(["start", "go"], "is", "yes"))
    text = app_of(
        [
            start(text_input("go")),
            chooses,
            *nodes,
            other,
            joined,
            end(out=["all", "output"]),
        ],
        f"start>check check:true>{first} check:false>other {inner} {leads} other>all all>end",
    )
    answers = {"shop.example": "from the shop", "api.openai.com": ANSWERS.get(name)}
    answers = {} if first in ("list",) or name == "an output of a tool" else answers
    for go, wanted in (("no", "the other"), ("yes", value)):
        found = result_of(text, {"go": go}, answers, GIVEN)
        if isinstance(wanted, str) and wanted.startswith("{"):
            found["out"] = json.dumps(json.loads(found["out"]))
        assert found == {"out": wanted}


def test_an_aggregator_leaves_out_what_has_failed() -> None:
    ask = node("ask", "http-request", **HTTP, error_strategy="fail-branch")
    other = node("other", "template-transform", template="the other", variables=[])
    joined = node("all", "variable-aggregator")
    joined["data"]["variables"] = [["ask", "body"], ["other", "output"]]
    text = app_of(
        [
            start(),
            ask,
            other,
            joined,
            end(out=["all", "output"], status=["ask", "status_code"]),
        ],
        "start>ask ask:success-branch>all ask:fail-branch>other other>all all>end",
    )
    assert result_of(text, {}, {"shop.example": "fine"}) == {
        "out": "fine",
        "status": 200,
    }
    failed = result_of(text, {}, {"shop.example": 404})
    assert failed == {"out": "the other", "status": None}


def test_a_model_that_has_failed_gives_no_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    turns = [{"role": "user", "text": "hi"}]
    ask = node(
        "ask", "llm", model=MODEL, prompt_template=turns, error_strategy="fail-branch"
    )
    joined = node("all", "variable-aggregator")
    joined["data"]["variables"] = [["ask", "text"], ["start", "go"]]
    text = app_of(
        [start(text_input("go")), ask, joined, end(out=["all", "output"])],
        "start>ask ask:source>all ask:fail-branch>all all>end",
    )
    assert result_of(text, {"go": "x"}, {"api.openai.com": 400}) == {"out": "x"}


BRACES = [
    "Use {curly} braces and {{ jinja }}.",
    "Answer {{#start.go#}} as {go} or {json.field}",
    "Write {go}.",
    "{{#start.go#}}{",
    "{ {{#start.go#}} }",
    "{{#start.go#}} {{% {{# {% raw %} {go} {% endraw %}",
]


@pytest.mark.parametrize("words", BRACES)
def test_braces_in_prompts_are_sent_as_they_stand(
    words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    turns = [{"role": "system", "text": words}, {"role": "user", "text": "hi"}]
    ask = node("ask", "llm", model=MODEL, prompt_template=turns)
    shown = node("shown", "template-transform", template="x", variables=[])
    nodes = [start(text_input("go")), ask, shown, end(out=["ask", "text"])]
    module = build(imported(app_of(nodes, "start>ask ask>end")).text or "")
    seen: list[Data] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.read()))
        message = {"role": "assistant", "content": "a"}
        return httpx.Response(200, json={"choices": [{"message": message}]})

    async def run() -> None:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
            await module.run_chain("flow", {"go": "GO"}, http=client)

    asyncio.run(run())
    sent = seen[0]["messages"][0]["content"]
    assert sent == words.replace("{{#start.go#}}", "GO")


def test_tests_say_which_branch_ran_and_what_came_out() -> None:
    chooses = if_else(
        "check",
        compares(["ask", "text"], "contains", "complaint"),
        compares(["start", "n"], ">", "3"),
    )
    ask = node("ask", "llm", model=MODEL)
    ask["data"]["prompt_template"] = [{"role": "user", "text": "{{#start.mail#}}"}]
    yes = node("yes", "template-transform", template="Sorry: {{ a }}")
    yes["data"]["variables"] = [{"variable": "a", "value_selector": ["ask", "text"]}]
    no = node("no", "answer", answer="Thanks for {{#start.mail#}}!")
    joined = node("all", "variable-aggregator")
    joined["data"]["variables"] = [["yes", "output"], ["no", "answer"]]
    number = {"variable": "n", "type": "number", "required": True}
    text = app_of(
        [
            start(text_input("mail"), number),
            *(ask, chooses, yes, no, joined, end(out=["all", "output"])),
        ],
        "start>ask ask>check check:true>yes check:false>no yes>all no>all all>end",
    )
    tests = expectations_of(text)
    first, other = tests["imported"], tests["imported_otherwise"]
    assert first["payload"] == {"mail": "a text", "n": 4}
    assert first["mock"] == {"ask": "complaint"}
    ran = {"ask": "ok", "check": "ok", "yes": "ok", "no": "skipped", "all": "ok"}
    assert first["expect"] == {
        "status": "ok",
        "steps": ran,
        "result": {"out": "Sorry: complaint"},
    }
    assert other["expect"] == {
        "status": "ok",
        "steps": {**ran, "yes": "skipped", "no": "ok"},
        "result": {"out": "Thanks for a text!"},
    }


@pytest.mark.parametrize(
    ("found", "operator", "value", "holds"),
    [
        ("abc", "contains", "b", True),
        ("abc", "not contains", "b", False),
        ("abc", "start with", "a", True),
        ("abc", "end with", "a", False),
        ("abc", "is", "abc", True),
        ("abc", "is not", "abc", False),
        ("", "empty", "", True),
        ([], "not empty", "", False),
        (None, "empty", "", True),
        (None, "null", "", True),
        ("a", "exists", "", True),
        (None, "not exists", "", True),
        (None, "contains", "b", None),
        (4, ">", "3", True),
        ("4", "≤", "3", False),
        ("four", "≤", "3", None),
        (True, "is", "true", True),
        ("a", "in", ["a", "b"], True),
        ("c", "not in", ["a", "b"], True),
        (UNKNOWN, "is", "a", None),
        ("abc", "looks like", "a", None),
    ],
)
def test_verdicts(found: Any, operator: str, value: Any, holds: bool | None) -> None:
    case = {"conditions": [compares(["a", "b"], operator, value)]}
    assert all_hold(case, lambda _: found, lambda text: text) is holds


def test_verdicts_of_several_conditions() -> None:
    values = {"yes": "a", "no": "b", "unknown": UNKNOWN}

    def of(word: str, *names: str) -> bool | None:
        parts = [compares(["x", name], "is", "a") for name in names]
        case = {"logical_operator": word, "conditions": parts}
        return all_hold(case, lambda path: values[path[1]], lambda text: text)

    assert of("and", "yes", "no", "unknown") is False
    assert of("and", "yes", "unknown") is None
    assert of("or", "no", "yes", "unknown") is True
    assert of("or", "no", "unknown") is None
    assert of("or", "no") is False
    assert of("and") is False


def test_values_for_which_conditions_hold() -> None:
    for operator, value in [
        *((sign, "3.5") for sign in ("=", "≠", ">", "<", "≥", "≤")),
        *((word, "ab") for word in ("contains", "start with", "end with", "is")),
        ("empty", ""),
    ]:
        one = compares(["a", "b"], operator, value)
        wanted = wanted_by(one)
        assert all_hold({"conditions": [one]}, lambda _, w=wanted: w, str) is True
    assert wanted_by(compares(["a", "b"], "is", "{{#a.b#}}")) is UNKNOWN


def test_an_export_that_is_no_text_leaves_the_others(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "n3gen.toml").write_text('specs = ["chains"]\n')
    answer = node("a", "answer", answer="hi")
    (tmp_path / "good.yml").write_text(
        app_of([start(), answer], "start>a", "advanced-chat")
    )
    (tmp_path / "bad.yml").write_bytes(b"kind: app\napp: {name: \xff}\n")
    assert main(["import", "dify", "."]) == 1
    assert "--> bad.yml:2:13" in capsys.readouterr().err
    assert [path.name for path in tmp_path.rglob("*.ai")] == ["good.ai"]


def said_of(text: str) -> list[tuple[str, str]]:
    problems = import_app(SourceFile.of("app.yml", text), "flow").problems
    return [(problem.severity.value, problem.message) for problem in problems]


def test_a_default_in_place_of_a_request_that_fails_is_of_its_type() -> None:
    defaults = [
        {"key": "body", "type": "string", "value": "gone"},
        {"key": "status_code", "type": "number", "value": "503"},
    ]
    ask = node("ask", "http-request", **HTTP, error_strategy="default-value")
    ask["data"]["default_value"] = defaults
    outputs = end(body=["ask", "body"], status=["ask", "status_code"])
    text = app_of([start(), ask, outputs], "start>ask ask>end")
    found = result_of(text, {}, {"shop.example": 404})
    assert found == {"body": "gone", "status": 503}


def test_an_edge_from_no_way_out_is_left_out() -> None:
    chooses = if_else("check", compares(["start", "go"], "is", "yes"))
    yes = node("yes", "template-transform", template="yes", variables=[])
    odd = node("odd", "template-transform", template="odd", variables=[])
    nodes = [start(text_input("go")), chooses, yes, odd, end(a=["yes", "output"])]
    text = app_of(nodes, "start>check check:true>yes check:gone>odd yes>end odd>end")
    assert "step odd" not in (imported(text).text or "")
    assert ("note", "node `check` has no way out `gone`") in said_of(text)
    assert result_of(text, {"go": "no"}) == {"a": None}


def test_secrets_that_are_written_out_stay_out() -> None:
    lines = "Authorization: Bearer sk-abcdefghijkl\nX-Kind: plain-and-long-value"
    ask = node(
        "ask", "http-request", **HTTP, headers=lines, params="key: 0123456789abcdef"
    )
    text = app_of([start(), ask, end(a=["ask", "body"])], "start>ask ask>end")
    spec = imported(text).text or ""
    assert "abcdefghijkl" not in spec
    assert "0123456789abcdef" not in spec
    assert "Authorization: Bearer {{ env.ASK_AUTHORIZATION }}" in spec
    assert 'key: "{{ env.ASK_KEY }}"' in spec
    assert "X-Kind: plain-and-long-value" in spec


def test_names_of_fields_in_a_body_are_made_of_values() -> None:
    body = {"type": "json", "data": '{"{{#start.go#}}": "a"}'}
    ask = node("ask", "http-request", **{**HTTP, "method": "post", "body": body})
    nodes = [start(text_input("go")), ask, end(a=["ask", "body"])]
    spec = imported(app_of(nodes, "start>ask ask>end")).text or ""
    assert " ~ payload.go ~ " in spec
    assert "| fromjson }}" in spec


def test_what_no_step_gives_is_told() -> None:
    ask = node("ask", "llm", model=MODEL)
    ask["data"]["prompt_template"] = [{"role": "user", "text": "hi"}]
    nodes = [start(), ask, end(a=["ask", "text"], b=["ask", "usage"], c=["ask", "txt"])]
    said = said_of(app_of(nodes, "start>ask ask>end"))
    assert said == [
        ("warning", "node `end` reads `usage` of `ask`, which no step gives"),
        ("note", "node `end` reads `ask.txt`, which nothing gives"),
    ]


def test_bounds_and_choices_of_what_a_run_is_given_are_kept(tmp_path: Path) -> None:
    nodes = [
        start(
            text_input("name", max_length=3),
            text_input("note", max_length=2, default="long", required=False),
            text_input("tone", type="select", options=["a, b", "1"], required=False),
            text_input(
                "kind", type="select", options=["x"], default="x", required=False
            ),
        ),
        end(answer=["start", "name"]),
    ]
    text = imported(app_of(nodes, "start>end")).text or ""
    document, _ = read_document(SourceFile("spec.ai", text))
    assert document is not None
    (chain,), (test,) = (document.data[key].values() for key in ("chains", "tests"))
    assert chain["input"] == {
        "name": {"type": "str", "max_length": 3},
        "note": {"type": "str", "default": "long"},
        "tone": {"type": 'one of ["", "a, b", "1"]', "default": ""},
        "kind": {"type": 'one of ["x"]', "default": "x"},
    }
    assert test["payload"] == {"name": "a t"}
    assert not problems_of("spec.ai", text).has_errors


def test_conditions_that_no_expression_says_are_told() -> None:
    files = compares(["start", "files"], "contains")
    inner = [{"key": "type", "comparison_operator": "in", "value": ["image"]}]
    files["sub_variable_condition"] = {"logical_operator": "and", "conditions": inner}
    named = compares(["start", "name"], "is", "Ada")
    cases = [
        {"case_id": "1", "logical_operator": "or", "conditions": [files, named]},
        {"case_id": "2", "logical_operator": "and", "conditions": [named]},
    ]
    nodes = [
        start(text_input("name"), text_input("files", type="file-list")),
        node("pick", "if-else", cases=cases),
        end(answer=["start", "name"]),
    ]
    text = imported(app_of(nodes, "start>pick pick:1>end")).text or ""
    either = "(start.files contains (type in ['image'])) or (payload.name == 'Ada')"
    assert f"# `case_1` is for {either}" in text
    assert "# `case_2` is for (payload.name == 'Ada')" in text


def test_a_provider_whose_name_begins_with_a_digit() -> None:
    ask = node("ask", "llm", model={**MODEL, "provider": "x/302ai/302ai"})
    ask["data"]["prompt_template"] = [{"role": "user", "text": "hi"}]
    spec = imported(app_of([start(), ask, end(a=["ask", "text"])], "start>ask ask>end"))
    assert 'env("_302AI_BASE_URL")' in (spec.text or "")


def test_constants_of_an_export_are_no_expressions() -> None:
    items = [
        {
            "variable_selector": ["conversation", "n"],
            "operation": operation,
            "input_type": "constant",
            "value": value,
        }
        for operation, value in (("+=", "1 }}{{ env.HOME"), ("-=", "2"))
    ]
    keep = node("keep", "assigner", items=items)
    answer = node("answer", "answer", answer="{{#conversation.n#}}")
    data = yaml.safe_load(
        app_of([start(), keep, answer], "start>keep keep>answer", "advanced-chat")
    )
    variable = {"name": "n", "value_type": "number", "value": "abc"}
    data["workflow"]["conversation_variables"] = [variable]
    found = import_app(SourceFile.of("app.yml", yaml.safe_dump(data)), "flow")
    assert "{{ value + ('1 }}{{' ~ ' env.HOME') }}" in (found.text or "")
    assert "{{ value - 2 }}" in (found.text or "")


def test_a_prompt_that_is_not_imported_is_a_comment() -> None:
    turns = [
        {"role": "system", "edition_type": "jinja2", "jinja2_text": "{% macro a() %}"}
    ]
    ask = node("ask", "llm", model=MODEL, prompt_template=turns)
    text = app_of([start(), ask, end(a=["ask", "text"])], "start>ask ask>end")
    spec = imported(text).text or ""
    assert "# model: {provider: openai, name: m, completion_params: {}}\n" in spec
    assert "#     {% macro a() %}\n" in spec


JUNK = [None, "abc", -1, 1.5, [], {}, ["a"], {"a": "b"}, "{{#x.y#}}", True, "nan"]


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of all values in data."""
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    found: list[tuple[Any, ...]] = []
    for key, value in entries:
        found.append((*path, key))
        if isinstance(value, dict | list):
            found += places(value, (*path, key))
    return found


@pytest.mark.parametrize("case", ["graph", "research", "support"])
def test_no_value_of_an_export_ends_in_a_traceback(case: str) -> None:
    golden = Path(__file__).parent / "golden" / "imports_dify" / case / "app.yml"
    text = golden.read_text("utf-8")
    random = Random(case)
    where = places(yaml.safe_load(text))
    for path in random.sample(where, 25):
        data = yaml.safe_load(text)
        at = data
        for key in path[:-1]:
            at = at[key]
        at[path[-1]] = random.choice(JUNK)
        changed = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
        import_app(SourceFile.of("app.yml", changed), "flow", "chains")
