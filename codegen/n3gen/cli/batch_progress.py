"""How far a batch is: a bar on a terminal, and lines every so often elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

import click

from n3gen.cli.output import count, has_color, printable
from n3gen.project.batch_tally import BatchProgress, Tally

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["PlainBatchProgress", "batch_data", "batch_progress", "batch_summary"]

_EVERY = 10.0
"""Seconds between two plain lines."""


class PlainBatchProgress:
    """A line every ten seconds."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._due = _EVERY

    def update(self, tally: Tally) -> None:
        """Show how far the batch is, if ten seconds have passed."""
        if tally.elapsed >= self._due:
            self._due = tally.elapsed + _EVERY
            click.echo(_words(tally), file=self._stream)

    def waiting(self, rows: int) -> None:
        """Show that rows are waited for."""
        click.echo(_waiting(rows), file=self._stream)


class LiveBatchProgress:
    """A bar, with how many rows, how fast, what they cost and how long it will take."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._task = bar.add_task("starting", total=None)

    def update(self, tally: Tally) -> None:
        """Show how far the batch is."""
        self._bar.update(
            self._task,
            total=tally.total,
            completed=tally.done,
            description=_words(tally),
        )

    def waiting(self, rows: int) -> None:
        """Show that rows are waited for."""
        self._bar.update(self._task, description=_waiting(rows))


@contextmanager
def batch_progress(stream: TextIO) -> Iterator[BatchProgress]:
    """What shows a batch while the context lasts."""
    if not has_color(stream):
        yield PlainBatchProgress(stream)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = BarColumn(), TextColumn("{task.description}", markup=False)
    console = Console(file=stream)
    with Progress(*columns, console=console, redirect_stdout=False) as bar:
        yield LiveBatchProgress(bar)


def _waiting(rows: int) -> str:
    message = f"interrupted; waiting for {count(rows, 'row')} to end"
    return f"{message} (interrupt again to leave at once)"


def _words(tally: Tally) -> str:
    """How far a batch is, in one line."""
    from n3gen.project.outcomes import duration_text

    known = "" if tally.total is None else f" of {tally.total:,}"
    parts = [f"{tally.done:,}{known} rows"]
    if failed := tally.failed + tally.kept["failed"]:
        parts.append(f"{failed:,} failed")
    parts.append(f"{tally.rate:,.1f} rows/s")
    if tally.cost:
        parts.append(f"cost {tally.cost:.4f}")
    if tally.seconds_left is not None:
        parts.append(f"{duration_text(tally.seconds_left)} left")
    return ", ".join(parts)


_UNKNOWN = re.compile(r"got a wrong payload: `([\w-]+)` is unknown\Z")
"""How the error of a row ends that has one field more than its chain takes."""


def batch_data(tally: Tally) -> dict[str, Any]:
    """Return what came of a batch as data, `elapsed_ms` in milliseconds.

    `run` and `kept` count rows by status: those run now, and those with a record from
    before. `total` is `None` where the rows come from a stream, `cost` where no row has
    a price. `errors` are those of the first rows that failed.
    """
    has_cost = bool(tally.cost) or not tally.unpriced
    return {
        "clean": tally.is_clean,
        "run": dict(sorted(tally.statuses.items())),
        "kept": {s: n for s, n in sorted(tally.kept.items()) if n},
        "total": tally.total,
        "elapsed_ms": round(tally.elapsed * 1000, 3),
        "requests": tally.requests,
        "tokens": tally.tokens,
        "cost": round(tally.cost, 6) if has_cost else None,
        "unpriced": tally.unpriced,
        "errors": [
            {"place": place, "error": error} for _, place, error in tally.errors
        ],
        "stopped": tally.is_stopped,
        "interrupted": tally.is_interrupted,
    }


def batch_summary(tally: Tally, out: str) -> Iterator[str]:
    """Yield the lines that say what came of a batch."""
    from n3gen.project.outcomes import duration_text

    statuses = sorted(tally.statuses, key=lambda status: (status != "ok", status))
    parts = [f"{tally.statuses[status]:,} {status}" for status in statuses]
    took = f" in {duration_text(tally.elapsed)}, {tally.rate:,.1f} rows/s"
    line = f"{count(tally.ended, 'row')} run"
    yield line + (f": {', '.join(parts)}{took}" if tally.ended else "")
    if tally.requests:
        yield _usage(tally)
    if kept := tally.kept.total():
        failed = f", {tally.kept['failed']:,} of them failed" * (
            tally.kept["failed"] > 0
        )
        yield f"{count(kept, 'row')} kept from before{failed}"
    for _, place, error in tally.errors:
        yield f"  {place}: {printable(error)}"
    if (more := tally.failed - len(tally.errors)) > 0:
        yield f"  and {count(more, 'more error')} in `{out}`"
    unknown = {_UNKNOWN.search(error) for _, _, error in tally.errors}
    fields = {found[1] if found else "" for found in unknown}
    if len(fields) == 1 and (field := fields.pop()):
        yield (
            f"with `--id {field}` the field `{field}` names a row, and is no part of its "
            "payload"
        )
    yield from _next_step(tally, out)


def _usage(tally: Tally) -> str:
    line = count(tally.requests, "request")
    if tally.tokens:  # not every server says how many
        line += f", {tally.tokens:,} tokens"
    if tally.cost:
        line += f", cost {tally.cost:.4f}"
        if tally.unpriced:
            line += f" and what {count(tally.unpriced, 'row')} without a price cost"
    return line


def _next_step(tally: Tally, out: str) -> Iterator[str]:
    """Yield what to do about rows that are not `ok`."""
    if tally.is_stopped:
        yield f"stopped after {count(tally.failed, 'error')}, as --max-errors says"
    if out == "-":
        return
    if tally.is_stopped or tally.is_interrupted:
        yield "the same command continues from here"
    if tally.failed or tally.kept["failed"]:
        yield "with --retry-failed the rows that failed run again"
