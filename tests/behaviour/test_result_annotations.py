"""What the functions of chains are annotated with, and that their values are of it."""

from __future__ import annotations

import inspect
import json
from textwrap import indent
from typing import Any

import pytest

from tests.building import build
from tests.clock import run

SPEC = """
type Label: {{label: one of [x, y]}}
chain a:
    input: {{docs: "list[str]"}}
{body}
"""
LOOP = """\
for rows: d in payload.docs:
    step l: {target: asked, output: Label}
"""
RESULT = 'result: "{{ rows }}"\n'
BOTH = """\
parallel both:
    step l: {target: asked, output: Label}
    step m: {target: asked, output: Label}
"""


def spec(body: str) -> str:
    return SPEC.format(body=indent(body, "    "))


@pytest.mark.parametrize(
    ("body", "annotation"),
    [
        (LOOP, "list[Label]"),
        (RESULT + LOOP, "list[Label]"),
        (LOOP.replace("docs:", "docs parallel 2:"), "list[Label]"),
        (LOOP.replace(": Label", ": str"), "list[str]"),
        (LOOP.replace(", output: Label", ""), "list[Any]"),
        (
            LOOP.replace("Label}", 'Label, when: d == "p"}'),
            "list[Label | None]",
        ),
        (LOOP.replace("Label}", "Label, on_error: continue}"), "list[Any]"),
        (LOOP + "    on_error:\n        step o: {value: 1}\n", "list[Any]"),
        (LOOP + '    step v: {value: "{{ l }}"}\n', "list[Any]"),
        (BOTH, "dict[str, Any]"),
        ('result: "{{ both }}"\n' + BOTH, "dict[str, Any]"),
        ('result: "{{ both }}"\n' + BOTH.replace("parallel", "race"), "Label"),
        (BOTH + "    on_error:\n        step o: {value: 1}\n", "Any"),
    ],
)
def test_what_a_function_returns(body: str, annotation: str) -> None:
    module = build(spec(body))
    assert inspect.signature(module.a).return_annotation == annotation


@pytest.mark.parametrize("body", [LOOP, RESULT + LOOP])
def test_rounds_that_are_kept_are_records(body: str) -> None:
    module = build(spec(body))

    def ran(answer: Any, **how: Any) -> Any:
        given = {"asked": lambda ctx: answer(ctx.run_id)}
        payload = {"docs": ["p", "q"]}
        return run(module.run_chain("a", payload, connectors=given, **how))

    answers = iter([{"label": "x"}, {"label": "none of them"}])
    failed = ran(lambda _: next(answers))
    assert failed["status"] == "error"
    kept = json.loads(module.to_json(failed))
    ended = ran(lambda _: {"label": "y"}, resume=kept)
    assert ended["result"] == [module.Label(label="x"), module.Label(label="y")]
