"""The blocks of `.ai`: each word is one declaration, from which all else follows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import (
    blocks,
    format_ai,
    print_ai,
    print_yaml,
    read_document,
)
from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.document import Document
from n3gen.syntax.heads import Control
from n3gen.syntax.slots import About, Number
from n3gen.syntax.words import WORDS

TOY = ControlBlock(
    "until",
    Control((About("condition", "until"), Number("max", "most"))),
    entries="rounds",
)
TOY_TEXT = """\
chain c:
    until again: a.done max 3:
        description: until it is done
        step a:
            value: 1
"""

EDITION_2 = """\
channel tasks: 100

state counter: "int = 0"

state history: "list[any] = []"
    scope: stored
    keep: 100

actor counter:
    target: app.actors:Counter
    runs: loop

chain c:
    on_error: continue

    for docs: d in payload.docs parallel:
        until: a.done
        step a:
            value: 1

    for n in channel tasks parallel 5:
        step a:
            value: 1

    race winner:
        stagger: 2s
        step fast:
            value: 1
        do careful:
            step draft:
                value: 1

    race quick: 2 of:
        step a:
            value: 1

    parallel both:
        on_error: continue
        step a:
            value: 1

    do answer:
        step a:
            value: 1
        on_error [404, timeout] as error:
            step excuse:
                value: "{{ error.message }}"
        on_error as error:
            step excuse:
                value: 1
        on_error:
            step excuse:
                value: 1
        finally:
            step tidy:
                value: 1

    step mended:
        target: f
        on_error [404, timeout] as error:
            step excuse:
                value: "{{ error.message }}"
        on_error:
            step excuse:
                value: 1
        finally:
            step tidy:
                value: 1

    match reply: team:
        case "a", "b":
            step a:
                value: 1
        else:
            step a:
                value: 1

    while drafts: a < 0.8 max 5:
        step a:
            value: 1

    if 'x':
        step a:
            value: 1
"""


def read(text: str, path: str = "x.ai") -> Document:
    document, problems = read_document(SourceFile.of(path, text))
    assert not problems, [problem.message for problem in problems]
    assert document is not None
    return document


def test_every_word_has_a_file_of_its_own() -> None:
    folder = Path(blocks.__file__).parent
    files = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert set(WORDS.blocks()) == files


def test_a_word_is_read_printed_and_formatted_from_its_declaration_alone() -> None:
    with WORDS.also(TOY):
        document = read(TOY_TEXT)
        assert document.data["chains"]["c"]["steps"] == [
            {
                "until": "a.done",
                "most": 3,
                "name": "again",
                "description": "until it is done",
                "rounds": [{"name": "a", "value": 1}],
            }
        ]
        assert print_ai(document) == TOY_TEXT
        assert read(print_yaml(document), "x.yaml").data == document.data
        crooked = TOY_TEXT.replace("until again: a", "until  again:  a")
        assert format_ai(SourceFile.of("x.ai", crooked))[0] == TOY_TEXT
    assert "until" not in WORDS.blocks()


def test_each_block_is_the_same_in_both_spellings_and_stable() -> None:
    document = read(EDITION_2)
    assert read(print_yaml(document), "x.yaml").data == document.data
    assert print_ai(document) == EDITION_2
    assert format_ai(SourceFile.of("x.ai", EDITION_2))[0] == EDITION_2


def test_the_clauses_of_a_body_keep_their_kinds() -> None:
    body = read(EDITION_2).data["chains"]["c"]["steps"][5]["do"]
    kinds = [(entry["on_error"], entry.get("as")) for entry in body[1:4]]
    assert kinds == [([404, "timeout"], "error"), (["any"], "error"), (["any"], None)]
    assert body[4] == {"finally": [{"name": "tidy", "value": 1}]}


def test_the_clauses_of_a_step_are_a_list_below_its_key() -> None:
    step = read(EDITION_2).data["chains"]["c"]["steps"][6]
    assert list(step) == ["name", "target", "on_error", "finally"]
    kinds = [(entry["on_error"], entry.get("as")) for entry in step["on_error"]]
    assert kinds == [([404, "timeout"], "error"), (["any"], None)]
    assert step["finally"] == [{"name": "tidy", "value": 1}]


@pytest.mark.parametrize(
    "clauses",
    [
        [{"on_error": ["any"], "steps": [{"name": "b", "value": 1}]}],
        [{"on_error": ["any"], "as": "e", "steps": [{"name": "b", "value": 1}]}],
        [{"on_error": ["any"], "steps": []}, {"on_error": ["any"], "steps": []}],
        [{"name": "b", "value": 1}, {"on_error": [404], "steps": []}],
        [{"on_error": [404], "steps": [], "more": 1}, {"name": "b"}],
    ],
)
def test_any_clauses_of_a_step_come_back(clauses: list[Any]) -> None:
    step = {"name": "a", "target": "f", "on_error": clauses, "finally": [{"name": "z"}]}
    data = {"chains": {"c": {"steps": [step]}}}
    document = read(json.dumps(data), "x.json")
    assert document.data == data
    assert read(print_ai(document)).data == data


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("on_error 404:", "`on_error` takes kinds of errors in brackets"),
        ("on_error as 1x:", "`1x` cannot be the name of a variable"),
        ("do 2 of:", "nothing can stand between `do` and its `:`"),
        ("for x in parallel 2:", "a `for` reads `for x in EXPRESSION:`"),
    ],
)
def test_a_first_line_that_is_wrong_is_reported_once(line: str, message: str) -> None:
    text = f"chain c:\n    {line}\n        step a:\n            value: 1\n"
    _, problems = read_document(SourceFile.of("x.ai", text))
    assert [problem.message for problem in problems] == [message]
