"""What linters, formatters and type checkers say of all golden modules, in both modes."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from n3gen.compiler import Options, compile_file, registry_body
from n3gen.emit.support import support
from n3gen.source import SourceFile

from tests.building import runtime_files, write_files
from tests.golden_files import contents

GOLDEN = Path(__file__).parent / "golden" / "build"

SHOWN = 6
"""So many modules with their own support have four fifths of its definitions."""

CALLS = '''\
"""Calls of generated modules, as users write them."""

from datetime import UTC, datetime
from uuid import UUID

from built.typed_fields import Mail

MAIL = Mail(
    from_="ada",
    content_type="text",
    subject="hello",
    code="a",
    sent=datetime.now(tz=UTC),
    id=UUID(int=1),
)
'''


def tool(name: str, *arguments: str, folder: Path) -> str:
    """What a tool says on a folder; nothing where it has nothing to say."""
    shown = subprocess.run(
        [sys.executable, "-m", name, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
    )
    return "" if shown.returncode == 0 else shown.stdout + shown.stderr


@pytest.fixture(scope="module", params=["standalone", "shared"])
def package(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A folder with the package `built`: the modules of all golden cases."""
    folder = tmp_path_factory.mktemp(request.param)
    built = folder / "built"
    built.mkdir()
    options = Options(runtime=request.param)
    support: frozenset[str] = frozenset()
    chains: dict[str, tuple[str, ...]] = {}
    for case in sorted(path for path in GOLDEN.iterdir() if path.is_dir()):
        found = {n: SourceFile.of(n, t) for n, t in contents(case).items()}
        spec = next(name for name in found if name.startswith("spec."))
        used = {n: f for n, f in found.items() if n.endswith(".ai") and n != spec}
        reports = {"telemetry": "otel", "metrics": "prometheus"}
        given = replace(options, **reports) if case.name == "telemetry" else options
        given = replace(given, trace=case.name == "views")
        compilation = compile_file(found[spec], given, used)
        assert compilation.body is not None
        support |= compilation.support
        chains[case.name] = compilation.chains
        (built / f"{case.name}.py").write_text(compilation.body, encoding="utf-8")
    files = {"__init__.py": registry_body(chains)}
    if request.param == "shared":
        files |= runtime_files(support)
    write_files(built, files)
    (folder / "calls.py").write_text(CALLS, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def sample(package: Path) -> list[str]:
    """Modules of the package that have what there is to see for slow tools.

    Of modules that carry their own support, those that show most definitions of it are
    enough; all others are seen in the other mode, as are all chains.
    """
    defined = {path: _definitions(path) for path in sorted(package.glob("built/*.py"))}
    if (package / "built" / "_runtime").exists():
        return ["built", "calls.py"]
    wanted = set(support().homes)
    chosen = ["calls.py"]
    for _ in range(SHOWN):
        best = max(defined, key=lambda path: len(defined[path] & wanted))
        chosen.append(f"built/{best.name}")
        wanted -= defined.pop(best)
    return chosen


def _definitions(path: Path) -> set[str]:
    """The names of the functions and classes of a module."""
    nodes = ast.parse(path.read_text(encoding="utf-8")).body
    return {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    }


def test_black(package: Path, sample: list[str]) -> None:
    assert tool("black", "--check", "--quiet", *sample, folder=package) == ""


@pytest.mark.parametrize(
    "choice",
    [
        [],
        [
            "--select",
            "A,ASYNC1,B,C4,E,F,I,PIE,RET,RUF,SIM,UP,W",
            "--ignore",
            "E501,ASYNC109,RUF001,RUF003",
        ],
    ],
    ids=["default rules", "many rules"],
)
def test_ruff(package: Path, choice: list[str]) -> None:
    version = ["--isolated", "--target-version", "py311", "--output-format", "concise"]
    assert (
        tool("ruff", "check", "--no-cache", *version, *choice, ".", folder=package)
        == ""
    )


def test_mypy(package: Path) -> None:
    cache = ["--cache-dir", str(package / "cache"), "--config-file", os.devnull]
    checked = ["-p", "built", "-m", "calls"]
    assert tool("mypy", "--strict", *cache, *checked, folder=package) == ""


def test_mypy_with_the_plugin_of_pydantic(package: Path) -> None:
    """It takes the parameters of a model for itself, by its own reading of aliases."""
    told = (
        "[mypy]\nplugins = pydantic.mypy\n[pydantic-mypy]\ninit_forbid_extra = true\n"
    )
    (package / "plugin.ini").write_text(told, encoding="utf-8")
    told_by = ["--config-file", "plugin.ini", "--cache-dir", "cache_of_plugin"]
    assert tool("mypy", "--strict", *told_by, "-m", "calls", folder=package) == ""


def test_pyright(package: Path, sample: list[str]) -> None:
    config = {
        "include": sample,
        "typeCheckingMode": "strict",
        "pythonVersion": "3.11",
    }
    (package / "pyrightconfig.json").write_text(json.dumps(config), encoding="utf-8")
    said = tool("pyright", "--pythonpath", sys.executable, folder=package)
    assert said == ""
