"""Modules run as files, where their neighbours have the names of libraries."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from n3gen.cli import main

CHAIN = """\
chain {name}:
    input:
        x: int
    step double:
        target: app.tools:double
        kind: python
        with: {{x: "{{{{ payload.x }}}}"}}
"""
LIBRARIES = ("email", "json", "asyncio", "types", "typing", "logging", "runpy", "os")


@pytest.fixture(scope="module", params=["standalone", "shared"])
def root(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    root = tmp_path_factory.mktemp(request.param)
    files = {f"chains/{name}.ai": CHAIN.format(name="twice") for name in LIBRARIES}
    files |= {
        "chains/sub/json.ai": CHAIN.format(name="twice"),
        "app/__init__.py": "",
        "app/tools.py": "def double(x):\n    return 2 * x\n",
        "n3gen.toml": f'runtime = "{request.param}"\n',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(["build"]) == 0
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        ["generated/email.py"],
        ["generated/json.py"],
        ["generated/os.py"],
        ["generated/sub/json.py"],
        ["-m", "generated.email"],
        ["-m", "generated.sub.json"],
    ],
    ids=" ".join,
)
def test_a_module_runs_as_a_file_and_as_a_module(
    root: Path, arguments: list[str]
) -> None:
    shown = subprocess.run(
        [sys.executable, *arguments, "twice", "--input", '{"x": 4}'],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert shown.returncode == 0, shown.stderr
    assert json.loads(shown.stdout)["result"] == 8


def test_a_file_with_one_chain_needs_no_name_of_it(root: Path) -> None:
    shown = subprocess.run(
        [sys.executable, "generated/email.py", "--input", '{"x": 4}'],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(shown.stdout)["result"] == 8, shown.stderr
