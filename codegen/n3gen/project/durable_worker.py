"""A process that executes durable runs: those of its folder's modules, and no others."""

from __future__ import annotations

import asyncio
import importlib
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.project.regular import read_regular
from n3gen.project.user_imports import failed_import
from n3gen.project.worker_health import Health

__all__ = ["WorkerRequest", "durable_modules", "work"]

_PAUSE = 2.0
"""Seconds between two looks for runs whose processes are gone."""

_GLANCE = 0.05
"""Seconds between two looks at the steps that are still at work."""

_LARGEST = 256 * 1024 * 1024

_DURABLE = "n3gen.templates.runtime.durable"


@dataclass(frozen=True, slots=True)
class WorkerRequest:
    """What a command wants of a worker.

    `slot` is its name, which stays the same when a supervisor starts it again. `health`
    is a file that is rewritten as long as it works. Once it is asked to stop, steps
    that are under way have `grace` seconds to end.
    """

    slot: str | None
    health: str | None
    grace: float


def durable_modules(config: Config) -> list[ModuleType]:
    """Import the durable modules of a project; raise `ProjectError` where there is none."""
    found: list[ModuleType] = []
    sys.path.insert(0, config.root)
    for spec in find_specs(config):
        path = config.absolute(f"{config.out}/{spec.module}.py")
        data = read_regular(path, config.seen(path), _LARGEST) or b""
        if b"DurableModule(" not in data:
            continue
        name = f"{config.out}/{spec.module}".replace("/", ".")
        try:
            found.append(importlib.import_module(name))
        except Exception as error:
            raise failed_import(f"`{name}`", error) from error
    if not found:
        raise ProjectError(
            f"no module in `{config.out}` is built for `dbos`: see `target` in the "
            "configuration, and `n3gen build`"
        )
    return found


async def work(
    modules: Sequence[ModuleType], request: WorkerRequest, say: Callable[[str], None]
) -> int:
    """Execute runs until a signal says to stop; return how many were left unfinished."""
    process = importlib.import_module("n3gen.templates.runtime.run.process")
    state = process.process_state()
    state["executor"] = request.slot
    stopping, leaving = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def stop() -> None:
        (leaving if stopping.is_set() else stopping).set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    with Health(request.health, request.slot, modules[0].MODULE.code, say) as health:
        try:
            for module in modules:
                launched = await module.MODULE.launch()
        except RuntimeError as error:
            raise ProjectError(str(error)) from error
        name = launched.executor.name
        total = sum(len(module.CHAINS) for module in modules)
        chains = "1 chain" if total == 1 else f"{total} chains"
        say(f"{name} executes {chains}, code {launched.version}")
        lives = state.setdefault("durable_lives", set())
        while not stopping.is_set():
            await _take_over(say)
            health.tell(name, len(lives))
            try:
                await asyncio.wait_for(stopping.wait(), _PAUSE)
            except TimeoutError:
                continue
        runs = "1 run is" if len(lives) == 1 else f"{len(lives)} runs are"
        say(f"stopping: {runs} under way")
        state["durable_stopping"] = True
        await _let_steps_end(lives, request.grace, leaving)
        left = len(lives)
        for module in modules:
            await module.aclose()
        del state["durable_stopping"]
    return left


async def _take_over(say: Callable[[str], None]) -> None:
    """Put the runs of processes that are gone into the queue again."""
    taking = importlib.import_module(f"{_DURABLE}.take_over")
    slot_of = importlib.import_module(f"{_DURABLE}.executors").slot_of
    for executor, run_ids in (await taking.take_over_all()).items():
        for run_id in run_ids:
            say(f"takes over run {run_id} of {slot_of(executor)}")


async def _let_steps_end(lives: set[Any], grace: float, leaving: asyncio.Event) -> None:
    """Let no step begin, and wait for those that work, no longer than the grace.

    Who is in a hurry ends the wait: those that still work are cut off.
    """
    for life in lives:
        life.pause()
    rests = int(grace / _GLANCE)
    for _ in range(rests):
        if leaving.is_set() or not any(life.is_working for life in lives):
            return
        await asyncio.sleep(_GLANCE)
