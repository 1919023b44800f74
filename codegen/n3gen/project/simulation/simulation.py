"""Simulations of a chain: its generated module under load, on a virtual clock."""

from __future__ import annotations

import asyncio
import gc
import logging
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from types import ModuleType
from typing import Final

from n3gen import clock
from n3gen.compiler import Compilation
from n3gen.project.config import Config, working_directory
from n3gen.project.errors import ProjectError
from n3gen.project.fed_runs import fed_run
from n3gen.project.in_memory import imports_from, module_in_memory
from n3gen.project.simulation.arrivals import Arrivals
from n3gen.project.simulation.call_profiles import Profiles, subjects_of
from n3gen.project.simulation.known_values import KnownValues
from n3gen.project.simulation.payloads import payloads_for
from n3gen.project.simulation.recorded_calls import RecordedCalls
from n3gen.project.simulation.simulated_calls import SimulatedCalls
from n3gen.project.simulation.sweeps import Configuration
from n3gen.project.simulation.watched_limits import LimitUse, LimitWatch
from n3gen.project.simulation.watched_runs import RUN, RunFigures, WatchedRun
from n3gen.project.states_apart import states_apart
from n3gen.project.targets import replaced_targets, targets_of
from n3gen.semantics.channels import fed_channels
from n3gen.spec.model import Chain

__all__ = ["Load", "Simulated", "Simulation", "simulate"]

_MODULE: Final = "n3gen_simulated"
_PATIENCE: Final = 60.0
"""Real seconds for which functions in threads are waited for."""

_COLLECTED: Final = 100_000
"""Objects after which garbage is looked for: runs leave little of it."""


@dataclass(frozen=True, slots=True)
class Load:
    """The runs of a simulation: how many, when they begin, and with what.

    `parallel` and `timeout` are those of each run; `None` leaves them as configured.
    """

    chain: str
    runs: int
    arrivals: Arrivals
    seed: int = 0
    rows: str | None = None
    parallel: bool | None = None
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came of a configuration.

    `seconds` are of virtual time, `real` ones of the machine's. `loops` are those that
    steps are in, by path.
    """

    configuration: Configuration
    figures: RunFigures
    loops: Mapping[str, str]
    limits: tuple[LimitUse, ...]
    seconds: float
    real: float


@dataclass
class Simulation:
    """The simulations of one chain, with a module that is compiled once."""

    module: ModuleType
    chain: Chain
    load: Load
    calls: SimulatedCalls
    known: KnownValues
    figures: list[RunFigures] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.limits = LimitWatch(self.module, self.figures)
        self.limits.begin()

    def run(self, configuration: Configuration) -> Simulated:
        """Run the load in a configuration; raise `ProjectError` where it cannot be run."""
        configuration.apply(self.module)
        self.calls.begin(())
        figures = RunFigures()
        self.figures[:] = [figures]
        started, state = time.perf_counter(), random.getstate()
        random.seed(self.load.seed)
        try:
            with states_apart(self.module, {}):
                limits, seconds = clock.run(
                    self._all(configuration), patience=_PATIENCE
                )
        except (clock.Deadlock, clock.Leftovers) as error:
            raise ProjectError(f"the simulation never ends: {error}") from error
        except (LookupError, ValueError) as error:
            raise ProjectError(str(error)) from error
        finally:
            random.setstate(state)
        if self.calls.refused:
            raise ProjectError(self.calls.refused[0])
        real = time.perf_counter() - started
        subjects = self.calls.subjects
        figures.sort_steps(subjects)
        loops = {path: found.loop for path, found in subjects.items()}
        return Simulated(configuration, figures, loops, limits, seconds, real)

    async def _all(
        self, configuration: Configuration
    ) -> tuple[tuple[LimitUse, ...], float]:
        """Run all runs, and return how busy limits were, and the seconds that it took."""
        load, loop = self.load, asyncio.get_running_loop()
        payloads = payloads_for(load.rows, self.chain, self.known)
        connectors = self.calls.connectors(load.chain)
        fed, figures = fed_channels(self.chain), self.figures[-1]

        start = partial(
            self.module.start_chain if fed else self.module.run_chain,
            load.chain,
            connectors=connectors,
            timeout=load.timeout,
            parallel=load.parallel,
            max_concurrent_llm_calls=configuration.llm,
        )

        async def begin(number: int) -> None:
            watched = WatchedRun(number, loop.time())
            RUN.set(watched)
            started = start(next(payloads), run_id=f"run-{number}")
            if fed:
                items = {name: self.calls.items(name) for name in fed}
                record = await fed_run(started, items)
            else:
                record = await started
            await self.calls.actors.end(number)
            figures.end_run(watched, loop.time(), record)

        try:
            await load.arrivals.drive(load.runs, begin, load.seed)
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None
        finally:
            await self.calls.actors.end(None)
            await self.module.aclose()
        seconds = loop.time()
        return tuple(self.limits.uses(seconds)), seconds


@contextmanager
def simulate(
    compilation: Compilation,
    config: Config,
    load: Load,
    profiles: Profiles,
    recorded: RecordedCalls,
) -> Iterator[Simulation]:
    """Import the module that was compiled, to be simulated while the context lasts.

    Raises `ProjectError` where it cannot be imported.
    """
    spec, body = compilation.spec, compilation.body
    assert spec is not None and body is not None
    chain = next(found for found in spec.chains if found.name == load.chain)
    known = KnownValues(spec, chain, load.seed)
    folders = [config.root, working_directory()]
    with (
        imports_from(folders),
        _quiet(),
        replaced_targets(targets_of(spec)),
        module_in_memory(body, compilation.source.path, _MODULE) as module,
    ):
        calls = SimulatedCalls(
            module,
            (),
            subjects=subjects_of(spec, chain),
            profiles=profiles,
            known=known,
            recorded=recorded,
            seed=load.seed,
        )
        calls.install(keeps_settings=False)
        yield Simulation(module, chain, load, calls, known)


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep runs from logging, and collect garbage seldom."""
    logger, thresholds = logging.getLogger("n3gen"), gc.get_threshold()
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    gc.set_threshold(_COLLECTED, *thresholds[1:])
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)
        logger.setLevel(level)
