"""Fields with aliases, bounds and descriptions, and values that JSON has as texts."""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import ModuleType
from typing import Any

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import print_ai, print_yaml, read_document

from tests.building import build
from tests.clock import run

SPEC = """
type Mail:
    from: str
    class: {type: "one of [a, b]", default: a, description: How good it is}
    content-type: {type: str, alias: content.type, min_length: 1}
    score: {type: "float?", min: 0, max: 1}

chain sort:
    input:
        from: str
        day: {type: date, default: 2024-02-29}
        patience: duration = 5m
        reply-to: {type: "list[str]", default: [], max_length: 2}
        size: {type: int, min: 1, default: 1}
    step mail:
        target: reader
        output: Mail
    step again:
        value: "{% for one in [mail] %}{{ one.from }} {{ one.from_ }} {{ one['content.type'] }}{% endfor %}"
    step told:
        target: listener
        options: {mail: "{{ mail }}"}
    result:
        from: "{{ payload.from }} {{ payload.from_ }} {{ mail.from }} {{ mail.from_ }}"
        class: "{{ mail.class }}"
        type: "{{ mail['content.type'] }} {{ mail.content_type }}"
        again: "{{ again }}"
        day: "{{ payload.day }}"
        patience: "{{ payload.patience }}"
        reply: "{{ payload['reply-to'] }}"
        json: "{{ mail | tojson }}"
        payload: "{{ payload | tojson }}"
"""
MAIL = {"from": "me", "content.type": "text"}


def result_of(module: ModuleType, payload: Any, mail: Any = MAIL) -> Any:
    given = {"reader": lambda ctx: mail, "listener": lambda ctx: None}
    return run(module.run_chain("sort", payload, connectors=given))


def test_a_name_that_python_spells_otherwise_is_kept_in_json() -> None:
    module = build("""
        type Dose:
            drug: str
            µg: float = 0
        chain dose:
            input: {µm: int, taken: Dose}
            step given:
                target: reader
                output: Dose
            result: "{{ given.µg }} {{ payload.µm }} {{ payload.taken.µg }} {{ given | tojson }}"
        """)
    payload = {"µm": 3, "taken": {"drug": "x", "µg": 1}}
    given = {"reader": lambda ctx: {"drug": "y", "µg": 250}}
    record = run(module.run_chain("dose", payload, connectors=given))
    assert record["result"] == '250.0 3 1.0 {"drug": "y", "µg": 250.0}'


def test_expressions_read_names_and_aliases_and_json_speaks_the_alias() -> None:
    record = result_of(build(SPEC), {"from": "you"})
    assert record["status"] == "ok", record["error"]
    result = record["result"]
    assert result["from"] == "you you me me"
    assert result["class"] == "a"
    assert result["type"] == "text text"
    assert result["again"] == "me me text"
    assert result["day"] == date(2024, 2, 29)
    assert result["patience"] == timedelta(minutes=5)
    assert result["reply"] == []
    whole = {"from": "me", "class": "a", "content.type": "text", "score": None}
    assert json.loads(result["json"]) == whole
    assert json.loads(result["payload"]) == {
        "from": "you",
        "day": "2024-02-29",
        "patience": "PT5M",
        "reply-to": [],
        "size": 1,
    }


def test_every_fault_of_a_payload_is_told_by_its_name_in_json() -> None:
    payload = {"from_": "x", "size": 0, "day": "31.12.", "reply-to": ["a", "b", "c"]}
    error = result_of(build(SPEC), payload)["error"]
    assert "`from` is missing (str)" in error
    assert "`from_` is unknown" in error
    assert "`size` must be int, at least 1, not 0" in error
    assert "`day` must be date" in error
    assert "`reply-to` must be list[str], of length 2 or less, not 3" in error


def test_a_value_out_of_bounds_is_a_fault_of_the_step() -> None:
    error = result_of(build(SPEC), {"from": "x"}, {**MAIL, "score": 2})["error"]
    assert "less than or equal to 1" in error


def test_the_typed_function_has_names_that_python_can_have() -> None:
    module = build(SPEC)
    given = {"reader": lambda ctx: MAIL, "listener": lambda ctx: None}
    result = run(module.sort(from_="you", reply_to=["a"], connectors=given))
    assert result["reply"] == ["a"]


def test_a_record_is_made_and_read_by_either_name() -> None:
    module = build(SPEC)
    told = {"from": "me", "content.type": "text"}
    by_python = module.Mail(from_="me", content_type="text")
    assert by_python == module.Mail(**told) == module.Mail.model_validate(told)
    assert told.items() <= by_python.model_dump().items()
    assert {"from", "content.type"} <= module.Mail.model_json_schema()[
        "properties"
    ].keys()


def test_models_are_told_descriptions_and_bounds_and_no_docstrings_of_ours() -> None:
    module = build(SPEC.replace("target: reader", "prompt: p\n        model: m") + """
connection local:
    api: local
""")
    schema = module.Typed(module.Mail).schema().schema
    assert "description" not in schema
    fields = schema["properties"]
    assert list(fields) == ["from", "class", "content.type", "score"]
    assert fields["class"]["description"] == "How good it is"
    assert fields["content.type"]["minLength"] == 1
    assert fields["score"]["anyOf"][0] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
    }


def test_both_spellings_say_the_same() -> None:
    document, _ = read_document(SourceFile.of("a.ai", SPEC))
    yaml = print_yaml(document)
    again, _ = read_document(SourceFile.of("a.yaml", yaml))
    assert print_ai(again).strip() == print_ai(document).strip()
    assert again.data == document.data


@pytest.mark.parametrize("name", ["from", "in", "class", "content-type", "a b", "1st"])
def test_any_name_with_a_letter_can_be_a_field(name: str) -> None:
    text = f"""
chain c:
    input:
        "{name}": str
    step s:
        value: "{{{{ payload['{name}'] }}}}"
"""
    record = run(build(text).run_chain("c", {name: "x"}))
    assert record["result"] == "x", record["error"]


def test_a_default_may_be_longer_than_a_type() -> None:
    text = 'chain c:\n    input:\n        a: str = {}\n    step s:\n        value: "{{{{ payload.a }}}}"\n'
    long = "word " * 5_000 + "end"
    assert run(build(text.format(long)).run_chain("c", {}))["result"] == long
