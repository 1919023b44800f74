"""The canonical style of `.ai`: what `fmt` makes of a file, and what `convert` writes."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.source import SourceFile
from n3gen.syntax import format_ai, print_ai, read_document
from n3gen.syntax.document import Document

UNTIDY = """

# top


use   'shared/x'   # why
chain   "A b" :   # c

  # first
  timeout: 2m   # t



  input: {text:   str,tags: list[str] , 'u': 1}
  steps:
  - step "a":
      value: [ 'x',"y'" ,
        # hm
        3, # three
        {a: 1}]
      # tail
  - step: b
    value: |  # long
       hello
         # text

       world

    # after
  - # item
    name: c
  - if r:a["b:c"]=='d#' :
      step d: {kind: value}
limit   wf:   14 within db

# end
"""
TIDY = """# top

use "shared/x"  # why
chain "A b":  # c
    # first
    timeout: 2m  # t

    input: {text: str, tags: list[str], "u": 1}
    steps:
        - step "a":
            value: [
                "x",
                "y'",
                # hm
                3,  # three
                {a: 1},
            ]
            # tail
        - step: b
          value: |  # long
              hello
                # text

              world

          # after
        # item
        - name: c
        - if r:a["b:c"]=='d#':
            step d: {kind: value}
limit wf: 14 within db

# end
"""


def formatted(text: str) -> str:
    result, problems = format_ai(SourceFile.of("x.ai", text))
    assert not problems and result is not None
    return result


def test_style() -> None:
    assert formatted(UNTIDY) == TIDY
    assert formatted(TIDY) == TIDY


def test_the_meaning_stays() -> None:
    before, _ = read_document(SourceFile("x.ai", UNTIDY))
    after, _ = read_document(SourceFile("x.ai", TIDY))
    assert before is not None and after is not None
    assert before.data == after.data


def test_single_quotes_stay_where_they_save_escapes() -> None:
    text = "a: 'C:\\dir'\nb: 'say \"x\"'\nc: 'it''s'\n"
    assert formatted(text) == "a: 'C:\\dir'\nb: 'say \"x\"'\nc: \"it's\"\n"


def test_block_texts_keep_every_character() -> None:
    text = "a: |2+\n   deep\n  b  \n\n\nc: >-\n x\n\n y"
    assert formatted(text) == "a: |4+\n     deep\n    b  \n\n\nc: >-\n    x\n\n    y\n"


def test_comments_stay_with_their_blocks() -> None:
    text = (
        "chain a:\n  step b:\n    value: 1\n    # of b\n  # of a\n# of the file\n"
        "chain c:\n  step d:\n"
    )
    assert formatted(text) == text.replace("    ", "        ").replace(
        "\n  ", "\n    "
    ).replace("\n          ", "\n        ")


def test_nothing_and_comments_only() -> None:
    assert formatted("\n\n") == ""
    assert formatted("\n# a\n\n\n# b\n\n") == "# a\n\n# b\n"


def printed(data: dict[str, object]) -> str:
    return print_ai(Document(SourceFile("x.yaml", ""), data))


def test_what_convert_writes() -> None:
    data: dict[str, object] = {
        "use": ["shared/models"],
        "chains": {
            "Customer feedback": {
                "timeout": "2m",
                "steps": [
                    {"name": "a", "prompt": "x\ny\n", "on_error": [{"name": "z"}]},
                    {
                        "if": "a.b",
                        "name": "r",
                        "parallel": True,
                        "then": [{"name": "c"}],
                        "elif": [{"if": "d", "then": []}],
                        "else": [{"for": "x", "in": "y", "parallel": 3, "steps": []}],
                    },
                    {"match": "m", "cases": [{"case": ["u", 1], "steps": []}]},
                    {"while": "w", "max": 2, "steps": []},
                    {"race": 2, "steps": [{"name": "e"}]},
                    {"within": "5s", "steps": []},
                ],
            }
        },
        "limits": {"db": 30, "wf": {"permits": 14, "within": "db"}},
        "tests": {"t": {"chain": "Customer feedback", "payload": None}},
        "pipelines": {
            "p": {"stages": [{"name": "s", "input": {"d": "str"}, "output": "int"}]}
        },
    }
    assert printed(data) == (
        "use shared/models\n\n"
        'chain "Customer feedback":\n    timeout: 2m\n\n'
        "    step a:\n        prompt: |\n            x\n            y\n"
        "        on_error:\n            step z:\n\n"
        "    if r: a.b:\n        parallel: true\n        step c:\n    elif d:\n    else:\n"
        "        for x in y parallel 3:\n\n"
        '    match m:\n        case "u", 1:\n\n'
        "    while w max 2:\n\n"
        "    race 2 of:\n        step e:\n\n"
        "    within 5s:\n\n"
        "limit db: 30\n\nlimit wf: 14 within db\n\n"
        'test t of "Customer feedback":\n    payload: null\n\n'
        "pipeline p:\n    stage s(d: str) -> int:\n"
    )


def test_what_has_no_shape_goes_in_brackets() -> None:
    data: dict[str, object] = {
        "chains": {
            "a": {"steps": [{"if": "x: y", "then": []}, 5, {"kind": "value"}]},
            "b": 7,
        }
    }
    text = printed(data)
    assert '- {if: "x: y", then: []}' in text
    document, problems = read_document(SourceFile("x.ai", text))
    assert not problems and document is not None
    assert document.data == data


def test_clauses_of_a_step_that_no_first_line_can_say() -> None:
    clause = {"on_error": {"kind": 5}, "steps": [{"name": "m", "value": 1}]}
    with_list = {**clause, "on_error": [404], "as": "e"}
    for clauses in ([clause], [with_list, clause], [with_list]):
        step = {"name": "a", "target": "x", "on_error": clauses}
        stage = {**step, "input": {"x": "str"}}
        data = {
            "chains": {"c": {"steps": [step]}},
            "pipelines": {"p": {"stages": [stage]}},
        }
        text = print_ai(Document(SourceFile("x.yaml", ""), data))
        source = SourceFile.of("x.ai", text)
        document, problems = read_document(source)
        assert document is not None and not problems
        assert document.data == data
        assert format_ai(source)[0] == text


def test_a_single_kind_of_error_is_a_list_of_one() -> None:
    yaml = """
chain: c
steps:
  - name: a
    target: x
    on_error:
      - {on_error: 404, as: e, steps: [{name: m, value: 1}]}
  - {on_error: any, steps: [{name: n, value: 2}]}
"""
    ai = """chain c:
    step a:
        target: x
        on_error [404] as e:
            step m:
                value: 1

    on_error:
        step n:
            value: 2
"""
    document, problems = read_document(SourceFile.of("x.yaml", yaml))
    assert document is not None and not problems
    assert print_ai(document) == ai


@pytest.mark.parametrize(
    "block",
    [
        {"parallel": [{"name": "a", "target": "f"}], "on_error": "continue"},
        {"for": "x", "in": "[1]", "on_error": "skip", "steps": [{"name": "a"}]},
        {"on_error": ["any"], "steps": [{"name": "a", "target": "f"}], "max": 2},
    ],
)
def test_a_block_that_is_all_of_a_stage_is_no_clause_of_it(
    block: dict[str, Any],
) -> None:
    data = {"pipelines": {"p": {"stages": [{"name": "s", "steps": [block]}]}}}
    text = print_ai(Document(SourceFile("x.yaml", ""), data))
    document, _ = read_document(SourceFile.of("x.ai", text))
    assert document is not None
    assert document.data == data
