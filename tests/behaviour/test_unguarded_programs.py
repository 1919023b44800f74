"""Programs that forget `if __name__ == "__main__":` and whose modules start processes.

A process that is spawned runs the program's file once more, up to that line.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from n3gen.templates.runtime.run.workers import Worker

from tests.building import built_text

ACTOR = """
    actor counter:
        target: counters:Counter
        runs: process
        scope: SCOPE
    chain c:
        step one: {kind: ask, target: counter.add}
        result: "{{ one }}"
"""

WORKER = """
    chain c:
        step one: {kind: python, target: "counters:twice", executor: process, with: {n: 2}}
        result: "{{ one }}"
"""

COUNTERS = """
class Counter:
    number = 0

    def add(self):
        self.number += 1
        return self.number

def twice(n):
    return 2 * n
"""

UNGUARDED = """
import asyncio, os, module
print("ran", os.getpid(), flush=True)
asyncio.run(module.c())
"""

IGNORED = """
import os, module
print("ran", os.getpid(), flush=True)
print(module.run_chain_sync("c")["error"], flush=True)
"""

GUARDED = """
import asyncio, os, module
print("ran", os.getpid(), flush=True)
if __name__ == "__main__":
    print(asyncio.run(module.c()), flush=True)
"""

GONE = """
import sys
if __name__ == "__main__":
    sys.path.insert(0, "elsewhere")
    import module
    del sys.path[0]
    print(module.run_chain_sync("c")["error"], flush=True)
"""

WAY_OUT = '`if __name__ == "__main__":` belongs before what a program runs'

SPECS = {
    "worker": WORKER,
    "actor of a run": ACTOR.replace("SCOPE", "run"),
    "actor of the process": ACTOR.replace("SCOPE", "process"),
}


@pytest.fixture(name="folder", params=SPECS)
def fixture_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    (tmp_path / "module.py").write_text(built_text(SPECS[request.param]))
    (tmp_path / "counters.py").write_text(COUNTERS)
    return tmp_path


def ran(folder: Path, program: str) -> tuple[int, list[str], str]:
    """Return the exit code of a program, the processes that ran it, and what it said."""
    (folder / "program.py").write_text(program)
    ended = subprocess.run(
        [sys.executable, "program.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=50,
    )
    said = ended.stdout.splitlines()
    processes = [line.split()[1] for line in said if line.startswith("ran ")]
    for process in processes:
        assert not Path(f"/proc/{process}").exists()
    return ended.returncode, processes, ended.stdout + ended.stderr


def test_a_program_without_the_line_fails_and_says_what_to_do(folder: Path) -> None:
    code, processes, said = ran(folder, UNGUARDED)
    assert code == 1
    assert len(processes) == 2
    last = said.splitlines()[-1]
    assert "ChainError: Step 'one' failed: " in last
    assert f"died with exit code 1 as it started: {WAY_OUT}" in last


def test_a_program_that_goes_on_over_the_error_starts_no_third_process(
    folder: Path,
) -> None:
    code, processes, said = ran(folder, IGNORED)
    assert code == 0
    assert len(processes) == 2
    assert f"a process that starts cannot start others: {WAY_OUT}" in said
    assert said.rstrip().splitlines().count("None") == 1


def test_a_program_with_the_line_runs_once(folder: Path) -> None:
    code, processes, said = ran(folder, GUARDED)
    assert (code, len(processes)) == (0, 2)
    assert said.splitlines()[-1] in ("1", "4")


def test_a_worker_that_is_killed_as_it_starts_says_so_alone() -> None:
    worker = Worker()
    worker.process = worker.started()
    worker.process.kill()
    with pytest.raises(RuntimeError, match=r"died with exit code -9 as it started$"):
        worker.call(b"")


def test_a_worker_that_cannot_import_the_module_says_so(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    (folder / "module.py").rename(folder / "elsewhere" / "module.py")
    code, _, said = ran(folder, GONE)
    assert code == 0
    assert "No module named 'module'" in said
    last = said.splitlines()
    way_out = "it cannot import `module`, whose folder has to stay on `sys.path`"
    assert any(f"exit code 1 as it started: {way_out}" in line for line in last)
    assert WAY_OUT not in said
