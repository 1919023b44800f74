"""What a command line wants of a simulation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from n3gen.compiler import Compilation
from n3gen.diagnostics import Problems
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.simulation.arrivals import Arrivals, parse_arrivals
from n3gen.project.simulation.call_profiles import (
    Profiles,
    given_profiles,
    known_names,
    merged,
)
from n3gen.project.simulation.profile_files import read_profiles
from n3gen.project.simulation.recorded_calls import RecordedCalls, read_recorded
from n3gen.project.simulation.report import Sources, report_data, report_lines
from n3gen.project.simulation.simulation import Load, Simulated, simulate
from n3gen.project.simulation.sweeps import Configuration, configurations
from n3gen.project.trace_files import limit_uses, write_trace
from n3gen.spec.values import Fault
from n3gen.traces.model import Trace
from n3gen.traces.read import trace_of

__all__ = ["Request", "request_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """A load, what is known of calls, and the configurations to simulate.

    `problems` are those of the file of profiles.
    """

    compilation: Compilation
    config: Config
    load: Load
    profiles: Profiles
    configurations: Sequence[Configuration]
    problems: Problems
    recorded: RecordedCalls = field(default_factory=RecordedCalls)

    def run(self) -> tuple[list[Simulated], Sources]:
        """Simulate all configurations; return them, and where latencies come from."""
        with simulate(
            self.compilation, self.config, self.load, self.profiles, self.recorded
        ) as simulation:
            simulated = [simulation.run(one) for one in self.configurations]
            calls = simulation.calls
        made_up = {path: one.words for path, one in calls.made_up.items()}
        return simulated, Sources(made_up, calls.drawn, self.recorded.folder)

    def lines(self, simulated: Sequence[Simulated], sources: Sources) -> Iterator[str]:
        """Yield the report as lines."""
        return report_lines(self.load, simulated, sources)

    def data(self, simulated: Sequence[Simulated], sources: Sources) -> dict[str, Any]:
        """Return the report as data."""
        return report_data(self.load, simulated, sources)

    def write_traces(self, path: str, simulated: Sequence[Simulated]) -> None:
        """Write the trace of the slowest run of each configuration; raise `ProjectError`."""
        assert self.compilation.spec is not None
        uses = limit_uses(self.compilation.spec, self.config)
        traces: dict[str, Trace] = {}
        for one in simulated:
            limits = one.configuration.limits(uses)
            assert one.figures.slowest is not None
            traces[one.configuration.words] = trace_of(
                one.figures.slowest[1], limits=limits
            )
        write_trace(path, traces)


def request_of(
    compilation: Compilation, name: str, config: Config, given: Mapping[str, Any]
) -> Request:
    """Return what the command line asks; raise `ProjectError`."""
    spec = compilation.spec
    assert spec is not None
    chain = next(chain for chain in spec.chains if chain.name == name)
    known = known_names(spec, chain)
    profiles: Profiles = {}
    problems = Problems()
    if given["profiles"] is not None:
        profiles, problems = read_profiles(given["profiles"], config, known, name)
    for option, key in (("--latency", "latencies"), ("--failure", "failures")):
        for owner, found in given_profiles(option, given[key], known, name).items():
            profiles[owner] = merged(profiles.get(owner), found)
    load = Load(
        name,
        given["runs"],
        _arrivals(given["arrivals"]),
        given["seed"],
        given["rows"],
        given["parallel"],
        given["timeout"],
    )
    varied = configurations(given["sweeps"], spec)
    recorded = RecordedCalls()
    if given["recorded"] is not None:
        recorded = read_recorded(given["recorded"])
    return Request(compilation, config, load, profiles, varied, problems, recorded)


def _arrivals(text: str) -> Arrivals:
    try:
        return parse_arrivals(text)
    except Fault as fault:
        hint = f"; {fault.way_out}" if fault.way_out else ""
        raise ProjectError(f"--arrivals {text}: {fault.message}{hint}") from fault
