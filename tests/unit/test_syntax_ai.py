"""What `.ai` texts mean: the shape of their data, and where each value stands."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import read_document
from n3gen.syntax.document import Document


def read(text: str) -> Document:
    document, problems = read_document(SourceFile.of("x.ai", text))
    assert not problems, [problem.message for problem in problems]
    assert document is not None
    return document


def steps(body: str) -> Any:
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return read(f"chain c:\n{lines}").data["chains"]["c"]["steps"]


def test_a_chain_with_its_keys_and_steps() -> None:
    text = """
chain "Customer feedback":   # a comment
    timeout: 2m
    input:
        text: str
        limit: int = 10
    result: {{ a }}
    step a:
        kind: connector
        parallel: true
        depends_on:
        - b
        - c
        options: {text: "x, y", n: 012, f: env("A", "b"),
            tags: [list[str], 'it''s']}   # beside
"""
    assert read(text).data == {
        "chains": {
            "Customer feedback": {
                "timeout": "2m",
                "input": {"text": "str", "limit": "int = 10"},
                "result": "{{ a }}",
                "steps": [
                    {
                        "name": "a",
                        "kind": "connector",
                        "parallel": True,
                        "depends_on": ["b", "c"],
                        "options": {
                            "text": "x, y",
                            "n": 12,
                            "f": 'env("A", "b")',
                            "tags": ["list[str]", "it's"],
                        },
                    }
                ],
            }
        }
    }


def test_steps_under_a_wrapper_and_as_a_list() -> None:
    expected = [{"name": "a", "value": 1}, {"name": "b"}]
    assert steps("steps:\n    step a:\n        value: 1\n    step b:") == expected
    assert steps("steps:\n- step: a\n  value: 1\n- name: b") == expected
    assert steps('- step "a":\n    value: 1\n- step b:') == expected
    assert steps('steps:\n  - step "a":\n      value: 1\n  - {step: b}') == expected
    assert read("chain: c\nsteps:\n  - step a:\n").data == {
        "chains": {"c": {"steps": [{"name": "a"}]}}
    }


def test_if_elif_else() -> None:
    body = (
        'if reply: x["a:b"] == "c" and y[1:2]:  # why\n    parallel: true\n    step a:\n'
        "elif not z:\n    step b:\n\n# between\nelse:\n    step c:\n    step d:"
    )
    assert steps(body) == [
        {
            "if": 'x["a:b"] == "c" and y[1:2]',
            "name": "reply",
            "then": [{"name": "a"}],
            "parallel": True,
            "elif": [{"if": "not z", "then": [{"name": "b"}]}],
            "else": [{"name": "c"}, {"name": "d"}],
        }
    ]


def test_match() -> None:
    body = (
        'match m: route.category:\n    case "legal":\n        step a:\n'
        "    case 'x: y', 3, true, bare words:\n        step b:\n    else:\n        step c:"
    )
    assert steps(body) == [
        {
            "match": "route.category",
            "name": "m",
            "cases": [
                {"case": ["legal"], "steps": [{"name": "a"}]},
                {"case": ["x: y", 3, True, "bare words"], "steps": [{"name": "b"}]},
            ],
            "else": [{"name": "c"}],
        }
    ]


def test_loops() -> None:
    assert steps("while d: x < 1 max 5:\n    step a:") == [
        {"while": "x < 1", "max": 5, "name": "d", "steps": [{"name": "a"}]}
    ]
    assert (
        steps("while scores | max < 3:\n    step a:")[0]["while"] == "scores | max < 3"
    )
    assert steps("for docs: doc in payload.docs parallel 10:\n    step a:") == [
        {
            "for": "doc",
            "in": "payload.docs",
            "parallel": 10,
            "name": "docs",
            "steps": [{"name": "a"}],
        }
    ]


def test_race_parallel_within_finally() -> None:
    body = (
        "race:\n    step a:\nrace 2 of:\n    stagger: 2s\n    step b:\n"
        "parallel:\n    step c:\nwithin 5s:\n    step d:\nelse:\n    step e:\n"
        "finally:\n    step f:"
    )
    assert steps(body) == [
        {"race": 1, "steps": [{"name": "a"}]},
        {"race": 2, "stagger": "2s", "steps": [{"name": "b"}]},
        {"parallel": [{"name": "c"}]},
        {"within": "5s", "steps": [{"name": "d"}], "else": [{"name": "e"}]},
        {"finally": [{"name": "f"}]},
    ]


def test_a_block_of_steps_for_an_error() -> None:
    body = "step a:\n    on_error:\n        step b:\n            value: 1"
    assert steps(body) == [{"name": "a", "on_error": [{"name": "b", "value": 1}]}]
    assert steps("step a:\n    on_error: stop") == [{"name": "a", "on_error": "stop"}]


def test_the_other_definitions() -> None:
    text = """use shared/models
use "other file"
type Sentiment:
    label: one of [positive, negative]
    reasons: list[str] = []
connection openai:
    api_key: env("OPENAI_API_KEY", "a: b")
limit db: 30
limit child: 14 within db
limit text: "14 within db"
state counter: 0
test happy of c:
    payload: {text: great}
test "no chain":
    payload: 1
pipeline p:
    stage extract(doc: str, n: dict[str, int] = {"a": 1}) -> list[str]:
        retry: 3
    stage last:
"""
    assert read(text).data == {
        "use": ["shared/models", "other file"],
        "types": {
            "Sentiment": {
                "label": "one of [positive, negative]",
                "reasons": "list[str] = []",
            }
        },
        "connections": {"openai": {"api_key": 'env("OPENAI_API_KEY", "a: b")'}},
        "limits": {
            "db": 30,
            "child": {"permits": 14, "within": "db"},
            "text": "14 within db",
        },
        "states": {"counter": 0},
        "tests": {
            "happy": {"chain": "c", "payload": {"text": "great"}},
            "no chain": {"payload": 1},
        },
        "pipelines": {
            "p": {
                "stages": [
                    {
                        "name": "extract",
                        "input": {"doc": "str", "n": 'dict[str, int] = {"a": 1}'},
                        "output": "list[str]",
                        "retry": 3,
                    },
                    {"name": "last"},
                ]
            }
        },
    }


def test_block_texts_and_values_on_the_next_line() -> None:
    body = (
        "step a:\n    prompt: |  # kept\n        one\n          two\n\n        # three\n"
        '    system: >-\n        a\n        b\n    depends_on:\n        [x,\n         y]\n    url:\n        "u"'
    )
    assert steps(body) == [
        {
            "name": "a",
            "prompt": "one\n  two\n\n# three\n",
            "system": "a b",
            "depends_on": ["x", "y"],
            "url": "u",
        }
    ]


@pytest.mark.parametrize("width", [1, 2, 3, 8])
def test_any_width_of_indentation(width: int) -> None:
    pad = " " * width
    text = f"chain c:\n{pad}step a:\n{pad * 2}value: 1\n"
    assert read(text).data == read("chain c:\n    step a:\n        value: 1\n").data


def test_values_keys_and_characters_have_their_places() -> None:
    text = (
        'chain c:\n    step a:\n        prompt: "x\\n{{ payload.y }}"\n'
        "        depends_on: [b]\n    if q.r:\n        step d:\n"
    )
    document = read(text)

    def at(span: Any) -> str:
        return text[span.start : span.end]

    step = ("chains", "c", "steps", 0)
    assert at(document.key_span(("chains", "c"))) == "c"
    assert at(document.key_span(step)) == "step a"
    assert at(document.key_span((*step, "name"))) == "a"
    assert at(document.key_span((*step, "prompt"))) == "prompt"
    assert at(document.span((*step, "depends_on", 0))) == "b"
    assert at(document.span(("chains", "c", "steps", 1, "if"))) == "q.r"
    prompt = document.data["chains"]["c"]["steps"][0]["prompt"]
    start = prompt.index("payload")
    assert at(document.text_span((*step, "prompt"), start, start + 9)) == "payload.y"
    assert document.line((*step, "depends_on")) == 4


def test_conditions_are_texts() -> None:
    body = "step a:\n    when: true\nif 5:\n    step b:"
    assert steps(body) == [
        {"name": "a", "when": "true"},
        {"if": "5", "then": [{"name": "b"}]},
    ]
