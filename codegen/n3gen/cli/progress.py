"""The events of a run, live on a terminal and as plain lines elsewhere."""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol, TextIO

import click

from n3gen.cli.output import count, has_color, printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

__all__ = ["PlainProgress", "Progress", "progress", "summary"]

_ROUNDS = importlib.import_module("n3gen.templates.runtime.traces.loop_rounds")
_SCREEN = importlib.import_module("n3gen.templates.runtime.traces.step_screen")

_FINISHED = 12
"""How many finished steps a terminal keeps in sight."""

_RUNNING = 20
"""How many running steps it shows."""

_LOOPS = 6
"""How many loops it shows."""

_LEAST = 30
"""The columns of a terminal that has room for bars."""

_ENDS = ("step_complete", "step_error", "step_cancelled")
"""The events by which a step ends."""

_SIGNS = {"ok": "[green]✓[/]", "skipped": "[dim]-[/]", "cancelled": "[yellow]x[/]"}


class Progress(Protocol):
    """Shows a run."""

    def event(self, event: Mapping[str, Any]) -> None:
        """Shows one event."""


class PlainProgress:
    """A line per step that starts or ends; the log has the retries."""

    def __init__(self, chain: str, stream: TextIO) -> None:
        self._chain = chain
        self._stream = stream

    def event(self, event: Mapping[str, Any]) -> None:
        kind, step = event["event"], event.get("step")
        if kind == "step_start":
            self._line(event, f"{step} started")
        elif kind in _ENDS:
            record = event["record"]
            seconds = record["elapsed_ms"] / 1000
            error = record["error"] if record["status"] != record["error"] else None
            reason = f": {error}" if error else ""
            self._line(event, f"{step} {record['status']} in {seconds:.2f} s{reason}")
        elif "run" in event:
            click.echo(summary(self._chain, event["run"]), file=self._stream)

    def _line(self, event: Mapping[str, Any], text: str) -> None:
        click.echo(f"{event['time_ms'] / 1000:8.2f} s  {text}", file=self._stream)


class LiveProgress:
    """What runs now, what ended last, and how far loops are, redrawn in place."""

    def __init__(self, chain: str, totals: Mapping[str, int] | None = None) -> None:
        from rich.spinner import Spinner

        self._chain = chain
        self._spinner = Spinner("dots", style="cyan")
        self._running: dict[str, Any] = {}
        self._finished: deque[Mapping[str, Any]] = deque(maxlen=_FINISHED)
        self._loops = _ROUNDS.Loops(totals or {})
        self._ended = self._tokens = 0
        self._cost = 0.0
        self._time = 0
        self._seen = monotonic()
        self.run: Mapping[str, Any] | None = None

    def event(self, event: Mapping[str, Any]) -> None:
        kind, step = event["event"], event.get("step", "")
        self._time, self._seen = event["time_ms"], monotonic()
        running = self._running.get(step)
        if kind == "step_start":
            self._running[step] = _SCREEN.UnderWay(self._time)
            self._loops.begin(step, self._time)
        elif kind == "step_progress" and running is not None:
            running.note(event["data"])
        elif kind == "step_retry" and running is not None:
            running.try_again(_retry(event))
        elif kind in _ENDS:
            self._end(step, event["record"])
        elif "run" in event:
            self._running.clear()
            self.run = event["run"]

    def _end(self, step: str, record: Mapping[str, Any]) -> None:
        if self._running.pop(step, None) is not None:
            failed = record["status"] in ("error", "timeout")
            self._loops.end(step, self._time, failed=failed)
        self._finished.append({**record, "path": step})
        self._ended += 1
        self._tokens += record.get("tokens") or 0
        self._cost += record.get("cost") or 0.0

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        from rich.text import Text

        # What is cut off at the lower edge would be the loops.
        room = max(console.size.height - 5 - min(len(self._loops), _LOOPS), 2)
        running = list(self._running.items())[: min(_RUNNING, max(room - 2, 1))]
        finished = list(self._finished)[-max(room - len(running), 1) :]
        yield self._steps(finished, running)
        hidden = self._ended - len(finished), len(self._running) - len(running)
        if hidden[0] > 0:
            yield _line(f"  {count(hidden[0], 'step')} ended before")
        if hidden[1] > 0:
            yield _line(f"  {count(hidden[1], 'more step')} running")
        if len(self._loops):
            yield self._bars(console.size.width)
        if self.run is not None:
            yield Text(summary(self._chain, self.run), "bold")
        elif self._tokens:
            cost = f", cost {self._cost:.4f}" if self._cost else ""
            yield _line(f"  {self._tokens:,} tokens{cost}")

    def _steps(
        self, finished: list[Mapping[str, Any]], running: list[tuple[str, Any]]
    ) -> RenderableType:
        """A line for each step, of which the last ones may be longer in the end."""
        from rich.table import Table
        from rich.text import Text

        # Between two events time goes on.
        now = self._time + (monotonic() - self._seen) * 1000
        table = Table.grid(padding=(0, 1), expand=True)
        table.add_column()
        table.add_column(no_wrap=True, overflow="ellipsis")
        table.add_column(justify="right", no_wrap=True)
        is_live = self.run is None
        table.add_column(
            no_wrap=is_live, overflow="ellipsis" if is_live else "fold", ratio=1
        )
        for record in finished:
            sign = Text.from_markup(_SIGNS.get(record["status"], "[red]✗[/]"))
            reason = Text(_facts(record), "dim")
            if record["error"]:
                reason.append(f"  {printable(record['error'])}", "red")
            seconds = f"{record['elapsed_ms'] / 1000:.2f} s"
            table.add_row(sign, Text(record["path"]), Text(seconds, "dim"), reason)
        for step, one in running:
            seconds = f"{max(now - one.since, 0) / 1000:.1f} s"
            news = Text(_words(one), "dim")
            table.add_row(
                self._spinner, Text(step, "bold"), Text(seconds, "cyan"), news
            )
        return table

    def _bars(self, columns: int) -> RenderableType:
        """A bar for each of the loops that began last."""
        from rich.progress_bar import ProgressBar
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 1))
        for _ in range(3):
            table.add_column(no_wrap=True, overflow="ellipsis")
        for loop in list(self._loops)[-_LOOPS:]:
            bar = ProgressBar(
                total=loop.total,
                completed=loop.done,
                width=min(30, columns // 3),
                pulse=loop.total is None and self.run is None,
            )
            cells = (bar,) if columns >= _LEAST else ()
            words = Text(_ROUNDS.loop_words(loop, is_live=self.run is None), "dim")
            table.add_row(Text(loop.name, "bold"), *cells, words)
        return table


def _line(words: str) -> RenderableType:
    """Words that are less important than others, in one line."""
    from rich.text import Text

    return Text(words, "dim", no_wrap=True, overflow="ellipsis")


def _words(step: Any) -> str:
    """The tries of a step under way, if there was more than one, and its latest news."""
    return f"try {step.tries}: {step.news}" if step.tries > 1 else str(step.news)


def _facts(record: Mapping[str, Any]) -> str:
    """What the record of a step says beside its time: its wait, its tries, its tokens."""
    facts: list[str] = []
    if record["queued_ms"]:
        facts.append(f"queued {record['queued_ms'] / 1000:.2f} s")
    if record["attempts"] > 1:
        facts.append(f"{record['attempts']} tries")
    if record.get("tokens"):
        facts.append(f"{record['tokens']:,} tokens")
    return ", ".join(facts)


def _retry(event: Mapping[str, Any]) -> str:
    if "fallback" in event:
        return f"falls back to {event['fallback']}: {event['error']}"
    return f"tries again in {event['delay_ms'] / 1000:.2f} s: {event['error']}"


@contextmanager
def progress(
    chain: str,
    stream: TextIO,
    *,
    asks: bool = False,
    totals: Mapping[str, int] | None = None,
) -> Iterator[Progress]:
    """What shows the run of a chain while the context lasts.

    `totals` are how many rounds its loops have, as far as that is known. One that `asks` at the terminal is shown in plain lines, between which there is room.
    """
    if asks or not has_color(stream):
        yield PlainProgress(chain, stream)
        return
    from rich.console import Console
    from rich.live import Live

    shown = LiveProgress(chain, totals)
    console = Console(file=stream)
    with Live(shown, console=console, refresh_per_second=12, redirect_stdout=False):
        yield shown


_ENDED: Final = {
    "ok": "ok in",
    "error": "failed after",
    "timeout": "timed out after",
    "cancelled": "cancelled after",
}
"""How a line about a run says its status."""


def summary(chain: str, run: Mapping[str, Any]) -> str:
    """A run in one line: how it ended, how long it took, and what it saved."""
    data = run["metadata"]
    skipped = sum(step.get("status") == "skipped" for step in run["steps"])
    steps = count(len(run["steps"]) - skipped, "step")
    steps += f", {skipped:,} skipped" if skipped else ""
    ended = _ENDED.get(run["status"], run["status"])
    line = f"chain '{chain}' {ended} {data['elapsed_ms'] / 1000:.2f} s: {steps}"
    if data["speedup"] >= 1.05:
        sequential = data["sequential_ms"] / 1000
        line += f", {sequential:.2f} s in sequence, {data['speedup']:.1f} times as fast"
    if usage := data.get("usage"):
        line += f", {count(usage['requests'], 'request')}"
        if usage["tokens"]:  # not every server says how many
            line += f", {usage['tokens']:,} tokens"
        if usage["cost"] is not None and usage["cost"] > 0:
            line += f", cost {usage['cost']:.4f}"
    if data["pending"]:
        line += f", {len(data['pending']):,} never started"
    return line
