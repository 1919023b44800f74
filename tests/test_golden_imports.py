"""Flows of Prompt Flow, the specs that they become, and what is said of them.

A folder `golden/imports/<case>` holds `flow.dag.yaml` and the files that it names,
`expected.ai` where the flow is sound, and `expected.txt` where something is said.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.catalog import ALL_RULES
from n3gen.diagnostics.formats import as_text
from n3gen.source import SourceFile
from n3gen.syntax import format_ai

from tests.compiling import problems_of
from tests.golden_files import compare, contents
from tests.importing import FLOW, imported

GOLDEN = Path(__file__).parent / "golden" / "imports"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
OUTPUTS = ("expected.ai", "expected.txt")

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))


def inputs_of(case: Path) -> dict[str, str]:
    return {n: t for n, t in contents(case).items() if n not in OUTPUTS}


@every_case
def test_imports(case: Path, update_goldens: bool) -> None:
    inputs = inputs_of(case)
    found = imported(inputs[FLOW], inputs, case.name)
    given = {"expected.txt": as_text(found.problems)} if len(found.problems) else {}
    if found.text is not None:
        given["expected.ai"] = found.text
    compare(case, given, update=update_goldens, inputs=inputs)


def test_every_rule_has_a_golden() -> None:
    said = "".join(p.read_text("utf-8") for p in GOLDEN.glob("*/expected.txt"))
    rules = [rule for rule in ALL_RULES if "importers" in rule.__module__]
    assert [rule.code for rule in rules if f"[{rule.code}]" not in said] == []


@every_case
def test_specs_are_sound_and_in_the_one_layout(case: Path) -> None:
    inputs = inputs_of(case)
    text = imported(inputs[FLOW], inputs, case.name).text
    if text is None:
        assert imported(inputs[FLOW], inputs).problems.has_errors
        return
    assert format_ai(SourceFile("spec.ai", text)) == (text, ())
    problems = problems_of("spec.ai", text)
    assert [one.message for one in problems if one.severity != "note"] == []
