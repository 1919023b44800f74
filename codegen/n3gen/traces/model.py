"""A run over time: the spans of its steps, with lanes, waits, tries and a critical path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

__all__ = ["LimitUses", "Part", "Series", "Span", "Trace"]

PartKind = Literal["queued", "work", "sleep"]


class Part(NamedTuple):
    """A stretch of a span, in milliseconds from the start of the run."""

    kind: PartKind
    start: float
    end: float


class LimitUses(NamedTuple):
    """A limit: how many permits it has, and how many each step takes of it."""

    most: int | None
    steps: Mapping[str, int]


class Series(NamedTuple):
    """How many of something there were: each point is a time, and the number from then on."""

    name: str
    most: int | None
    points: tuple[tuple[float, int], ...]

    @property
    def highest(self) -> int:
        """The most that there were at once."""
        return max((number for _, number in self.points), default=0)


@dataclass(slots=True)
class Span:
    """A step: its `parts` follow each other from when it was asked to start to its end.

    One that is `outer` has steps of its own inside, as a sub-chain has.
    """

    path: str
    name: str
    status: str
    parts: tuple[Part, ...]
    attempts: int = 1
    tokens: int | None = None
    cost: float | None = None
    requests: int = 0
    error: str | None = None
    outer: bool = False
    lane: int = 0
    critical: bool = False

    @property
    def start(self) -> float:
        """When it was asked to start, in milliseconds."""
        return self.parts[0].start

    @property
    def end(self) -> float:
        """When it ended."""
        return self.parts[-1].end

    def total(self, kind: PartKind) -> float:
        """The milliseconds of all its parts of a kind."""
        return sum(part.end - part.start for part in self.parts if part.kind == kind)


@dataclass(slots=True)
class Trace:
    """A run: `spans` in order of starting, and what was in use over time."""

    chain: str
    run_id: str
    status: str
    elapsed: float
    metadata: Mapping[str, Any]
    spans: list[Span]
    error: str | None = None
    lanes: int = 0
    series: list[Series] = field(default_factory=list)
    data: Mapping[str, Any] = field(default_factory=dict)

    @property
    def dropped(self) -> int:
        """How many steps the run has had of which there is no record."""
        dropped: int = self.metadata.get("dropped_steps", 0)
        return dropped

    @property
    def critical_path(self) -> list[Span]:
        """The spans that held the run up, in their order."""
        return [span for span in self.spans if span.critical]
