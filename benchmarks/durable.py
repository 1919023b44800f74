"""What durability costs: a step beside one of bare DBOS, and the time to go on.

Run as `python -m benchmarks.durable [ADDRESS]`: without an address in an SQLite file, and
else in a PostgreSQL database. Each contestant has processes of its own, which take turns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from textwrap import dedent

from n3gen.compiler import Options, compile_file
from n3gen.source import SourceFile

__all__ = ["main"]

STEPS = 300
ROUNDS = 5

SPEC = f"""\
chain c:
    timeout: 1h
    for rounds: n in range({STEPS}):
        step work:
            kind: python
            target: "work:work"
            options: {{n: "{{{{ n }}}}"}}
"""

WORK = """\
async def work(ctx):
    return {"n": ctx.options["n"]}
"""

OURS = """
    import asyncio, json, time, module
    async def main():
        await module.MODULE.launch()
        began = time.perf_counter()
        record = await module.run_chain("c")
        seconds = time.perf_counter() - began
        await module.aclose()
        assert record["status"] == "ok", record["error"]
        print(json.dumps(seconds))
    asyncio.run(main())
    """

BARE = """
    import asyncio, json, os, sys, time
    from dbos import DBOS, DBOSConfig
    from n3gen.templates.runtime.durable.run_database import RunDatabase

    STEPS = int(sys.argv[1])

    @DBOS.step()
    async def work(n):
        return {"n": n}

    @DBOS.workflow()
    async def run():
        return [await work(n) for n in range(STEPS)]

    async def main():
        database = RunDatabase("bare.db")
        config = DBOSConfig(
            name="bare", system_database_url=database.url, log_level="ERROR"
        )
        if database.is_file and sys.argv[2] == "ours":
            DBOS.migrate(database.url)
            config["system_database_engine"] = database.sqlite_connections()
            config["run_migrations"] = False
        DBOS(config=config)
        DBOS.launch()
        began = time.perf_counter()
        await run()
        print(json.dumps(time.perf_counter() - began))
        DBOS.destroy()

    asyncio.run(main())
    """

KILLED = """
    import asyncio, os, signal, module
    async def main():
        keep, count = module.Journal.keep, 0
        async def kill(journal, place, outcome):
            nonlocal count
            await keep(journal, place, outcome)
            count += 1
            if count == 200:
                os.kill(os.getpid(), signal.SIGKILL)
        module.Journal.keep = kill
        await module.run_chain("c", run_id="killed")
    asyncio.run(main())
    """

GOES_ON = """
    import asyncio, json, time, module
    async def main():
        began = time.perf_counter()
        async for event in module.stream_chain("c", run_id="killed"):
            if event["event"] == "step_start" and event["step"].startswith("rounds[200]"):
                print(json.dumps(time.perf_counter() - began))
        await module.aclose()
    asyncio.run(main())
    """


def ran(folder: Path, script: str, address: str, *arguments: str) -> float:
    """Run a script in a process, and return the seconds that it prints."""
    ended = subprocess.run(
        [sys.executable, "-c", dedent(script), *arguments],
        cwd=folder,
        env={**os.environ, "N3GEN_RUNS": address},
        capture_output=True,
        text=True,
    )
    if not ended.stdout:
        return 0.0
    seconds: float = json.loads(ended.stdout)
    return seconds


def main() -> None:
    """Measure, and print what a step costs and how long it takes to go on."""
    address = sys.argv[1] if len(sys.argv) > 1 else "runs.db"
    compiled = compile_file(SourceFile.of("specs/x.ai", SPEC), Options(target="dbos"))
    assert compiled.body is not None
    contestants = {
        "bare DBOS": (BARE, str(STEPS), "stock"),
        "bare DBOS on our connections": (BARE, str(STEPS), "ours"),
        "n3gen": (OURS,),
    }
    found: dict[str, list[float]] = {name: [] for name in contestants}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "module.py").write_text(compiled.body, encoding="utf-8")
        (folder / "work.py").write_text(WORK, encoding="utf-8")
        for _ in range(ROUNDS):
            for contestant, (script, *arguments) in contestants.items():
                found[contestant].append(ran(folder, script, address, *arguments))
        ran(folder, KILLED, address)
        recovery = ran(folder, GOES_ON, address)
    reference = found["bare DBOS on our connections"]
    for contestant, seconds in found.items():
        ratio = median(a / b for a, b in zip(seconds, reference, strict=True))
        each = median(seconds) / STEPS * 1000
        print(f"{contestant}: {each:.2f} ms a step, {ratio:.2f} times")
    print(f"{recovery:.2f} s from the start of the next process's run to its next step")


if __name__ == "__main__":
    main()
