"""Specs and the modules that they build to, run.

A folder of `golden/build` holds `spec.ai` (or `.yaml`), the files that it uses, and
`case.py` if its chains need connectors or a payload. Golden are `expected.py`, the
module, and `result.json`, how its chains went on a virtual clock. Modules are in the
shared layout, so that a difference shows the code of the chains; a few have the package
`_runtime` beside them, and two are standalone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

import pytest
from n3gen.compiler import Compilation, Options, compile_file
from n3gen.diagnostics.formats import as_text
from n3gen.diagnostics.rule import Severity
from n3gen.emit.header import stamp
from n3gen.source import SourceFile

from tests.building import module_from, runtime_files, shared_module, write_files
from tests.clock import run
from tests.golden_files import compare, contents

GOLDEN = Path(__file__).parent / "golden" / "build"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
STANDALONE = ("customer_feedback_analysis", "openai_connection")
WITH_RUNTIME = ("diamond", "http_request")
TELEMETRY = ("telemetry",)
VIEWS = ("views",)


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    """Take variables that cases set from the environment of later tests."""
    with patch.dict(os.environ):
        yield


each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))


def inputs_of(case: Path) -> dict[str, str]:
    return {
        name: text
        for name, text in contents(case).items()
        if name not in ("expected.py", "result.json")
        and not name.startswith("_runtime/")
    }


def compiled(case: Path, runtime: str | None = None) -> Compilation:
    inputs = inputs_of(case)
    spec = next(name for name in inputs if name.startswith("spec."))
    files = {name: SourceFile.of(name, text) for name, text in inputs.items()}
    used = {name: file for name, file in files.items() if name.endswith(".ai")}
    used.pop(spec, None)
    chosen = "standalone" if case.name in STANDALONE else "shared"
    options = Options(
        runtime="shared" if (runtime or chosen) == "shared" else "standalone",
        telemetry="otel" if case.name in TELEMETRY else "none",
        metrics="prometheus" if case.name in TELEMETRY else "counts",
        trace=case.name in VIEWS,
    )
    compilation = compile_file(files[spec], options, used)
    errors = [p for p in compilation.problems if p.severity is Severity.ERROR]
    assert not errors, as_text(compilation.problems)
    return compilation


def ran(case: Path, module: ModuleType) -> dict[str, Any]:
    """How the chains of a module went, without what differs from run to run."""
    script: dict[str, Any] = {}
    path = case / "case.py"
    if path.exists():
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), script)
    records = {}
    for chain in module.CHAINS:
        payload = script.get("PAYLOADS", {}).get(chain, script.get("PAYLOAD"))

        async def main(chain: str = chain, payload: Any = payload) -> Any:
            try:
                return await module.run_chain(
                    chain,
                    payload,
                    connectors=script.get("CONNECTORS"),
                    parallel=True,
                )
            finally:
                await module.aclose()

        record = run(main(), patience=20)
        del record["metadata"]["run_id"]
        records[chain] = record
    return records


def results(case: Path, compilation: Compilation, folder: Path) -> str:
    assert compilation.body is not None
    if case.name in STANDALONE:
        records = ran(case, module_from(compilation.body))
    else:
        with shared_module(folder, compilation.body, compilation.support) as module:
            records = ran(case, module)
    return json.dumps(records, indent=2, default=str) + "\n"


@each_case
def test_modules(case: Path, tmp_path: Path, update_goldens: bool) -> None:
    compilation = compiled(case)
    assert compilation.body is not None
    given = {
        "expected.py": stamp(compilation.body, compilation.source.path, "0" * 64),
        "result.json": results(case, compilation, tmp_path),
    }
    if case.name in WITH_RUNTIME:
        given |= runtime_files(compilation.support)
    compare(case, given, update=update_goldens, inputs=inputs_of(case))


@pytest.mark.large
@each_case
def test_a_module_imports_without_n3gen(case: Path, tmp_path: Path) -> None:
    compilation = compiled(case)
    text = (case / "expected.py").read_text(encoding="utf-8")
    files = {"__init__.py": "", "module.py": text}
    if case.name not in STANDALONE:
        files |= runtime_files(compilation.support)
    write_files(tmp_path / "built", files)
    program = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("n3gen", "jinja2", "black", "yaml", "click"):
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
import built.module
print(*built.module.CHAINS, sep="\\n")
"""
    shown = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        capture_output=True,
        cwd=tmp_path,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.split("\n")[:-1] == list(compilation.chains)
