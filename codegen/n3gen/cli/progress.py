"""The events of a run, live on a terminal and as plain lines elsewhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol, TextIO

import click

from n3gen.cli.output import count, has_color, printable

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult

__all__ = ["PlainProgress", "Progress", "progress", "summary"]

_FINISHED = 12
"""How many finished steps a terminal keeps in sight."""

_RUNNING = 20
"""How many running steps it shows."""

_TOLD = 60
"""How many letters of what a running step tells it shows."""

_ENDS = ("step_complete", "step_error", "step_cancelled")
"""The events by which a step ends."""

_SIGNS = {"ok": "[green]✓[/]", "skipped": "[dim]-[/]", "cancelled": "[yellow]x[/]"}


class Progress(Protocol):
    """Shows a run."""

    def event(self, event: Mapping[str, Any]) -> None:
        """Shows one event."""


class PlainProgress:
    """A line per step that starts or ends; of further tries the log tells."""

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
    """What runs now and what ended last, redrawn in place."""

    def __init__(self, chain: str) -> None:
        from rich.spinner import Spinner

        self._chain = chain
        self._spinner = Spinner("dots", style="cyan")
        self._running: dict[str, str] = {}
        self._finished: deque[Mapping[str, Any]] = deque(maxlen=_FINISHED)
        self._ended = 0
        self._time = 0
        self.run: Mapping[str, Any] | None = None

    def event(self, event: Mapping[str, Any]) -> None:
        kind, step = event["event"], event.get("step", "")
        self._time = event["time_ms"]
        if kind == "step_start":
            self._running[step] = ""
        elif kind == "step_progress" and step in self._running:
            self._running[step] = _tail(self._running[step], event["data"])
        elif kind == "step_retry" and step in self._running:
            self._running[step] = _retry(event)
        elif kind in _ENDS:
            self._running.pop(step, None)
            self._finished.append({**event["record"], "path": step})
            self._ended += 1
        elif "run" in event:
            self._running.clear()
            self.run = event["run"]

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 1))
        for record in self._finished:
            sign = Text.from_markup(_SIGNS.get(record["status"], "[red]✗[/]"))
            seconds = f"{record['elapsed_ms'] / 1000:.2f} s"
            reason = Text(record["error"] or "", "red")
            table.add_row(sign, Text(record["path"]), Text(seconds, "dim"), reason)
        for step, shown in list(self._running.items())[:_RUNNING]:
            table.add_row(self._spinner, Text(step, "bold"), "", Text(shown, "dim"))
        yield table
        hidden = self._ended - len(self._finished), len(self._running) - _RUNNING
        if hidden[0] > 0:
            yield Text(f"  {count(hidden[0], 'step')} ended before", "dim")
        if hidden[1] > 0:
            yield Text(f"  {count(hidden[1], 'more step')} running", "dim")
        if self.run is not None:
            yield Text(summary(self._chain, self.run), "bold")


def _retry(event: Mapping[str, Any]) -> str:
    if "fallback" in event:
        return f"falls back to {event['fallback']}: {event['error']}"
    return f"tries again in {event['delay_ms'] / 1000:.2f} s: {event['error']}"


def _tail(before: str, data: Any) -> str:
    """The end of what a step reports, in one line: a model's text as it comes."""
    is_text = isinstance(data, dict) and isinstance(data.get("text"), str)
    text = before + data["text"] if is_text else str(data)
    return printable(" ".join(text[-4 * _TOLD :].split()))[-_TOLD:]


@contextmanager
def progress(chain: str, stream: TextIO, *, asks: bool = False) -> Iterator[Progress]:
    """What shows the run of a chain while the context lasts.

    One that `asks` at the terminal is shown in plain lines, between which there is room.
    """
    if asks or not has_color(stream):
        yield PlainProgress(chain, stream)
        return
    from rich.console import Console
    from rich.live import Live

    shown = LiveProgress(chain)
    console = Console(file=stream)
    with Live(shown, console=console, refresh_per_second=12, redirect_stdout=False):
        yield shown


def summary(chain: str, run: Mapping[str, Any]) -> str:
    """A run in one line: how it ended, how long it took, and what it saved."""
    data = run["metadata"]
    steps = count(len(run["steps"]), "step")
    line = (
        f"chain '{chain}' {run['status']} in {data['elapsed_ms'] / 1000:.2f} s: {steps}"
    )
    if data["speedup"] >= 1.05:
        sequential = data["sequential_ms"] / 1000
        line += f", {sequential:.2f} s in sequence, {data['speedup']:.1f} times as fast"
    if usage := data.get("usage"):
        line += f", {count(usage['requests'], 'request')}, {usage['tokens']:,} tokens"
        if usage["cost"] is not None and usage["cost"] > 0:
            line += f", cost {usage['cost']:.4f}"
    if data["pending"]:
        line += f", {len(data['pending']):,} never started"
    return line
