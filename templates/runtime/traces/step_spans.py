"""The steps of a run over time: lanes, tries, the critical path that was, what was in use."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from heapq import heappop, heappush
from itertools import groupby
from typing import Any, NamedTuple

__all__ = ["StepSpan", "UseOverTime", "spans_of", "uses_over_time"]

NEAR = 1
"""Milliseconds by which rounded times may overlap."""

CUT_WITHIN = 5
"""Milliseconds within which the end of a step has cut off those beside it."""


class Stretch(NamedTuple):
    """A part of a span: `queued`, `work` or `sleep`, in milliseconds."""

    kind: str
    start: int
    end: int


class UseOverTime(NamedTuple):
    """How many of something there were: each point is a time, and the number from then on."""

    name: str
    most: int | None
    points: Sequence[tuple[int, int]]


class StepSpan:
    """A step, whose `parts` follow each other from when it was asked to start to its end.

    One that is `outer` has steps of its own inside, as a sub-chain has.
    """

    outer = critical = False
    lane = 0

    def __init__(
        self, step: Mapping[str, Any], path: str, parts: Sequence[Stretch]
    ) -> None:
        self.step = step
        self.path = path
        self.parts = parts
        self.start, self.end = parts[0].start, parts[-1].end


def spans_of(trace: Mapping[str, Any]) -> list[StepSpan]:
    """Return the spans of a trace in the order of its record, what was skipped left out.

    Those that overlap are in lanes of their own.
    """
    tries: dict[str, list[Mapping[str, Any]]] = {}
    for retry in trace["retries"]:
        tries.setdefault(retry["step"], []).append(retry)
    spans: list[StepSpan] = []
    for step in trace["record"]["steps"]:
        if step["status"] != "skipped":
            path = step.get("path", step["name"])
            spans.append(StepSpan(step, path, parts_of(step, tries.get(path, ()))))
    around = {span.path[:at] for span in spans for at in dots_of(span.path)}
    for span in spans:
        span.outer = span.path in around
    put_into_lanes(spans)
    if is_whole(trace):
        mark_critical([span for span in spans if not span.outer])
    return spans


def is_whole(trace: Mapping[str, Any]) -> bool:
    """Return whether there are records of all steps."""
    return not trace["record"]["metadata"].get("dropped_steps")


def parts_of(
    step: Mapping[str, Any], retries: Iterable[Mapping[str, Any]]
) -> list[Stretch]:
    """Return the wait of a step, its tries, and the pauses between them."""
    at, ended = step["started_ms"], step["started_ms"] + step["elapsed_ms"]
    asked, begun = max(at - step["queued_ms"], 0), at
    parts: list[Stretch] = []
    for retry in retries:
        failed = min(max(retry["time_ms"], at), ended)
        again = min(failed + retry["delay_ms"], ended)
        parts += [Stretch("work", at, failed), Stretch("sleep", failed, again)]
        at = again
    parts.append(Stretch("work", at, ended))
    took = [part for part in parts if part.end > part.start] or parts[-1:]
    return [Stretch("queued", asked, begun), *took] if step["queued_ms"] else took


def dots_of(path: str) -> Iterator[int]:
    """Yield where the dots of a path are."""
    at = path.find(".")
    while at >= 0:
        yield at
        at = path.find(".", at + 1)


def put_into_lanes(spans: Iterable[StepSpan]) -> None:
    """Give each span the first lane that is free when it starts."""
    free: list[int] = []
    busy: list[tuple[int, int]] = []
    lanes = 0
    for span in sorted(spans, key=start_of):
        while busy and busy[0][0] <= span.start:
            heappush(free, heappop(busy)[1])
        if free:
            span.lane = heappop(free)
        else:
            span.lane, lanes = lanes, lanes + 1
        # One that took no time is drawn all the same.
        heappush(busy, (max(span.end, span.start + NEAR), span.lane))


def start_of(span: StepSpan) -> int:
    """Return when a step was asked to start."""
    return span.start


def mark_critical(spans: Sequence[StepSpan]) -> None:
    """Mark the spans that held a run up.

    From the one that ended last, each time the one that ended last before the next began:
    by the times alone, whatever waits for what. What was cut off took its time too, but
    not before what ended together with it, as the winner of a race does.
    """
    by_end = sorted((span.end, at) for at, span in enumerate(spans))
    ends = [end for end, _ in by_end]
    before, begun = len(by_end) - 1, len(spans)
    while before >= 0:
        at = last_to_end(spans, by_end, before, begun)
        if at < 0:
            return
        spans[at].critical, begun = True, at
        before = bisect_right(ends, spans[at].start + NEAR) - 1


def last_to_end(
    spans: Sequence[StepSpan],
    by_end: Sequence[tuple[int, int]],
    before: int,
    begun: int,
) -> int:
    """Return which span ended last, up to a place in `by_end`, of those before `begun`.

    Of those that ended together it is one that was not cut off.
    """
    found, least = -1, 0
    while before >= 0:
        end, at = by_end[before]
        if found >= 0 and end < least:
            break
        if at < begun and spans[at].step["status"] != "cancelled":
            return at
        if at < begun and found < 0:
            found, least = at, max(end - CUT_WITHIN, spans[at].start + NEAR)
        before -= 1
    return found


def uses_over_time(
    spans: Iterable[StepSpan], trace: Mapping[str, Any]
) -> list[UseOverTime]:
    """Return how many steps worked and waited, and the permits in use of each limit."""
    if not is_whole(trace):
        return []
    limits: Mapping[str, Mapping[str, Any]] = trace["limits"]
    inner = [span for span in spans if not span.outer]
    found = [
        use_over_time("at work", None, changes_of(inner, "work")),
        use_over_time("queued", None, changes_of(inner, "queued")),
    ]
    for name, limit in limits.items():
        changes = changes_of(inner, "work", limit["steps"])
        found.append(use_over_time(name, limit["most"], changes))
    if not limits:
        asking = [span for span in inner if span.step.get("requests")]
        found.append(use_over_time("model calls", None, changes_of(asking, "work")))
    return [use for use in found if any(number for _, number in use.points)]


def changes_of(
    spans: Iterable[StepSpan], kind: str, by: Mapping[str, int] | None = None
) -> Iterator[tuple[int, int]]:
    """Yield when spans are in a part of a kind, and how much each takes `by` its name."""
    for span in spans:
        takes = 1 if by is None else by.get(span.step["name"], 0)
        for part in span.parts:
            if part.kind == kind and part.end > part.start and takes:
                yield part.start, takes
                yield part.end, -takes


def use_over_time(
    name: str, most: int | None, changes: Iterable[tuple[int, int]]
) -> UseOverTime:
    """Return what changes come to, those of one time as one."""
    number = 0
    points: list[tuple[int, int]] = []
    for at, together in groupby(sorted(changes), time_of):
        number += sum(by for _, by in together)
        if not points or points[-1][1] != number:
            points.append((at, number))
    return UseOverTime(name, most, points)


def time_of(change: tuple[int, int]) -> int:
    """Return when a change is."""
    return change[0]
