"""A demo of `specs/durable`: a run whose process is killed, and which goes on.

Run as `python -m specs.durable_demo`, after `n3gen build`; it takes about 10 seconds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from specs.demo import heading, show
from specs.texts import feedback

__all__ = ["main"]

RUN = "ledger"

ENOUGH = 40
"""Lines of the ledger after which the process is killed."""

COMMAND = (sys.executable, "-m", "generated.durable.feedback_ledger")


def line(text: str) -> None:
    """Print one line of the demo."""
    print(f"    {text}", flush=True)


def texts_by_process(ledger: Path) -> dict[int, list[str]]:
    """Return the ids of the texts that each process has read, in their order."""
    found: dict[int, list[str]] = {}
    for entry in ledger.read_text(encoding="utf-8").splitlines():
        process, text = entry.split()
        found.setdefault(int(process), []).append(text)
    return found


def started(payload: str) -> subprocess.Popen[str]:
    """Start a process that starts the run, or goes on with it."""
    command = (*COMMAND, "--run-id", RUN, "--input", payload)
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def kill_at_work(process: subprocess.Popen[str], ledger: Path) -> None:
    """Kill a process, as a power cut does, once it has read enough."""
    while not ledger.exists() or len(ledger.read_bytes().splitlines()) < ENOUGH:
        if process.poll() is not None:
            raise SystemExit(f"the run ended too early: exit code {process.returncode}")
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    line(f"process {process.pid} is killed: exit code {process.returncode}")


def kept() -> dict[str, Any]:
    """Return what `n3gen runs show` knows of the run."""
    n3gen = str(Path(sys.executable).with_name("n3gen"))
    command = (n3gen, "runs", "show", RUN, "--output-format", "json")
    shown = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(shown.stdout)
    return found


def demo(folder: Path) -> None:
    """Start a run, kill its process, and go on in another one."""
    payload = json.dumps({"texts": feedback("reviews")})
    (folder / "payload.json").write_text(payload, encoding="utf-8")
    ledger = folder / "ledger"
    os.environ.update(LEDGER=str(ledger), N3GEN_RUNS=str(folder / "runs.db"))
    number = len(feedback("reviews"))
    heading(
        f"feedback_ledger: {number} reviews, and a process that is killed (kill -9)"
    )
    first = started(f"@{folder / 'payload.json'}")
    kill_at_work(first, ledger)
    finished = {step["path"].split("[")[1].split("]")[0] for step in kept()["steps"]}
    line(
        f"n3gen runs show: {len(finished)} steps are kept, and nobody executes the run"
    )
    second = started(f"@{folder / 'payload.json'}")
    output, _ = second.communicate()
    record = json.loads(output)
    if record["status"] != "ok":
        raise SystemExit(f"the run ended as {record['status']}: {record['error']}")
    read = texts_by_process(ledger)
    line(
        f"process {second.pid} goes on with it, and reads {len(read[second.pid])} texts"
    )
    again = finished.intersection(read[second.pid])
    times = Counter(text for texts in read.values() for text in texts)
    twice = sum(count > 1 for count in times.values())
    line(f"finished steps that ran again: {len(again)}")
    line(
        f"texts that were at work when the process was killed, and read twice: {twice}"
    )
    if again or len(record["steps"]) != number + 2:
        raise SystemExit(f"these ran again: {again}")
    show(record["result"])


def main() -> None:
    """Run the demo from the project's root."""
    os.chdir(Path(__file__).parent.parent)
    with tempfile.TemporaryDirectory() as folder:
        demo(Path(folder))


if __name__ == "__main__":
    main()
