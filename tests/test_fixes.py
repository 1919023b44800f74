"""Fixes of problems: the edits that a diagnostic carries end the problem that they are of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import pytest
from n3gen.diagnostics import Diagnostic, Edit, Problems, Severity
from n3gen.diagnostics.fix import applied
from n3gen.expressions.calls import FUNCTIONS, METHODS
from n3gen.source import Span

from tests.compiling import problems_of
from tests.golden_files import contents

GOLDEN = Path(__file__).parent / "golden" / "diagnostics"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
SYNTAX = ("N501", "N502", "N503", "N504", "N505")


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


def broken_at(texts: dict[str, str], problem: Diagnostic) -> Iterator[Diagnostic]:
    """The errors that nothing said before a fix, and that touch what it has written."""
    assert problem.fix is not None
    known = {(one.rule, one.message) for one in problems_in(texts)}
    for error in problems_in(mended(texts, problem)):
        is_new = (error.rule, error.message) not in known
        if error.severity is Severity.ERROR and is_new:
            edits = [e for e in problem.fix.edits if e.file.path == error.file.path]
            span = error.label.span
            if any(
                one.start <= span.end and span.start <= one.end for one in made(edits)
            ):
                yield error


def made(edits: Iterable[Edit]) -> Iterator[Span]:
    """Where edits are in the text that they were made in."""
    shift = 0
    for edit in sorted(edits, key=lambda one: one.span.start):
        start = edit.span.start + shift
        yield Span(start, start + len(edit.text))
        shift += len(edit.text) - (edit.span.end - edit.span.start)


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
            assert [*broken_at(texts, problem)] == [], problem


FORMS = ["{{{{ payload.text.{}() }}}}", "{{{{ payload.text.{}(',')[0] }}}}"]
CALLS = [*product(FORMS, METHODS), *product(["{{{{ {}(payload.text) }}}}"], FUNCTIONS)]


@pytest.mark.parametrize("form, name", CALLS)
def test_a_misspelt_call_is_mended_to_the_name_alone(form: str, name: str) -> None:
    """Each name is written with a letter too many; what was mended calls what is there."""
    spec = 'chain c:\n    input: {{text: str}}\n    step one:\n        value: "{}"\n'
    wrong = {"spec.ai": spec.format(form.format(name + "qq"))}
    mends = [one for one in problems_in(wrong) if one.fix is not None]
    for problem in mends:
        meant = (problem.help or "").split("`")[1]
        after = mended(wrong, problem)
        assert after["spec.ai"] == spec.format(form.format(meant))
        assert not [one for one in problems_in(after) if one.rule.code in SYNTAX]
    assert mends or len(name) < 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))
def test_whatever_asks_whether_another_word_was_meant_has_a_fix(case: Path) -> None:
    texts = {n: t for n, t in contents(case).items() if n != "expected.txt"}
    for problem in problems_in(texts):
        if (problem.help or "").startswith("did you mean"):
            assert problem.fix is not None or "NAME" in (problem.help or "")
