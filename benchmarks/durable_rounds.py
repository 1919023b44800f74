"""How much faster rounds of a loop are over four processes than in one.

Run as `python -m benchmarks.durable_rounds ADDRESS [ROUNDS [KIND ...]]`, with the address of a
PostgreSQL database. A round is a step that works in one of three ways: it computes for a
few milliseconds; it uses something that a process has one of, a library behind a lock,
for a few milliseconds; or it waits in a thread of its own for something outside, of
which a process has 64 at once as four processes together do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from textwrap import dedent

from n3gen.compiler import Options, compile_file
from n3gen.source import SourceFile

__all__ = ["main"]

PROCESSES = 4

SPEC = """\
chain c:
    timeout: 1h
    for rounds: n in range(payload.rounds) parallel 64:
        step work:
            kind: python
            target: "work:{kind}"
            options: {{n: "{{{{ n }}}}"}}
    result: "{{{{ rounds | sum }}}}"
"""

WORK = """\
import hashlib, threading, time

def compute(ctx):
    text = b"n3gen"
    for _ in range(8_000):
        text = hashlib.sha256(text).digest()
    return ctx.options["n"]

LOCK = threading.Lock()

def use(ctx):
    with LOCK:
        time.sleep(0.005)
    return ctx.options["n"]

def wait(ctx):
    time.sleep(0.02)
    return ctx.options["n"]
"""

SERVE = """
    import asyncio, sys, module
    async def main():
        await module.MODULE.launch()
        print("serving", flush=True)
        await asyncio.to_thread(sys.stdin.read)
        await module.aclose()
    asyncio.run(main())
    """

DRIVE = """
    import asyncio, json, sys, time, module
    async def main():
        await module.MODULE.launch()
        began = time.perf_counter()
        record = await module.run_chain("c", {"rounds": int(sys.argv[1])})
        seconds = time.perf_counter() - began
        await module.aclose()
        assert record["status"] == "ok", record["error"]
        assert record["result"] == sum(range(int(sys.argv[1])))
        print(json.dumps(seconds))
    asyncio.run(main())
    """


def measured(folder: Path, address: str, processes: int, rounds: int) -> float:
    """Return the seconds that the rounds take in so many processes."""
    environment = {**os.environ, "N3GEN_RUNS": address}
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", dedent(SERVE)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(processes - 1)
    ]
    for server in servers:
        assert server.stdout is not None
        server.stdout.readline()
    ended = subprocess.run(
        [sys.executable, "-c", dedent(DRIVE), str(rounds)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )
    for server in servers:
        server.communicate("")
    if ended.returncode:
        raise SystemExit(ended.stderr)
    seconds: float = json.loads(ended.stdout)
    return seconds


def main() -> None:
    """Measure the kinds of work, in one process and in four."""
    address = sys.argv[1]
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    for kind in sys.argv[3:] or ("use", "compute", "wait"):
        spec = SPEC.format(kind=kind)
        compiled = compile_file(
            SourceFile.of("specs/x.ai", spec), Options(target="dbos")
        )
        assert compiled.body is not None
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "module.py").write_text(compiled.body, encoding="utf-8")
            (folder / "work.py").write_text(WORK, encoding="utf-8")
            one = measured(folder, address, 1, rounds)
            time.sleep(1)
            several = measured(folder, address, PROCESSES, rounds)
        print(
            f"{kind}: {rounds} rounds took {one:.1f} s in one process and {several:.1f} s"
            f" in {PROCESSES}: {one / several:.2f} times as fast",
            flush=True,
        )


if __name__ == "__main__":
    main()
