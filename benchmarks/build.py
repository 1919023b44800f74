"""Build times: a thousand spec files, built and checked.

Run as `python -m benchmarks.build [COUNT]`; prints Markdown. The measure is what black
alone takes for the same text that it has to format in a build, on the same cores.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing import Pool
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from benchmarks.measure import processes_in_turn, table

__all__ = ["main"]

COUNT = 1000
COLD_ROUNDS = 2
ROUNDS = 3
CORES = os.cpu_count() or 1
N3GEN = [sys.executable, "-c", "from n3gen.cli import main; main()"]

_VERBS = ["extract", "classify", "enrich", "score", "compare", "route", "rank", "check"]
_NOUNS = ["invoice", "ticket", "contract", "review", "order", "claim", "report", "lead"]


def spec_text(number: int) -> str:
    """One spec of eight steps, different from all others, as people write them."""
    random_ = random.Random(number)
    noun = random_.choice(_NOUNS)
    verbs = random_.sample(_VERBS, 6)
    fields = [f"{verb}_{noun}" for verb in verbs]
    steps = [
        f"    step {field}:\n        kind: connector\n        target: {verb}_agent\n"
        f"        parallel: true\n        options:\n            source: {noun}_{number}\n"
        for field, verb in zip(fields[:4], verbs, strict=False)
    ]
    needs = ", ".join(fields[:4])
    return f"""\
# Case {number}: what happens to a {noun}.

connection local_model:
    api: local

chain {noun}_{number}:
    description: Takes a {noun} from the inbox to its place, variant {number}
    timeout: {random_.randint(30, 300)}
    input:
        text: str
        limit: int = {random_.randint(1, 99)}
{"".join(steps)}
    step {fields[4]}:
        depends_on: [{needs}]
        prompt: |
            Here is a {noun}: {{{{ payload.text }}}}
            The first finding is {{{{ {fields[0]} }}}}, the second {{{{ {fields[1]} }}}}.
            Say in {random_.randint(2, 9)} sentences what matters to team {number}.

    if verdict: {fields[2]}.score < 0.{random_.randint(1, 9)}:
        step escalate:
            target: pager
            options:
                reason: "{{{{ {fields[4]} }}}}"
    elif payload.limit > {random_.randint(1, 50)}:
        step {fields[5]}:
            target: {verbs[5]}_agent
            options: {{source: "{{{{ {fields[3]} | default('none') }}}}"}}
    else:
        step keep:
            value: "{{{{ {fields[4]} | trim | truncate({random_.randint(40, 200)}) }}}}"

    result:
        summary: "{{{{ {fields[4]} }}}}"
        verdict: "{{{{ verdict }}}}"
"""


def write_project(folder: Path, count: int) -> None:
    """A project of `count` specs in folders of fifty."""
    (folder / "n3gen.toml").write_text('specs = ["specs"]\n', encoding="utf-8")
    for number in range(count):
        path = folder / "specs" / f"group_{number // 50}" / f"case_{number}.ai"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(spec_text(number), encoding="utf-8")


def formatted_texts(count: int) -> list[str]:
    """All that a build of these specs hands to black."""
    from n3gen.emit import assemble

    from benchmarks.ours import module_text

    texts: list[str] = []

    def noted(text: str) -> str:
        texts.append(text)
        return text

    with patch.object(assemble, "format_python", noted):
        for number in range(count):
            module_text(spec_text(number))
    return texts


def black_alone(path: str) -> None:
    """Formats the texts in a JSON file, on all cores."""
    texts = json.loads(Path(path).read_text(encoding="utf-8"))
    with Pool(CORES) as pool:
        pool.map(_format, texts, chunksize=8)


def _format(text: str) -> int:
    from black import format_str
    from black.mode import Mode, TargetVersion

    mode = Mode(target_versions={TargetVersion.PY311})
    return len(format_str(text, mode=mode))


def timed(command: Sequence[str], folder: Path) -> float:
    """The seconds of a process in `folder`."""
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{done.stdout}\n{done.stderr}")
    return time.perf_counter() - started


def cold(folder: Path) -> float:
    """The seconds of a build with nothing there, no cache either."""
    for name in ("generated", ".n3gen-cache"):
        shutil.rmtree(folder / name, ignore_errors=True)
    return timed([*N3GEN, "build"], folder)


def builds(folder: Path, count: int) -> list[list[str]]:
    """The rows of the builds."""
    texts = formatted_texts(count)
    path = folder / "texts.json"
    path.write_text(json.dumps(texts), encoding="utf-8")
    alone = [sys.executable, "-m", "benchmarks.build", "--black-alone", str(path)]
    root = Path(__file__).parent.parent
    pairs = [(cold(folder), timed(alone, root)) for _ in range(COLD_ROUNDS)]
    ratio = median(build / black for build, black in pairs)
    alone_seconds = median(black for _, black in pairs)
    lines = sum(text.count("\n") for text in texts)
    quiet = [timed([*N3GEN, "build"], folder) for _ in range(ROUNDS)]
    check = [timed([*N3GEN, "check"], folder) for _ in range(ROUNDS)]
    one = folder / "specs" / "group_0" / "case_0.ai"
    one.write_text(one.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    changed = timed([*N3GEN, "build"], folder)
    return [
        ["cold `n3gen build`", f"{median(p[0] for p in pairs):.2f}", f"{ratio:.2f}"],
        [f"black alone, the same {lines:,} lines", f"{alone_seconds:.2f}", "1"],
        ["`n3gen build` with nothing to do", f"{median(quiet):.2f}", ""],
        ["`n3gen check` with nothing to say", f"{median(check):.2f}", ""],
        ["`n3gen build` after one spec changed", f"{changed:.2f}", ""],
    ]


def heavy_imports(arguments: Sequence[str], folder: Path) -> list[str]:
    """Which of the heavy libraries a command imports."""
    command = [sys.executable, "-X", "importtime", *N3GEN[1:], *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    names = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    return sorted(names & {"black", "jinja2", "pydantic", "httpx"})


def starting(folder: Path) -> str:
    """The section about starting."""
    commands = {
        "`python -c pass`": [sys.executable, "-c", "pass"],
        "`python -c 'import asyncio'`": [sys.executable, "-c", "import asyncio"],
        "`python -c 'import click'`": [sys.executable, "-c", "import click"],
        "**`n3gen --version`**": [*N3GEN, "--version"],
    }
    times = processes_in_turn(commands, "`python -c pass`", rounds=15)
    rows = [
        [
            name,
            f"{taken.median * 1000:.0f}",
            f"{taken.spread[0] * 1000:.0f} to {taken.spread[1] * 1000:.0f}",
        ]
        for name, taken in times.items()
    ]
    heavy = {
        name: heavy_imports([name], folder) for name in ("--version", "check", "build")
    }
    told = "; ".join(
        f"`n3gen {name}`: {', '.join(found) or 'none'}" for name, found in heavy.items()
    )
    return (
        f"### Starting\n\n{table(['', 'ms', 'quartiles'], rows)}\n"
        f"Of black, jinja2, pydantic and httpx are imported with nothing to do: {told}.\n"
    )


def section(count: int) -> str:
    """Both sections."""
    with TemporaryDirectory(prefix="n3gen-benchmark-") as name:
        folder = Path(name)
        write_project(folder, count)
        rows = builds(folder, count)
        return (
            f"### {count:,} spec files of eight steps, {CORES} cores\n\n"
            f"{table(['', 'seconds', 'ratio'], rows)}\n{starting(folder)}"
        )


def main() -> None:
    """Prints the sections as Markdown."""
    if sys.argv[1:2] == ["--black-alone"]:
        black_alone(sys.argv[2])
    else:
        print(section(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))


if __name__ == "__main__":
    main()
