"""The workloads as chains, compiled and imported on the spot."""

from __future__ import annotations

import asyncio
import importlib.util
import itertools
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any, Literal

from n3gen.compiler import Options, compile_file
from n3gen.diagnostics import Severity
from n3gen.source import SourceFile

from benchmarks.workloads import Graph, Run, StepFunction

__all__ = [
    "CAP",
    "DISTRIBUTION",
    "NAME",
    "built",
    "dag",
    "fan_out",
    "permits",
    "pool",
    "race",
    "sequence",
    "small",
]

NAME = "n3gen"
DISTRIBUTION = "n3gen"
CAP = "own"

_numbers = itertools.count()
_folder = TemporaryDirectory(prefix="n3gen-benchmark-")


def _step(name: str, *lines: str) -> str:
    body = ("kind: connector", "target: work", *lines)
    return f"    step {name}:\n" + "".join(f"        {line}\n" for line in body)


def chain_text(name: str, steps: Iterable[str], *lines: str) -> str:
    """A chain of `.ai` steps."""
    head = "".join(f"    {line}\n" for line in lines)
    return f"chain {name}:\n{head}{''.join(steps)}"


def fan_out_text(count: int, *lines: str) -> str:
    """A chain of `count` parallel steps and one after them; `lines` go to each step."""
    steps = [_step(f"s{index}", "parallel: true", *lines) for index in range(count)]
    return chain_text("fan_out", [*steps, _step("join", *lines)])


def module_text(text: str, http: Literal["httpx", "httpx2"] = "httpx") -> str:
    """What a spec file with this text compiles to.

    Raises:
        ValueError: the text has an error.
    """
    compilation = compile_file(SourceFile.of("benchmark.ai", text), Options(http=http))
    if compilation.body is None:
        errors = [d for d in compilation.problems if d.severity is Severity.ERROR]
        raise ValueError("; ".join(error.message for error in errors))
    return compilation.body


@cache
def built(text: str, http: Literal["httpx", "httpx2"] = "httpx") -> ModuleType:
    """The module of a spec file with this text, imported."""
    name = f"_benchmark_{next(_numbers)}"
    path = Path(_folder.name, f"{name}.py")
    path.write_text(module_text(text, http), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _run(text: str, chain: str, step: StepFunction) -> Run:
    run_chain = built(text).run_chain
    connectors = {"work": step}

    async def run() -> Any:
        record = await run_chain(chain, None, connectors=connectors)
        if record["status"] != "ok":
            raise RuntimeError(record["error"])
        return record["result"]

    return run


async def sequence(step: StepFunction, count: int, cap: int) -> Run:
    steps = [_step(f"s{index}") for index in range(count)]
    return _run(chain_text("sequence", steps), "sequence", step)


async def fan_out(step: StepFunction, count: int, cap: int) -> Run:
    return _run(fan_out_text(count), "fan_out", step)


async def small(step: StepFunction, cap: int) -> Run:
    return await fan_out(step, 3, cap)


async def pool(step: StepFunction, count: int, workers: int) -> Run:
    """A loop of `count` rounds of one call each, by `workers`."""
    loop = f"    for docs: doc in range({count}) parallel {workers}:\n"
    call = _step("one", "limit: none").replace("\n    ", "\n        ")
    result = '    result: "{{ docs | length }}"\n'
    return _run(f"chain pool:\n{loop}    {call.rstrip()}\n{result}", "pool", step)


async def race(step: StepFunction, races: int, of: int) -> Run:
    """Races one after another, of contenders that wait but for the first."""
    steps = "".join(_step(f"s{index}", "limit: none") for index in range(of))
    contenders = steps.rstrip().replace("\n    ", "\n            ")
    loop = f"    for races: n in range({races}):\n        race reply:\n"
    text = f"chain race_of:\n{loop}        {contenders}\n    result: 1\n"

    async def contend(context: Any) -> Any:
        return await (step(context) if context.step == "s0" else asyncio.sleep(60))

    return _run(text, "race_of", contend)


async def permits(step: StepFunction, count: int, *, parallel: bool) -> Run:
    """Steps that each take permits of three limits at once."""
    lines = ["limit: [db, api]", *["parallel: true"] * parallel]
    steps = [_step(f"s{index}", *lines) for index in range(count)]
    limits = "limit db: 50\nlimit api: 50\n"
    return _run(limits + chain_text("permits", steps), "permits", step)


async def dag(step: StepFunction, graph: Graph) -> Run:
    steps = []
    for number, (seconds, needed) in enumerate(
        zip(graph.seconds, graph.needs, strict=True)
    ):
        needs = [] if needed is None else [f"depends_on: [s{needed}]"]
        options = f"options: {{seconds: {seconds}}}"
        steps.append(_step(f"s{number}", "parallel: true", options, *needs))

    async def timed(context: Any) -> Any:
        return await step(context.options["seconds"])

    return _run(chain_text("dag", steps, "schedule: dag"), "dag", timed)
