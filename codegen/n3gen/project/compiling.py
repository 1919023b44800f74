"""Compilation of several spec files on all cores, results in the order of the files."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from n3gen.diagnostics.rule import Diagnostic, Problems
from n3gen.project.errors import ProjectError
from n3gen.project.python_files import PythonFiles
from n3gen.source import SourceFile

if TYPE_CHECKING:
    from n3gen.compiler import Options

__all__ = ["Compile", "Compiled", "Task", "compile_tasks", "merged"]

_FEW = 8
"""So many modules are compiled faster here than it takes to start processes."""

_FEW_CHECKED = 10 * _FEW
"""So many files are checked faster here, as none is formatted."""

_CHUNK = 16
"""Files that a process takes at once at most, so that Ctrl-C need not wait long."""


@dataclass(frozen=True, slots=True)
class Task:
    """A file to compile, those that it uses, and how deep below the out folder it goes.

    Without `emits` only its problems are asked for. The functions that it calls are
    looked up in the Python files below `root`. It is compiled for its `target`, with
    its `telemetry` and its `metrics`.
    """

    source: SourceFile
    used: Mapping[str, SourceFile]
    depth: int = 0
    emits: bool = True
    root: str = ""
    target: str = "asyncio"
    telemetry: str = "none"
    metrics: str = "counts"


@dataclass(frozen=True, slots=True)
class Compiled:
    """What came of a task: no `body` where there is an error or no chain."""

    problems: tuple[Diagnostic, ...]
    chains: tuple[str, ...]
    body: str | None


Compile = Callable[[Sequence[Task], "Options", int], list[Compiled]]
"""Compiles tasks, in their order, in so many processes."""


def compile_tasks(
    tasks: Sequence[Task], options: Options, jobs: int = 0
) -> list[Compiled]:
    """Compiles in `jobs` processes (0: one per core), or here where that is faster.

    Raises `ProjectError` where the system kills a process.
    """
    jobs = jobs or _cores()
    few = _FEW if any(task.emits for task in tasks) else _FEW_CHECKED
    if jobs == 1 or len(tasks) <= few:
        return [_compiled(task, options) for task in tasks]
    # The first one loads the compiler here, so that forked processes have it too.
    first = _compiled(tasks[0], options)
    return [first, *_in_processes(tasks[1:], options, jobs)]


def merged(compiled: Sequence[Compiled]) -> Problems:
    """The problems of all files, each once, though several may use a faulty one."""
    problems = Problems()
    for one in compiled:
        problems.extend(one.problems)
    return problems


def _compiled(task: Task, options: Options) -> Compiled:
    from n3gen.compiler import compile_file

    python = PythonFiles(task.root) if task.root else None
    options = replace(
        options,
        target=task.target,
        telemetry=task.telemetry,
        metrics=task.metrics,
    )
    found = compile_file(
        task.source, options, task.used, task.depth, task.emits, python
    )
    return Compiled(tuple(found.problems), found.chains, found.body)


def _in_processes(tasks: Sequence[Task], options: Options, jobs: int) -> list[Compiled]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from functools import partial

    chunk = max(1, min(_CHUNK, len(tasks) // (jobs * 4)))
    pool = ProcessPoolExecutor(min(jobs, len(tasks)), initializer=_end_on_interrupts)
    try:
        work = partial(_compiled_unless_interrupted, options=options)
        return list(pool.map(work, tasks, chunksize=chunk))
    except BrokenProcessPool as error:
        raise ProjectError(
            "a compiling process was killed, perhaps for want of memory; "
            "try again with `--jobs 1`"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


_interrupts: list[int] = []
"""What has interrupted this process, where it compiles for another."""


def _compiled_unless_interrupted(task: Task, options: Options) -> Compiled:
    if _interrupts:
        raise KeyboardInterrupt
    return _compiled(task, options)


def _end_on_interrupts() -> None:
    """Ctrl-C reaches all processes: these begin no further task, and say no word.

    One that ended in the middle of its answer would leave the pool waiting for the rest.
    """
    signal.signal(signal.SIGINT, lambda number, frame: _interrupts.append(number))


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
