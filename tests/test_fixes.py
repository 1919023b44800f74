"""Fixes of problems: the edits that a diagnostic carries end the problem that they are of."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.diagnostics import Diagnostic, Problems
from n3gen.diagnostics.fix import applied

from tests.compiling import problems_of
from tests.golden_files import contents

GOLDEN = Path(__file__).parent / "golden" / "diagnostics"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())


def problems_in(texts: dict[str, str]) -> Problems:
    (path,) = (name for name in texts if name.startswith("spec."))
    return problems_of(path, texts[path], {n: t for n, t in texts.items() if n != path})


def mended(texts: dict[str, str], problem: Diagnostic) -> dict[str, str]:
    assert problem.fix is not None
    after = dict(texts)
    for path in {edit.file.path for edit in problem.fix.edits}:
        edits = [edit for edit in problem.fix.edits if edit.file.path == path]
        after[path] = applied(texts[path], edits)
    return after


def count(problems: Problems, problem: Diagnostic) -> int:
    """How often a problem is there, wherever it stands."""
    same = (problem.rule, problem.message)
    return sum((one.rule, one.message) == same for one in problems)


def is_there(problems: Problems, problem: Diagnostic) -> bool:
    """Whether a problem still stands where it stood.

    A name that nothing has is reported once: mended at one place, it is at the next.
    """
    (place, *_), same = problem.labels, (problem.rule, problem.message)
    return any(
        (one.rule, one.message) == same
        and one.labels[0].file.path == place.file.path
        and one.labels[0].span.start == place.span.start
        for one in problems
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_a_fix_ends_its_problem(case: Path) -> None:
    texts = {n: t for n, t in contents(case).items() if n != "expected.txt"}
    for problem in problems_in(texts):
        if problem.fix is not None:
            after = mended(texts, problem)
            assert after != texts
            left = problems_in(after)
            is_fewer = count(left, problem) < count(problems_in(texts), problem)
            assert is_fewer or not is_there(left, problem), problem
            assert not any(one.rule.code.startswith("N10") for one in left), problem


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_whatever_asks_whether_another_word_was_meant_has_a_fix(case: Path) -> None:
    texts = {n: t for n, t in contents(case).items() if n != "expected.txt"}
    for problem in problems_in(texts):
        if (problem.help or "").startswith("did you mean"):
            assert problem.fix is not None or "NAME" in (problem.help or "")
