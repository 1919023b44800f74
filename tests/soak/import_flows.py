"""Import all flows of a folder or of a git repository, and try what they become.

Each spec is built, linted with warnings as errors, typed and tested with its mocks:

    python -m tests.soak.import_flows FOLDER_OR_GIT_DIRECTORY [--under examples]

The repository of Prompt Flow, microsoft/promptflow, has 47 example flows under `examples`.
No code of a flow is run: its functions are mocked.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.soak.findings import Findings

__all__ = ["import_flows"]

CONFIG = 'specs = ["chains"]\nout = "generated"\nruntime = "shared"\n'
ENDINGS = (".ai", ".yaml", ".yml", ".py", ".jinja2", ".md", ".txt")


def import_flows(source: Path, under: str, project: Path, tool: str) -> Findings:
    """Import what is below a folder of `source` into a project, and try it."""
    (project / "n3gen.toml").write_text(CONFIG)
    flows = project / "flows"
    if (source / "objects").is_dir() or (source / ".git").exists():
        _copy_of_git(source, under, flows)
    else:
        flows.symlink_to((source / under).resolve(), target_is_directory=True)
    findings = Findings()
    done = _n3gen(project, "import", tool, str(flows / ""), "--json")
    findings.require(done.returncode in (0, 1), "the import fails", done.stderr)
    found = json.loads(done.stdout)["flows"] if done.returncode < 2 else []
    findings.count = len(found)
    _show_import(found)
    _try(project, found, findings)
    return findings


def _copy_of_git(source: Path, under: str, target: Path) -> None:
    """Write the small text files of a commit, which may lack some of its objects."""
    git = ["git", "-C", str(source)]
    listed = subprocess.run(
        [*git, "ls-tree", "-r", "-z", "HEAD", *([under] if under else [])],
        capture_output=True,
        check=True,
    )
    for entry in listed.stdout.decode().split("\0"):
        mode, _, rest = entry.partition(" ")
        if not mode or not entry.endswith(ENDINGS):
            continue
        _, _, named = rest.partition(" ")
        key, _, path = named.partition("\t")
        text = subprocess.run([*git, "cat-file", "blob", key], capture_output=True)
        file = target / path
        if text.returncode == 0 and mode != "120000":
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.stdout)


def _show_import(flows: list[dict[str, Any]]) -> None:
    done = [flow for flow in flows if flow["status"] == "imported"]
    plain = [flow for flow in done if not flow["remarks"]]
    lossless = [
        flow
        for flow in done
        if all(remark["severity"] == "note" for remark in flow["remarks"])
    ]
    print(f"flows: {len(flows)}, imported: {len(done)}")
    print(f"  without a remark: {len(plain)}, with notes at most: {len(lossless)}")
    kinds = Counter(node["type"] for flow in done for node in flow["nodes"])
    became = Counter(
        node["became"].split()[0] for flow in done for node in flow["nodes"]
    )
    print(f"  nodes by type: {dict(kinds)}, by what they became: {dict(became)}")
    for flow in flows:
        if flow["status"] != "imported":
            print(f"  faulty: {flow['flow']}: {flow['remarks'][0]['message']}")


def _try(project: Path, flows: list[dict[str, Any]], findings: Findings) -> None:
    """Build, lint, type and test all specs of a project."""
    built = _n3gen(project, "build")
    findings.require(built.returncode == 0, "a spec does not build", built.stderr)
    linted = _n3gen(project, "lint", "--strict", "--output-format", "json")
    findings.require(linted.returncode == 0, "a spec has a warning", linted.stdout)
    told = _n3gen(project, "fmt", "--check")
    findings.require(told.returncode == 0, "a spec is not in the layout", told.stderr)
    typed = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--ignore-missing-imports",
            "--follow-imports=silent",
            "generated",
        ],
        cwd=project,
        capture_output=True,
        text=True,
    )
    print(f"mypy: {typed.stdout.splitlines()[-1] if typed.stdout else typed.stderr}")
    findings.require(typed.returncode == 0, "a module is not typed", typed.stdout)
    _test(project, flows, findings)


def _test(project: Path, flows: list[dict[str, Any]], findings: Findings) -> None:
    tested = _n3gen(project, "test", "--json")
    data = json.loads(tested.stdout) if tested.stdout else {"tests": []}
    by_spec: dict[str, list[bool]] = {}
    for test in data["tests"]:
        by_spec.setdefault(test["file"], []).append(test["status"] == "ok")
    green = sum(all(by_spec.get(flow["spec"] or "", [False])) for flow in flows)
    total = sum(map(len, by_spec.values()))
    print(f"tests: {total}, flows with all of theirs green: {green} of {len(flows)}")
    findings.require(tested.returncode == 0, "a test fails", tested.stdout)


def _n3gen(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "n3gen", *arguments],
        cwd=project,
        capture_output=True,
        text=True,
    )


def main() -> int:
    """Run the campaign that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path)
    parser.add_argument("--under", default="", help="a folder in it")
    parser.add_argument(
        "--tool", choices=("promptflow", "dify", "namel3ss"), default="promptflow"
    )
    given = parser.parse_args()
    with TemporaryDirectory(prefix="n3gen-flows-") as folder:
        findings = import_flows(given.source, given.under, Path(folder), given.tool)
    print(findings if findings.kinds else "no faults")
    return 1 if findings.kinds else 0


if __name__ == "__main__":
    sys.exit(main())
