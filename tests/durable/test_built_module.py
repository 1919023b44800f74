"""The text of durable modules, and that others have nothing of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from n3gen.compiler import Options, compile_file
from n3gen.source import SourceFile
from n3gen.target import ASYNCIO, DBOS_TRANSACT

from tests.building import built_text
from tests.golden_files import compare

GOLDEN = Path(__file__).parent.parent / "golden" / "durable"

SPEC = """
limit desk: 2

type Decision:
    approved: bool

chain answer:
    timeout: 2d
    input: {message: str}
    step draft:
        kind: python
        target: "tests.durable.work:do"
        limit: desk
        retry: 2
    race second:
        step quick: {target: quick_reader}
        step careful: {target: careful_reader}
    within check: 10s:
        step checked: {kind: python, target: "tests.durable.work:do", on_error: skip}
    else:
        step unchecked: {value: "nobody had time"}
    step approve:
        wait: approval
        ask: "Send {{ draft }}?"
        output: Decision
    step pause: {wait: 1h}
    result: {sent: "{{ approve.approved }}", check: "{{ check }}", second: "{{ second }}"}
"""


def test_a_durable_module_reads_as_its_golden(update_goldens: bool) -> None:
    options = Options(target="dbos", runtime="shared")
    found = compile_file(SourceFile.of("specs/x.ai", SPEC), options)
    assert found.body is not None
    lines = found.body.splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith("    version="))
    compare(GOLDEN, {"expected.py": text}, update=update_goldens)


@pytest.mark.parametrize("runtime", ["standalone", "shared"])
def test_a_module_of_asyncio_has_nothing_of_the_engine(runtime: str) -> None:
    text = built_text(
        SPEC, options=Options(runtime="shared" if runtime == "shared" else "standalone")
    )
    assert "dbos" not in text.lower()
    assert "sqlalchemy" not in text
    assert "durable" not in text.replace("tests.durable.work", "").lower()


def test_the_version_changes_with_the_code_and_with_nothing_else() -> None:
    def version(spec: str) -> str:
        text = built_text(spec, options=Options(target="dbos"))
        (line,) = [one for one in text.splitlines() if one.startswith("    version=")]
        return line

    assert version(SPEC) == version(SPEC.replace("timeout: 2d", "timeout: 48h"))
    assert version(SPEC) != version(SPEC.replace("1h", "2h"))


def test_targets_have_the_same_operations() -> None:
    spelled = DBOS_TRANSACT.spellings(ASYNCIO)
    assert spelled["Step"] == "DurableStep"
    assert ASYNCIO.spellings(ASYNCIO) == {}


def test_a_type_that_a_parameter_covers_is_read_by_another_name() -> None:
    spec = """
        type Out:
            text: str
        chain c:
            input: {Out: str}
            step a: {kind: python, target: "tests.durable.work:do", output: Out}
        """
    text = built_text(spec, options=Options(target="dbos"))
    assert "\nCResult = Out\n" in text
    assert "result: CResult = typed_value(ended, CResult)\n" in text
