"""Flows of another shape: files that are no flows, and inputs that are no arguments."""

from __future__ import annotations

from n3gen.importers.dify import import_app
from n3gen.source import SourceFile

from tests.compiling import problems_of
from tests.importing import imported

PROMPT = """\
inputs:
  q: {type: string}
outputs:
  o: {type: string, reference: "${z.output}"}
nodes:
- name: z
  type: prompt
  source: {type: code, path: z.jinja2}
  inputs: {x: "${inputs.q}", from: "${inputs.q}", from_: a, two words: b}
"""
TOOL = """\
inputs:
  q: {type: string}
outputs: {}
nodes:
- name: z
  type: python
  source: {type: code, path: z.py}
  inputs: {from: "${inputs.q}"}
"""


def test_a_file_that_is_no_flow_is_told_as_that() -> None:
    found = imported("- name: x\n")
    (problem,) = found.problems
    assert found.text is None
    assert problem.rule.code == "N750"
    assert problem.message == "a flow is a mapping, and this is a list"
    assert problem.help == "begin with `inputs:`, `outputs:` and `nodes:`"


def test_a_file_that_is_no_app_is_told_as_that() -> None:
    (problem,) = import_app(SourceFile.of("app.yml", "- name: x\n"), "x").problems
    assert problem.message == "an app of Dify is a mapping, and this is a list"


def test_inputs_that_are_no_arguments_have_other_names() -> None:
    found = imported(PROMPT, {"z.jinja2": "{{ x|e }}\n"})
    assert found.text is not None
    for line in ('x: "{{ payload.q }}"', 'from__2: "{{ payload.q }}"', "two_words: b"):
        assert f"            {line}\n" in found.text
    notes = [one for one in found.problems if one.rule.code == "N752"]
    assert [one.help for one in notes] == [
        "take it as `from__2` in `z`",
        "take it as `two_words` in `z`",
    ]
    assert not problems_of("x.ai", found.text)


def test_a_function_with_such_an_argument_is_given() -> None:
    tool = "from promptflow.core import tool\n\n@tool\ndef z(**more):\n    return 1\n"
    found = imported(TOOL, {"z.py": tool})
    assert found.text is not None
    assert (
        'kind: connector\n        target: z\n        with:\n            from_: "'
        in (found.text)
    )
    assert "`from` is no name of an argument" in found.text
    assert not problems_of("x.ai", found.text)
