"""JUnit reports of diagnostics and of tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from n3gen.diagnostics.cells import plain
from n3gen.diagnostics.render import render
from n3gen.diagnostics.rule import Diagnostic, Severity

__all__ = ["TestCase", "as_junit", "case_of_error", "junit_report"]

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'

_SKIPPED = {"skipped": "0"}
"""An attribute that readers expect of a suite, and schemas allow there alone."""


class TestCase(NamedTuple):
    """A test that ran: its place, its seconds, and its failure, empty where it passed."""

    name: str
    file: str
    line: int
    seconds: float
    failure: str = ""


def junit_report(cases: Sequence[TestCase]) -> str:
    """Return a JUnit report of tests: a suite per file."""
    suites = ""
    for path, group in groupby(cases, key=lambda case: case.file):
        own = list(group)
        about = {"name": plain(path), **_counts(own), **_SKIPPED}
        suites += _element("testsuite", about, "".join(map(_test_case, own)))
    return _DECLARATION + _element(
        "testsuites", {"name": "n3gen", **_counts(cases)}, suites
    )


def case_of_error(problem: Diagnostic) -> TestCase:
    """Return an error as a test that failed, whose time is zero."""
    line = problem.file.line_at(min(problem.label.span.start, len(problem.file.text)))
    drawing = render(problem)
    name = f"{problem.rule.code} {problem.rule.name}"
    failure = f"{problem.message}\n{drawing}"
    return TestCase(name, problem.file.path, line, 0.0, failure)


def _counts(cases: Sequence[TestCase]) -> dict[str, str]:
    return {
        "tests": str(len(cases)),
        "failures": str(sum(bool(case.failure) for case in cases)),
        "errors": "0",
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }


def _test_case(case: TestCase) -> str:
    path = plain(case.file)
    about = {"name": plain(case.name), "classname": path, "file": path}
    outcome = ""
    if case.failure:
        first = plain(case.failure.split("\n")[0])
        lines = "\n".join(plain(line) for line in case.failure.split("\n"))
        outcome = _element("failure", {"message": first}, _xml(lines))
    timed = {"line": str(case.line), "time": f"{case.seconds:.3f}"}
    return _element("testcase", {**about, **timed}, outcome)


def as_junit(problems: Iterable[Diagnostic]) -> str:
    """A JUnit report: a suite per file, a failed case per error, a passed one per remark."""
    found = list(problems)
    errors = sum(problem.severity is Severity.ERROR for problem in found)
    suites = "".join(
        _junit_suite(path, list(group))
        for path, group in groupby(found, key=lambda problem: problem.file.path)
    )
    if not found:
        case = _element("testcase", {"name": "no problems", "classname": "n3gen"})
        suites = _element(
            "testsuite", {"name": "n3gen", "tests": "1", **_SKIPPED}, case
        )
    counts = {"tests": str(len(found) or 1), "failures": str(errors), "errors": "0"}
    root = _element("testsuites", {"name": "n3gen", **counts}, suites)
    return _DECLARATION + root


def _junit_suite(path: str, problems: Sequence[Diagnostic]) -> str:
    cases = "".join(_junit_case(problem) for problem in problems)
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    counts = {"tests": str(len(problems)), "failures": str(errors), "errors": "0"}
    counts |= _SKIPPED
    return _element("testsuite", {"name": plain(path), **counts}, cases)


def _junit_case(problem: Diagnostic) -> str:
    line = problem.file.line_at(min(problem.label.span.start, len(problem.file.text)))
    path, rule = plain(problem.file.path), problem.rule
    about = {"name": f"{rule.code} {rule.name}", "classname": path, "file": path}
    drawing = _xml(render(problem))
    if problem.severity is Severity.ERROR:
        message = {"type": problem.severity.value, "message": plain(problem.message)}
        outcome = _element("failure", message, drawing)
    else:
        outcome = _element("system-out", {}, drawing)
    return _element("testcase", {**about, "line": str(line)}, outcome)


def _element(name: str, attributes: dict[str, str], content: str = "") -> str:
    """An XML element and a line end; `content` is XML, the attributes are plain text."""
    listed = "".join(f' {key}="{_xml(value)}"' for key, value in attributes.items())
    return f"<{name}{listed}>{content}</{name}>\n"


def _xml(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.replace('"', "&quot;")
