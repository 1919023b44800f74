"""The pages of the rules of shape, names, calls, bounds and types keep what they promise."""

from __future__ import annotations

import pytest
from n3gen.catalog import ALL_RULES, Example, examples
from n3gen.check import check
from n3gen.check.rules.shared_rules import DifferentNumbers
from n3gen.diagnostics import Diagnostic, Rule
from n3gen.semantics.known import Semantics
from n3gen.source import SourceFile
from n3gen.spec.load import load_spec
from n3gen.spec.model import Spec
from n3gen.syntax import read_document
from n3gen.syntax.document import Document

from tests.compiling import EXAMPLE_MODULES, PythonTexts

MINE = [
    rule
    for rule in ALL_RULES
    if rule.__module__.split(".")[1] in ("spec", "check")
    and rule is not DifferentNumbers  # It is found in two files, not in one spec.
]


def problems(example: Example, rule: type[Rule]) -> list[Diagnostic]:
    source = SourceFile.of(f"wrong.{example.language}", example.text)
    document, found = read_document(source)
    assert document is not None
    assert found == ()
    spec, faults = load_spec(document, {})
    if spec is not None:
        known = _known(spec, {source.path: document}, rule)
        faults = [*faults, *check(known)]
    return faults


def _known(spec: Spec, documents: dict[str, Document], rule: type[Rule]) -> Semantics:
    modules = {
        f"app.{name}": EXAMPLE_MODULES[f"app/{name}.py"] for name in ("actors", "texts")
    }
    python, is_durable = PythonTexts(modules), rule.target != "asyncio"
    return Semantics(spec, documents, python=python, is_durable=is_durable)


@pytest.mark.parametrize("rule", MINE, ids=lambda rule: rule.code)
def test_examples(rule: type[Rule]) -> None:
    wrong, right = examples(rule)
    assert [fault.rule.code for fault in problems(wrong, rule)] == [rule.code]
    assert problems(right, rule) == []


@pytest.mark.parametrize("rule", MINE, ids=lambda rule: rule.code)
def test_the_caret_stands_under_something_of_the_spec(rule: type[Rule]) -> None:
    wrong, _ = examples(rule)
    for label in problems(wrong, rule)[0].labels:
        marked = wrong.text[label.span.start : label.span.end]
        assert marked.strip()
        assert "\n" not in marked
