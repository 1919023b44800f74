"""All benchmarks, written to `docs/benchmarks.md`.

Run as `python benchmarks/report.py [SECTION ...]`; sections that are not named stay as
the page has them. The runs beside other libraries use the interpreter of
`benchmarks/.venv-peers` where there is one.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent
PEERS = ROOT / "benchmarks" / ".venv-peers" / "bin" / "python"

HEAD = """\
# Benchmarks

Written by `benchmarks/report.py`; `make bench` rewrites it, `make bench-peers` with
other libraries beside. Figures of one machine say little about another: read the
ratios, which were taken in one run, the contestants taking turns. A ratio is the
median over rounds of a time divided by the reference's time of the same round;
quartiles show how much the rounds differed.

{machine}
"""

RUNTIME = """\
## Running

The reference is hand-written asyncio with what a chain has by default: one semaphore
of 50 around every call and a task group, no timeout per step (`benchmarks/hand.py`).
The second column, "with a deadline", is the ratio to the same code in one
`asyncio.wait_for` for the whole run, which every chain has as well. Every step gives
way to the event loop once, as the quickest real call does. A chain of n3gen does more
than the reference in that time: it keeps a record of every step and can be cancelled
and listened to. What others do besides differs, too; the tables say what their way of
running the same steps costs, not which library to use.
"""

BUILDING = """\
## Building
"""

TABLES = """\
## The two tables that n3gen began with

The guide that the language comes from has two tables of measurements. The original
figures stand beside what the same chains take here: on a virtual clock, which shows
the schedule alone, and once in real time. The ideal is the number of rounds times
2 s. (The last row of the original does not fit the others: without a limit, a
thousand steps of 2 s take 2 s.)
"""

MODELS = """\
## Model calls

Calls over HTTP to a server in a process of its own (`benchmarks/model_server.py`), in
OpenAI's protocol, with a key and the default limit of 50 calls at a time. Client and
server have a processor each.
"""

WAITING = """\
## Waiting for people

Runs that all wait for an answer at once, each held by a handle, beside bare asyncio
tasks that wait on a future (`benchmarks/waiting.py`). Memory is what Python has
allocated, by `tracemalloc`, which also makes all times longer. While they wait, no
permit is held: a call with a limit of one runs beside them, which the benchmark checks.
"""

SIZES = """\
## Lines

What a standalone module has where its spec asks for little (`benchmarks/sizes.py`): all
its lines, and those of them that are linked from each room of the run-time support.
`python -m benchmarks.sizes --why` lists the definitions, and what reaches each.
"""

SECTIONS = {
    "sizes": (SIZES, False),
    "runtime": (RUNTIME, True),
    "blocks": ("", False),
    "cold": ("", True),
    "build": (BUILDING, False),
    "seed_tables": (TABLES, False),
    "models": (MODELS, False),
    "waiting": (WAITING, False),
}
"""By module: what stands before its tables, and whether other libraries take part."""

REAL = ("seed_tables", "models")
"""The sections that wait in real time."""

BEGIN = "<!-- {} -->"


def machine() -> str:
    """What the figures were taken on."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return (
        f"Machine: {model}, {os.cpu_count()} cores, {platform.system()}. "
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"n3gen {version('n3gen')}, black {version('black')}."
    )


def printed(module: str, *arguments: str, python: str = sys.executable) -> str:
    """What a benchmark prints; what it complains of goes to the terminal."""
    print(f"benchmarks.{module} ...", file=sys.stderr, flush=True)
    command = [python, "-W", "ignore", "-m", f"benchmarks.{module}", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise SystemExit(f"benchmarks.{module} failed")
    return done.stdout


def kept(page: str, section: str) -> str:
    """What a section of the page says now; empty where it has none."""
    _, _, rest = page.partition(BEGIN.format(section))
    return rest.partition("<!-- ")[0].strip()


def page_of(texts: Mapping[str, str]) -> str:
    """The page, given the text of each section."""
    parts = [HEAD.format(machine=machine())]
    parts += [f"{BEGIN.format(name)}\n\n{text}" for name, text in texts.items() if text]
    return "\n".join(part.strip() + "\n" for part in parts)


def main() -> None:
    """Write the page; given names of sections, rewrite those and keep the others.

    The page is written after each section: one that fails loses no other's figures.
    """
    parser = argparse.ArgumentParser(description="Write docs/benchmarks.md.")
    names = [*SECTIONS, []]
    parser.add_argument("sections", nargs="*", choices=names, metavar="SECTION")
    parser.add_argument("--quick", action="store_true", help="do not wait in real time")
    given = parser.parse_args()
    page = ROOT / "docs" / "benchmarks.md"
    before = page.read_text(encoding="utf-8") if page.exists() else ""
    texts = {section: kept(before, section) for section in SECTIONS}
    for section, (introduction, has_peers) in SECTIONS.items():
        if texts[section] and given.sections and section not in given.sections:
            continue
        python = str(PEERS) if has_peers and PEERS.exists() else sys.executable
        is_real = section in REAL and not given.quick
        text = printed(section, *["--real"] * is_real, python=python)
        texts[section] = f"{introduction}\n{text}"
        page.write_text(page_of(texts), encoding="utf-8")
    print(f"wrote {page.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
