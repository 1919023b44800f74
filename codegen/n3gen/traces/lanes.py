"""Spans beside each other: lanes, the critical path, and what was in use over time."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import groupby
from typing import Final

from n3gen.traces.model import LimitUses, Series, Span

__all__ = ["mark_critical", "place", "series_of"]

_NEAR: Final = 1.0
"""Milliseconds by which rounded times may overlap."""


def place(spans: Iterable[Span]) -> int:
    """Give each span the first lane that is free when it starts; returns how many there are."""
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    lanes = 0
    for span in sorted(spans, key=lambda span: span.start):
        while busy and busy[0][0] <= span.start:
            heappush(free, heappop(busy)[1])
        if free:
            span.lane = heappop(free)
        else:
            span.lane, lanes = lanes, lanes + 1
        # One that took no time is drawn all the same.
        heappush(busy, (max(span.end, span.start + _NEAR), span.lane))
    return lanes


def mark_critical(spans: Sequence[Span], status: str) -> None:
    """Mark the spans that held a run up, which ended with a status.

    From what ended the run, each time the one that ended last before the next began: by
    the times alone, whatever waits for what. What was cut off, as the losers of a race
    are, holds nothing up, but for the end of a run that was itself cut off.
    """
    inner = [span for span in spans if not span.outer]
    order = {id(span): number for number, span in enumerate(inner)}
    every = sorted(inner, key=lambda span: (span.end, order[id(span)]))
    by_end = [span for span in every if span.status != "cancelled"]
    ends = [span.end for span in by_end]
    last = (every if status in ("timeout", "cancelled") else by_end)[-1:]
    while last:
        (span,) = last
        span.critical = True
        before = bisect_right(ends, span.start + _NEAR) - 1
        while before >= 0 and order[id(by_end[before])] >= order[id(span)]:
            before -= 1
        last = by_end[before : before + 1] if before >= 0 else []


def series_of(spans: Sequence[Span], limits: Mapping[str, LimitUses]) -> list[Series]:
    """Return how many steps worked and waited, and the permits in use of each limit."""
    inner = [span for span in spans if not span.outer]
    found = [
        _series("at work", None, _changes(inner, "work")),
        _series("queued", None, _changes(inner, "queued")),
    ]
    for name, limit in limits.items():
        takers = [span for span in inner if span.name in limit.steps]
        changes = (
            (time, by * limit.steps[span.name])
            for span in takers
            for time, by in _changes([span], "work")
        )
        if takers:
            found.append(_series(name, limit.most, changes))
    if not limits and any(span.requests for span in inner):
        asking = [span for span in inner if span.requests]
        found.append(_series("model calls", None, _changes(asking, "work")))
    return [one for one in found if one.highest]


def _changes(spans: Iterable[Span], kind: str) -> Iterator[tuple[float, int]]:
    for span in spans:
        for part in span.parts:
            if part.kind == kind and part.end > part.start:
                yield part.start, 1
                yield part.end, -1


def _series(
    name: str, most: int | None, changes: Iterable[tuple[float, int]]
) -> Series:
    number = 0
    points: list[tuple[float, int]] = []
    for time, of_time in groupby(sorted(changes), key=lambda change: change[0]):
        number += sum(by for _, by in of_time)
        if not points or points[-1][1] != number:
            points.append((time, number))
    return Series(name, most, tuple(points))
