"""Specs and the modules that they build to, run.

A folder of `golden/build` holds `spec.ai` (or `.yaml`), the files that it uses, and
`case.py` if its chains need connectors or a payload. Golden are `expected.py`, the
module, and `result.json`, how its chains went on a virtual clock.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from n3gen.compiler import Options, compile_file, runtime_body
from n3gen.diagnostics.formats import as_text
from n3gen.diagnostics.rule import Severity
from n3gen.emit.header import stamp
from n3gen.emit.link import definitions_text
from n3gen.source import SourceFile

from tests.building import module_from
from tests.clock import run
from tests.golden_files import compare, contents

GOLDEN = Path(__file__).parent / "golden" / "build"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
OUTPUTS = ("expected.py", "result.json")

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.name))


def inputs_of(case: Path) -> dict[str, str]:
    return {name: text for name, text in contents(case).items() if name not in OUTPUTS}


def compiled(case: Path, options: Options | None = None) -> Any:
    inputs = inputs_of(case)
    spec = next(name for name in inputs if name.startswith("spec."))
    files = {name: SourceFile.of(name, text) for name, text in inputs.items()}
    used = {name: file for name, file in files.items() if name.endswith(".ai")}
    used.pop(spec, None)
    return compile_file(files[spec], options or Options(), used)


def ran(case: Path, body: str) -> dict[str, Any]:
    """How the chains of a module went, without what differs from run to run."""
    script: dict[str, Any] = {}
    path = case / "case.py"
    if path.exists():
        exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), script)
    module = module_from(body)
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


@each_case
def test_modules(case: Path, update_goldens: bool) -> None:
    compilation = compiled(case)
    errors = [p for p in compilation.problems if p.severity is Severity.ERROR]
    assert not errors, as_text(compilation.problems)
    assert compilation.body is not None
    records = ran(case, compilation.body)
    given = {
        "expected.py": stamp(compilation.body, compilation.source.path, "0" * 64),
        "result.json": json.dumps(records, indent=2, default=str) + "\n",
    }
    compare(case, given, update=update_goldens, inputs=inputs_of(case))


@each_case
def test_a_shared_runtime_has_the_same_bodies(case: Path) -> None:
    alone = compiled(case)
    shared = compiled(case, Options(runtime="shared"))
    assert alone.body is not None and shared.body is not None
    assert alone.support == shared.support
    runtime = runtime_body(shared.support)
    support = definitions_text(alone.support)
    assert support in alone.body
    assert support in runtime
    own = alone.body.split("# Run-time support", 1)[0]
    chains = own[own.index("\n\n\n") :].rstrip()
    assert chains in shared.body


@each_case
def test_a_module_imports_without_n3gen(case: Path) -> None:
    program = f"""
import sys, importlib.util
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("n3gen", "jinja2", "black", "yaml", "click"):
            raise ImportError(name)
sys.meta_path.insert(0, Nothing())
spec = importlib.util.spec_from_file_location("m", {str(case / "expected.py")!r})
module = importlib.util.module_from_spec(spec)
sys.modules["m"] = module
spec.loader.exec_module(module)
print(*module.CHAINS, sep="\\n")
"""
    shown = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", program],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert shown.stdout.split("\n")[:-1] == list(compiled(case).chains)
