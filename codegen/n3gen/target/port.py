"""The port between plans and modules: what a target has to be able to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property

from n3gen.target.telemetry import Telemetry

__all__ = ["Operations", "Target"]


@dataclass(frozen=True, slots=True)
class Operations:
    """The operations of a plan, each by the name of the support that carries it out.

    `step` runs a step and records what became of it, `optional` one whose failure counts
    as skipped; `kept` is what an earlier run has left of it. `ask` asks a model.
    `limited` holds the permits that a step needs, `rate` the limits of a connection.
    `race` runs the contenders of a race, `within` bounds a block in time, `answer`
    waits for people, to whose answers a `signal` listens. `pool` runs rounds of a loop at
    once. `module` is what a module registers of itself, `start` runs a chain to its end,
    `stream` yields its events, `handle` lets its caller cancel it and send to it, `drain`
    waits for all that run. `command` runs a module as a program. What only orders steps,
    as groups do, is the same everywhere.
    """

    step: str
    optional: str
    kept: str
    ask: str
    ask_with_tools: str
    limited: str
    rate: str
    race: str
    within: str
    answer: str
    signal: str
    pool: str
    module: str
    start: str
    stream: str
    handle: str
    drain: str
    command: str


@dataclass(frozen=True)
class Target:
    """Something that carries out plans.

    What the support for its operations is called, and the folder of the templates that
    it has of its own, below those that all share.
    """

    name: str
    operations: Operations
    templates: str | None = None

    @cached_property
    def is_durable(self) -> bool:
        """Whether its runs survive their process."""
        return self.templates is not None

    def spellings(
        self, base: Target, reports: Iterable[Telemetry] = ()
    ) -> Mapping[str, str]:
        """Return what the support of `base` is called here, where it is called otherwise.

        What is reported of a module is called as its `reports` have it.
        """
        mine, others = asdict(self.operations), asdict(base.operations)
        found = {others[key]: mine[key] for key in others if others[key] != mine[key]}
        reported = {o: n for one in reports for o, n in one.spellings.items()}
        return {
            **reported,
            **{old: reported.get(new, new) for old, new in found.items()},
        }
