"""Specs with faults in them, and the messages that they give, as a user sees them.

A folder `golden/diagnostics/<code>_<name>` holds `spec.ai` (or `.yaml`), the files
that it uses, and `expected.txt`. A word after a second `_` tells two cases of one
rule apart.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.catalog import ALL_RULES, rule_named
from n3gen.diagnostics.formats import as_text

from tests.compiling import problems_of
from tests.golden_files import compare, contents

GOLDEN = Path(__file__).parent / "golden" / "diagnostics"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())


def spec_of(case: Path) -> Path:
    (spec,) = case.glob("spec.*")
    return spec


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_messages(case: Path, update_goldens: bool) -> None:
    inputs = {n: t for n, t in contents(case).items() if n != "expected.txt"}
    path = spec_of(case).name
    others = {name: text for name, text in inputs.items() if name != path}
    code, name, *_ = case.name.split("_")
    rule = rule_named(code)
    assert rule is not None and rule.name == name
    problems = problems_of(path, inputs[path], others, rule.target)
    given = {"expected.txt": as_text(problems)}
    compare(case, given, update=update_goldens, inputs=inputs)
    assert rule in {problem.rule for problem in problems}


def test_every_rule_has_a_golden() -> None:
    shown = {case.name.split("_")[0] for case in CASES}
    # The rules of imports, changes and files are about other things than one spec.
    elsewhere = ("n3gen.importers.", "n3gen.interface.", "n3gen.diagnostics.")
    specs = [rule for rule in ALL_RULES if not rule.__module__.startswith(elsewhere)]
    assert not {rule.code for rule in specs} - shown
