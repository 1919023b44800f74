"""Build while builds are killed, the disk is full, or another build runs.

Whatever happens, every module is whole, old or new; a build that failed changed nothing;
the next build repairs the folder and leaves no temporary file.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from random import Random

from n3gen.project.freshness import is_unedited, read_header

from tests.soak.corpus import ROOT
from tests.soak.findings import Findings, arguments, report

__all__ = ["strain_builds"]

SPEC = """\
chain c{number}:
    description: version {version}
    step a:
        value: {version}
"""
NAMES = ("a", "b", "sub/c", "sub/d", "sub/deep/e")
CHANGES = 24
"""More changes of files than a build of these specs makes."""


def strain_builds(count: int, seed: int) -> Findings:
    """Break `count` builds in each of the ways."""
    findings = Findings()
    with tempfile.TemporaryDirectory(prefix="n3gen-soak-") as folder:
        project = _Project(Path(folder), Random(seed), findings)
        for _ in range(count):
            project.break_build("kill")
            project.break_build("term")
            project.break_build("full")
            project.build_twice()
    return findings


class _Project:
    """A project with a few specs, whose every version builds to other modules."""

    def __init__(self, folder: Path, random: Random, findings: Findings) -> None:
        self.folder, self.random, self.findings = folder, random, findings
        self.version = 0
        (folder / "n3gen.toml").write_text('specs = ["specs"]\n')
        self.write_specs()
        self.repair("the first build")

    def write_specs(self) -> None:
        """Write a new version of the specs, sometimes with one fewer."""
        self.version += 1
        shutil.rmtree(self.folder / "specs", ignore_errors=True)
        missing = self.random.choice([None, None, None, "sub/d"])
        for number, name in enumerate(NAMES):
            if name == missing:
                continue
            path = self.folder / "specs" / f"{name}.ai"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(SPEC.format(number=number, version=self.version))

    def start(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *command],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def n3gen(self, *command: str) -> tuple[int, str]:
        process = self.start("-m", "n3gen", *command)
        printed, _ = process.communicate()
        return process.returncode, printed

    def modules(self) -> dict[str, bytes]:
        paths = (self.folder / "generated").rglob("*.py")
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}

    def leftovers(self) -> list[str]:
        return sorted(path.name for path in self.folder.rglob(".*.tmp"))

    def repair(self, after: str) -> None:
        """Require that a build and a check succeed, and that they tidy up."""
        for command in ("build", "check"):
            status, printed = self.n3gen(command)
            if status:
                self.findings.add(f"{command} fails after {after}", printed)
        if left := self.leftovers():
            self.findings.add(f"temporary files stay after {after}", ", ".join(left))

    def require_whole(self, after: str) -> None:
        """Require that no module is half written."""
        for name, data in self.modules().items():
            header = read_header(data)
            whole = header is not None and is_unedited(data, header)
            self.findings.require(whole, f"a module is cut short by {after}", name)

    def break_build(self, fault: str) -> None:
        """Let a change of a file go wrong, anywhere in a build."""
        self.findings.count += 1
        self.write_specs()
        before = self.modules()
        at = self.random.randrange(1, CHANGES)
        process = self.start("-m", "tests.soak.faulty_build", fault, str(at), "build")
        printed, _ = process.communicate()
        after = f"`{fault}`"
        self.require_whole(after)
        if "Traceback" in printed or process.returncode == 3:
            self.findings.add(f"a user sees an error of ours after {after}", printed)
        if fault == "full" and process.returncode and self.modules() != before:
            self.findings.add("a build that failed changed modules", printed)
        if fault == "full" and process.returncode and self.leftovers():
            self.findings.add("a build that failed left files", printed)
        self.repair(after)

    def build_twice(self) -> None:
        """Run two builds at once."""
        self.findings.count += 1
        self.write_specs()
        for process in [self.start("-m", "n3gen", "build") for _ in range(2)]:
            printed, _ = process.communicate()
            if process.returncode:
                self.findings.add("one of two builds at once fails", printed)
        self.require_whole("another build")
        self.repair("two builds at once")


def main() -> None:
    given = arguments("Break builds, and look at what they leave.", 25)
    report("strain_builds", given.seed, strain_builds(given.count, given.seed))


if __name__ == "__main__":
    main()
