"""What simulations came to: as Markdown tables, and as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from n3gen.project.simulation.samples import Sample
from n3gen.project.simulation.simulation import Load, Simulated
from n3gen.project.simulation.sweeps import UNLIMITED
from n3gen.project.simulation.watched_runs import Part, RunFigures

__all__ = ["Sources", "bottleneck", "report_data", "report_lines", "unforeseen_lines"]

_NAMES: Final = ("p50", "p95", "p99")
_PERCENTILES: Final = (0.5, 0.95, 0.99)
_ERRORS: Final = 3
_PARTS: Final = 6
_FULL: Final = 0.9
"""The share of a limit in use from which on it is what holds runs up."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where latencies come from that no option has given, in words, by the steps' paths.

    `recorded` are from the recordings in `folder`, where there is one.
    """

    made_up: Mapping[str, str]
    recorded: Mapping[str, str]
    folder: str = ""


def report_lines(
    load: Load, simulated: Sequence[Simulated], sources: Sources
) -> Iterator[str]:
    """Yield the lines of a report: a table of configurations, and of one its steps."""
    runs = f"{load.runs:,} run" + "s" * (load.runs != 1)
    yield f"{load.chain}: {runs}, {load.arrivals.words}, seed {load.seed}"
    yield ""
    yield from _table(
        (
            "Configuration",
            "Time",
            "Speed-up",
            *_NAMES,
            "Runs/s",
            "Queued",
            "Bottleneck",
        ),
        [_baseline(simulated[0]), *map(_row, simulated)],
    )
    if len(simulated) == 1:
        yield from _details(simulated[0])
    for one in simulated:
        yield from _failed(one, is_alone=len(simulated) == 1)
    yield from _sources(load, sources)


def _sources(load: Load, sources: Sources) -> Iterator[str]:
    """The lines about latencies that no option has given."""
    if sources.folder:
        yield ""
        yield f"Latencies and failures from the recordings in `{sources.folder}`:"
        found = [f"  {path}  {words}" for path, words in sources.recorded.items()]
        yield from found or ["  none, as no call is one of a kind that is recorded"]
    if sources.made_up:
        yield ""
        yield f"Latencies made up by seed {load.seed}; --latency and --recorded give others:"
        yield from (f"  {path}  {words}" for path, words in sources.made_up.items())


def _baseline(one: Simulated) -> list[str]:
    """The row of the same work, one call after another."""
    return ["Sequential", _time(one.figures.work), "1.00x", *["-"] * 6]


def _row(one: Simulated) -> list[str]:
    figures, seconds = one.figures, one.seconds
    queued = sum(sample.total for sample in figures.waits.values())
    rate = figures.times.count / seconds if seconds else 0.0
    return [
        one.configuration.words,
        _time(seconds),
        f"{figures.work / seconds:.2f}x" if seconds else "-",
        *map(_time, figures.times.percentiles(_PERCENTILES)),
        f"{rate:.4g}" if seconds else "-",
        _time(queued / figures.times.count),
        bottleneck(one),
    ]


def bottleneck(one: Simulated) -> str:
    """Return what holds runs up most.

    That is a limit which is in use nearly all the time while others wait for it; else
    what most of the critical paths is made of, with its share. A step that is on a path
    several times waits for a round of its loop to end.
    """
    figures = one.figures
    full = [
        use for use in one.limits if use.share >= _FULL and use.name in figures.waits
    ]
    if full:
        most = max(full, key=lambda use: figures.waits[use.name].total)
        return f"{most.name}, {most.share:.0%} in use"
    total = sum(seconds for seconds, _ in figures.paths.values())
    if not total:
        return "-"
    part = max(figures.paths, key=lambda part: figures.paths[part][0])
    seconds, number = figures.paths[part]
    loop = one.loops.get(part[1], "")
    where = f", {loop}" if loop and number > 1.5 * figures.times.count else ""
    return f"{_part(part)} {seconds / total:.0%}{where}"


def _part(part: Part) -> str:
    word, name = part
    words = {"work": "step {}", "wait": "wait for {}", "items": "items of {}"}
    return words.get(word, "pauses").format(name)


def _details(one: Simulated) -> Iterator[str]:
    figures = one.figures
    steps = {n: s for n, s in figures.steps.items() if s.work.total or s.queued.total}
    if steps:
        yield ""
        yield from _table(
            ("Step", "Ran", "Tries", "Failed", *_NAMES, "Queued p95", "Waits for"),
            [
                [
                    name,
                    f"{step.runs:,}",
                    f"{step.attempts:,}",
                    f"{step.failed:,}",
                    *map(_time, step.work.percentiles(_PERCENTILES)),
                    *map(_time, step.queued.percentiles([0.95])),
                    ", ".join(step.waits) or "-",
                ]
                for name, step in steps.items()
            ],
        )
    limits = {
        use.name: (
            ("none", "-")
            if use.most == UNLIMITED
            else (f"{use.most:,}", f"{use.share:.1%}")
        )
        for use in one.limits
    }
    # Rests of connections, and permits of single runs, are not counted over all the time.
    limits |= {name: ("-", "-") for name in figures.waits if name not in limits}
    if limits:
        yield ""
        yield from _table(
            ("Limit", "Most", "In use", "Waits", "Mean wait", "p95", "Queue"),
            [[name, *use, *_waits(one, name)] for name, use in limits.items()],
        )
    yield ""
    yield "Critical path of a run, in the mean:"
    yield from _path(figures)


def _waits(one: Simulated, name: str) -> list[str]:
    sample = one.figures.waits.get(name, Sample())
    queue = sample.total / one.seconds if one.seconds else 0.0
    return [
        f"{sample.count:,}",
        _time(sample.mean),
        *map(_time, sample.percentiles([0.95])),
        f"{queue:.3g}",
    ]


def _path(figures: RunFigures) -> Iterator[str]:
    runs, paths = figures.times.count, figures.paths
    total = sum(seconds for seconds, _ in paths.values())
    parts = sorted(paths, key=lambda part: -paths[part][0])
    if not total:
        yield "  nothing takes time"
    for part in parts[:_PARTS]:
        seconds, number = paths[part]
        times = f", {number / runs:.3g} times" if number > runs else ""
        yield f"  {seconds / total:>4.0%}  {_part(part)}  {_time(seconds / runs)}{times}"
    if len(parts) > _PARTS:
        yield f"  and {len(parts) - _PARTS} more"


def _failed(one: Simulated, *, is_alone: bool) -> Iterator[str]:
    """The lines about runs that did not end well."""
    figures = one.figures
    if not figures.errors:
        return
    statuses = [
        f"{count:,} {status}" for status, count in sorted(figures.statuses.items())
    ]
    where = "" if is_alone else f"{one.configuration.words}: "
    yield ""
    yield f"{where}runs ended: {', '.join(statuses)}"
    for error, count in figures.errors.most_common(_ERRORS):
        yield f"  {count:,} x {error}"
    if len(figures.errors) > _ERRORS:
        yield f"  and {len(figures.errors) - _ERRORS} other errors"


def unforeseen_lines(simulated: Sequence[Simulated]) -> Iterator[str]:
    """Yield lines about runs that failed by none of the failures that were given."""
    runs = sum(one.figures.unforeseen.total() for one in simulated)
    if runs:
        yield (
            f"{runs:,} run{'s' * (runs != 1)} failed by what was not simulated: where calls "
            "give what no expression can work with, say what they give with --calls; where "
            "a payload does not fit the chain, give payloads that do with --rows"
        )


def report_data(
    load: Load, simulated: Sequence[Simulated], sources: Sources
) -> dict[str, Any]:
    """Return a report as plain data; times are seconds."""
    return {
        "chain": load.chain,
        "runs": load.runs,
        "arrivals": load.arrivals.words,
        "seed": load.seed,
        "made_up_latencies": dict(sources.made_up),
        **({"recorded": dict(sources.recorded)} if sources.folder else {}),
        "configurations": [_data(one) for one in simulated],
    }


def _data(one: Simulated) -> dict[str, Any]:
    figures, seconds = one.figures, one.seconds
    total = sum(taken for taken, _ in figures.paths.values())
    return {
        "settings": {s.name: s.value for s in one.configuration.settings},
        "sequential": _round(figures.work),
        "time": _round(seconds),
        "speed_up": round(figures.work / seconds, 3) if seconds else None,
        "run": _sample(figures.times),
        "runs_per_second": round(figures.times.count / seconds, 4) if seconds else None,
        "statuses": dict(sorted(figures.statuses.items())),
        "errors": dict(figures.errors.most_common()),
        "bottleneck": bottleneck(one),
        "critical_path": [
            {
                "part": _part(part),
                "share": round(taken / total, 4),
                "seconds": _round(taken / figures.times.count),
                "times": round(number / figures.times.count, 4),
            }
            for part, (taken, number) in sorted(
                figures.paths.items(), key=lambda item: -item[1][0]
            )
        ],
        "steps": {
            name: {
                "ran": step.runs,
                "attempts": step.attempts,
                "failed": step.failed,
                "work": _sample(step.work),
                "queued": _sample(step.queued),
                "waits": {limit: _round(s) for limit, s in step.waits.items()},
            }
            for name, step in figures.steps.items()
        },
        "limits": {
            use.name: {
                "most": None if use.most == UNLIMITED else use.most,
                "in_use": round(use.share, 4),
                "wait": _sample(figures.waits.get(use.name, Sample())),
            }
            for use in one.limits
        },
        "waits": {name: _sample(sample) for name, sample in figures.waits.items()},
        "real_seconds": round(one.real, 3),
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "count": sample.count,
        "mean": _round(sample.mean),
        **dict(zip(_NAMES, map(_round, sample.percentiles(_PERCENTILES)), strict=True)),
        "max": _round(sample.greatest),
    }


def _round(seconds: float) -> float:
    return round(seconds, 6)


def _time(seconds: float) -> str:
    """A duration in a table: `12.5 ms`, `2.5 s`, `310 s`."""
    if seconds < 1e-6:
        return "0 s"
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:,.4g} s" if seconds < 1000 else f"{seconds:,.0f} s"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a Markdown table, the first and the last column to the left."""
    widths = [max(len(row[at]) for row in (head, *rows)) for at in range(len(head))]
    last = len(head) - 1

    def line(cells: Sequence[str]) -> str:
        padded = [
            f"{cell:<{width}}" if at in (0, last) else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        ]
        return f"| {' | '.join(padded)} |"

    yield line(head)
    rules = [
        "-" * width if at in (0, last) else f"{'-' * (width - 1)}:"
        for at, width in enumerate(widths)
    ]
    yield f"| {' | '.join(rules)} |"
    yield from map(line, rows)
