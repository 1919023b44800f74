"""One run, or two beside each other, in numbers: as a whole, and by steps."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from n3gen.traces.model import Span, Trace

__all__ = ["Row", "compared", "numbers", "step_rows", "time_text"]

_ROUND: Final = re.compile(r"\[[^\]]*\]")
_IN_ROUND: Final = re.compile(r"\[\]\.[^.\[\]]+$")
"""The name of a step of a loop's rounds, of which records may be dropped."""

_MOST: Final = 20
"""How many steps are shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A number of each run in words, and how the second differs from the first."""

    name: str
    values: tuple[str, ...]
    change: str = ""


def time_text(ms: float) -> str:
    """Return a time in a form that people read."""
    if ms < 1000:
        return f"{ms:.0f} ms"
    if ms < 120_000:
        return f"{ms / 1000:.2f} s"
    return f"{ms / 60_000:.1f} min"


def numbers(trace: Trace) -> dict[str, Any]:
    """Return what a run came to as data, times in milliseconds.

    A number that the file does not have is `None`. The `steps` are in the order in which
    they are in the file, rounds of loops as one.
    """
    return {
        "status": trace.status,
        "elapsed_ms": trace.elapsed,
        "sequential_ms": trace.metadata.get("sequential_ms"),
        "speedup": trace.metadata.get("speedup"),
        "critical_path_ms": _critical(trace),
        "critical_path": (
            None if trace.dropped else [span.path for span in trace.critical_path]
        ),
        "queued_ms": trace.metadata.get("queued_ms"),
        "dropped": trace.dropped,
        "tries": _tries(trace),
        **{key: _usage(trace, key) for key in ("requests", "tokens", "cost")},
        "steps": {name: round(ms, 3) for name, ms in _totals(trace.spans).items()},
    }


def compared(traces: Sequence[Trace]) -> list[Row]:
    """Return what runs came to as a whole."""
    rows = [Row("status", tuple(trace.status for trace in traces))]
    numbers: list[
        tuple[str, Callable[[Trace], float | None], Callable[[float], str]]
    ] = [
        ("time", lambda trace: trace.elapsed, time_text),
        ("in sequence", lambda trace: trace.metadata.get("sequential_ms"), time_text),
        ("speed-up", lambda trace: trace.metadata.get("speedup"), "{:.2f}x".format),
        ("critical path", _critical, time_text),
        ("queued", lambda trace: trace.metadata.get("queued_ms"), time_text),
        ("steps", lambda trace: len(trace.spans), "{:,.0f}".format),
        ("dropped", lambda trace: trace.dropped, "{:,.0f}".format),
        ("tries", _tries, "{:,.0f}".format),
        ("requests", lambda trace: _usage(trace, "requests"), "{:,.0f}".format),
        ("tokens", lambda trace: _usage(trace, "tokens"), "{:,.0f}".format),
        ("cost", lambda trace: _usage(trace, "cost"), "{:.4f}".format),
    ]
    for name, number, words in numbers:
        values = [number(trace) for trace in traces]
        if any(values):
            rows.append(_row(name, values, words))
    return rows


def _critical(trace: Trace) -> float | None:
    """The time of a critical path, whose rounded times may overlap, each of it once."""
    if trace.dropped:
        return None
    path = trace.critical_path
    ends = [0.0, *(span.end for span in path)]
    return sum(s.end - max(s.start, end) for s, end in zip(path, ends, strict=False))


def _tries(trace: Trace) -> int | None:
    return None if trace.dropped else sum(span.attempts for span in trace.spans)


def _usage(trace: Trace, key: str) -> float | None:
    usage = trace.metadata.get("usage") or {}
    number: float | None = usage.get(key)
    return number


def _row(
    name: str, values: Sequence[float | None], words: Callable[[float], str]
) -> Row:
    texts = tuple("-" if value is None else words(value) for value in values)
    first, last = values[0], values[-1]
    change = ""
    if len(values) > 1 and first and last is not None:
        part = (last - first) / first
        change = f"{part:+.0%}" if abs(part) >= 0.005 else "="
    return Row(name, texts, change)


def step_rows(traces: Sequence[Trace]) -> Iterator[Row]:
    """Yield the times of steps, rounds of loops as one: of two runs what differs most.

    Those of which records were dropped took at least so long.
    """
    totals = [_totals(trace.spans) for trace in traces]
    names = dict.fromkeys(name for total in totals for name in total)
    first, last = totals[0], totals[-1]
    if len(traces) > 1:
        weights = {n: abs(last.get(n, 0.0) - first.get(n, 0.0)) for n in names}
    else:
        weights = {n: first[n] for n in names}
    for name in sorted(names, key=lambda name: -weights[name])[:_MOST]:
        row = _row(name, [total.get(name) for total in totals], time_text)
        is_short = [
            trace.dropped > 0 and bool(_IN_ROUND.search(name)) for trace in traces
        ]
        if any(is_short):
            pairs = zip(row.values, is_short, strict=True)
            least = (f"≥ {v}" if short and v != "-" else v for v, short in pairs)
            row = Row(name, tuple(least))
        yield row


def _totals(spans: Sequence[Span]) -> dict[str, float]:
    found: dict[str, float] = {}
    for span in spans:
        name = _ROUND.sub("[]", span.path)
        found[name] = found.get(name, 0.0) + span.end - span.start
    return found
