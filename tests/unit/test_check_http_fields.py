"""What can be read of an `http` step, and of what may stand where its response would."""

from __future__ import annotations

import pytest
from n3gen.compiler import Options, compile_file
from n3gen.diagnostics.rule import Severity
from n3gen.source import SourceFile

from tests.building import build

SPEC = """
type Out:
    label: str
chain c:
    step page:
        url: "https://example.com/x"
{keys}
    step use:
        value: "{{{{ {read} }}}}"
"""
REPLACED = "        on_error:\n            step other: {value: {label: 1}}"


def codes(keys: str, read: str) -> list[str]:
    text = SPEC.format(keys=keys, read=read)
    found = compile_file(SourceFile.of("specs/x.ai", text), Options(), emits=False)
    errors = [p for p in found.problems if p.severity is Severity.ERROR]
    return [problem.rule.code for problem in errors]


@pytest.mark.parametrize(
    ("keys", "read"),
    [
        ("", "steps.page.attempts"),
        ("", "steps.page.elapsed_ms"),
        ("        on_error: continue", "steps.page.error.kind"),
        ("        on_error: continue", "page.kind"),
        (REPLACED, "page.label"),
        ("        output: Out", "page.label"),
        ("        fallback: other", "page.label"),
    ],
)
def test_what_is_there(keys: str, read: str) -> None:
    assert codes(keys, read) == []
    build(SPEC.format(keys=keys, read=read))


@pytest.mark.parametrize("keys", ["", "        retry: 1", "        on_error: skip"])
def test_what_a_response_does_not_have(keys: str) -> None:
    assert codes(keys, "page.attempts") == ["N509"]
    assert codes(keys, "steps.page.label") == ["N509"]
