"""A program that lives a run in several processes, all but the last of which are killed.

It imports the module `module` of its folder once and forks a process for each life, so
that a life costs a launch of DBOS and no imports. A life is killed in the moment before
or after it keeps its n-th outcome. What functions do and what is kept goes into the
file `log`, a line each; the record of the last life into `record.json`.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, os.getcwd())

import module as built  # type: ignore[import-not-found]


def log(line: str) -> None:
    """Append a line that outlives this process."""
    with open("log", "a", encoding="utf-8") as file:
        file.write(f"{line}\n")


def leave(name: str, text: str) -> None:
    """Write a file for the test."""
    Path(name).write_text(text, encoding="utf-8")


def watch_keeps(kill_at: int | None, when: str) -> None:
    """Log what is kept, and end the process at the `kill_at`-th outcome."""
    kept, count = built.Journal.keep, 0

    async def keep(journal: Any, place: str, outcome: Any) -> Any:
        nonlocal count
        if not place.endswith(" began"):
            count += 1
        is_last = count == kill_at and not place.endswith(" began")
        if is_last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        log(f"keeping {place}")
        result = await kept(journal, place, outcome)
        log(f"kept {place}")
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    built.Journal.keep = keep


async def live(plan: Mapping[str, Any]) -> None:
    """Start the run or go on with it, and leave its record."""
    try:
        record = await built.run_chain(
            plan["chain"], plan.get("payload"), run_id=plan["run_id"]
        )
    finally:
        await built.aclose()
    leave("record.json", built.to_json(record))


def one_life(plan: Mapping[str, Any], kill_at: int | None, when: str) -> int:
    """Live once in a process of its own; return how that has ended."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            watch_keeps(kill_at, when)
            asyncio.run(live(plan))
            code = 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Live all lives of the plan, then one to the end."""
    (queues,) = built.queues_here(built.MODULE.code).values()
    for queue in queues.values():
        queue["polling_interval_sec"] = 0.02
    plan = json.loads(sys.argv[1])
    for kill_at, when in plan["kills"]:
        log("life")
        code = one_life(plan, kill_at, when)
        if code == 0:
            return
        assert code == -signal.SIGKILL, code
    log("life")
    code = one_life(plan, None, "")
    assert code == 0, code


if __name__ == "__main__":
    main()
