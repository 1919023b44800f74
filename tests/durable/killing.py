"""Runs of built chains that are killed, and what must hold of them."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from n3gen.compiler import Options

from tests.building import built_text

__all__ = ["SEEDS", "Outcome", "killed_run", "random_kills", "written_module"]

HERE = Path(__file__).parent

SEEDS = [int(seed) for seed in os.environ.get("SEEDS", "0").split()]
"""When runs are killed; `make soak` has more of them."""

DURABLE = Options(target="dbos", enable_parallel_steps=True)


class Outcome:
    """The record of a run and what its lives have left in the log."""

    def __init__(self, folder: Path) -> None:
        self.record: dict[str, Any] = json.loads((folder / "record.json").read_text())
        self.log = (folder / "log").read_text().splitlines()

    @property
    def lives(self) -> int:
        return self.log.count("life")

    def check_nothing_ran_again(self) -> None:
        """No life begins more functions of a name than steps of it are left by then."""
        # A process may be killed between keeping an outcome and logging that it has.
        places = {line.partition(" ")[2] for line in self.log}
        steps = Counter(map(name_of, {p for p in places if ":" in p}))
        left: Counter[str] = Counter(steps)
        begun: Counter[str] = Counter()
        for line in self.log:
            word, _, rest = line.partition(" ")
            if word == "life":
                left, begun = left - Counter(), Counter()
                at_start = Counter(left)
            elif word == "kept":
                left[name_of(rest)] -= 1
            elif word == "began" and steps[rest]:
                begun[rest] += 1
                assert begun[rest] <= at_start[rest], self.log


def name_of(place: str) -> str:
    """The name of the step at a place, `rounds[0].first:7`."""
    return place.rpartition(":")[0].rpartition(".")[2]


def written_module(folder: Path, spec: str, options: Options = DURABLE) -> None:
    """Write the module of a spec, and the functions that it calls, into a folder."""
    text = built_text(spec, options=options)
    (folder / "module.py").write_text(text, encoding="utf-8")
    shutil.copy(HERE / "work.py", folder)


def killed_run(
    folder: Path,
    kills: Sequence[tuple[int, str]],
    *,
    chain: str = "c",
    payload: Any = None,
    environment: Mapping[str, str] | None = None,
    run_id: str = "run",
) -> Outcome:
    """Live a run through some kills; fails where a life ends otherwise."""
    plan = {"chain": chain, "payload": payload, "run_id": run_id, "kills": kills}
    ended = subprocess.run(
        [sys.executable, str(HERE / "lives.py"), json.dumps(plan)],
        cwd=folder,
        env={**os.environ, "N3GEN_RUNS": "runs.db", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return Outcome(folder)


def random_kills(seed: int, most: int) -> list[tuple[int, str]]:
    """Return moments at which lives are killed, each with something new in it."""
    draw = random.Random(seed)
    return [
        draw.choice([(1, "after"), (2, "before"), (2, "after")]) for _ in range(most)
    ]
