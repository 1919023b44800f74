"""The steps of a run on a terminal, drawn anew in place."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import (
    ExitStack,
    asynccontextmanager,
    redirect_stderr,
    redirect_stdout,
    suppress,
)
from threading import Lock
from time import monotonic
from typing import Any, TextIO, cast
from unicodedata import combining, east_asian_width

from ..run.records import printable
from .loop_rounds import LoopFactor, LoopProgress, Loops, loop_words, rounds_in
from .step_lines import ENDS, ending, summary

__all__ = ["StepScreen", "fitted"]

OFTEN = 0.1
"""Seconds between two drawings."""

BEGINS = ("chain_start", "pipeline:start")
"""The events by which a run begins."""

RUNNING = 12
"""How many steps under way are shown."""

ENDED = 8
"""How many steps are shown that have ended."""


BARS = 6
"""How many loops are shown."""

SHOWN = 60
"""How many letters of what a step reports are shown."""


class UnderWay:
    """A step under way since a time: its tries, and the latest that it has reported."""

    def __init__(self, since: float) -> None:
        self.since = since
        self.tries = 1
        self.news = self.text = ""

    def note(self, data: Any) -> None:
        """Note what the step reports: a text continues the one before."""
        is_mapping = type(data) is dict
        part = cast("dict[str, Any]", data).get("text") if is_mapping else None
        text = f"{self.text}{part}" if isinstance(part, str) else str(data)
        self.text = text[-4 * SHOWN :]
        self.news = printable(" ".join(self.text.split()))[-SHOWN:]

    def try_again(self, error: str) -> None:
        """Note that a try has failed."""
        self.tries += 1
        self.news, self.text = printable(error), ""

    def line(self, path: str, now: float) -> str:
        """Return the line of the step."""
        words = f", try {self.tries}" if self.tries > 1 else ""
        latest = f": {self.news}" if self.news else ""
        return f"> {path} {(now - self.since) / 1000:.1f} s{words}{latest}"


class StepScreen:
    """What is under way and what ended last; what else is printed goes above it.

    While it is shown it replaces `sys.stderr`, and for `sys.stdout` where that is
    a terminal, as log lines would be drawn over.
    """

    def __init__(
        self,
        stream: TextIO,
        sizes: Mapping[str, Mapping[str, Sequence[LoopFactor]]] | None = None,
    ) -> None:
        self.stream = stream
        self.sizes = sizes or {}
        self.loops = Loops({})
        self.lock = Lock()
        self.running: dict[str, UnderWay] = {}
        self.ended: deque[str] = deque(maxlen=ENDED)
        self.count = self.drawn = self.time = 0
        self.seen = monotonic()
        self.above = self.end = ""

    def event(self, event: Mapping[str, Any]) -> None:
        """Note an event; the next drawing shows it."""
        self.time, self.seen = event.get("time_ms", self.time), monotonic()
        kind, path = event["event"], printable(event.get("step", ""))
        step = self.running.get(path)
        if kind in ENDS:
            self.end_step(path, event["record"])
        elif kind == "step_start":
            self.running[path] = UnderWay(self.time)
            self.loops.begin(path, self.time)
        elif kind == "step_retry" and step is not None:
            step.try_again(str(event["error"]))
        elif kind == "step_progress" and step is not None:
            step.note(event["data"])
        elif kind == "step_waiting" and step is not None:
            step.news = "waits for an answer"
        elif kind in BEGINS:
            sizes = self.sizes.get(event["chain"], {})
            self.loops = Loops(rounds_in(sizes, event.get("payload")))
        elif "run" in event:
            self.running.clear()
            self.end = summary(event["run"])

    def end_step(self, path: str, record: Mapping[str, Any]) -> None:
        """Note that a step has ended."""
        if self.running.pop(path, None) is not None:
            failed = record["status"] in ("error", "timeout")
            self.loops.end(path, self.time, failed=failed)
        self.count += 1
        sign = "+" if record["status"] in ("ok", "skipped") else "!"
        self.ended.append(f"{sign} {path} {printable(ending(record))}")

    @asynccontextmanager
    async def shown(self) -> AsyncGenerator[None]:
        """Draw until the context ends."""

        async def keep_drawing() -> None:
            while True:
                self.draw()
                await asyncio.sleep(OFTEN)

        drawing = asyncio.create_task(keep_drawing())
        try:
            with ExitStack() as stack:
                stack.enter_context(redirect_stderr(cast(TextIO, self)))
                if sys.stdout.isatty():
                    stack.enter_context(redirect_stdout(cast(TextIO, self)))
                yield
        finally:
            drawing.cancel()
            await asyncio.wait([drawing])
            self.write("\n" if self.above and not self.above.endswith("\n") else "")
            # A terminal that is gone ends no run.
            with suppress(OSError):
                if not drawing.cancelled():
                    drawing.exception()
                self.draw()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Keep a text for above the steps; whole lines of it are in the next drawing."""
        with self.lock:
            self.above += text
        return len(text)

    def flush(self) -> None:
        """Leave what was written to the next drawing."""

    def draw(self) -> None:
        """Draw all anew, below what was printed meanwhile."""
        columns, rows = shutil.get_terminal_size()
        shown = [fitted(line, columns - 1) for line in self.lines()][1 - rows :]
        with self.lock:
            lines, end, self.above = self.above.rpartition("\n")
            back = f"\x1b[{self.drawn}F" if self.drawn else ""
            below = "".join(f"{line}\n" for line in shown)
            self.stream.write(f"{back}\x1b[J{lines}{end}{below}")
            self.stream.flush()
            self.drawn = len(shown)

    def lines(self) -> Iterator[str]:
        """Yield the lines of the view."""
        now = self.time + (monotonic() - self.seen) * 1000
        if self.count > len(self.ended):
            yield f"  {self.count - len(self.ended):,} steps ended before"
        yield from self.ended
        for path, step in [*self.running.items()][:RUNNING]:
            yield step.line(path, now)
        if len(self.running) > RUNNING:
            yield f"  {len(self.running) - RUNNING:,} more under way"
        for loop in [*self.loops][-BARS:]:
            bar = "" if loop.total is None else f" {bar_of(loop)}"
            yield f"= {loop.name} {loop_words(loop, is_live=not self.end)}{bar}"
        if self.end:
            yield self.end


def bar_of(loop: LoopProgress) -> str:
    """Return a bar of the rounds of a loop that are done."""
    done = 20 * loop.done // max(loop.total or 0, loop.done, 1)
    return f"[{'#' * done}{'-' * (20 - done)}]"


def fitted(line: str, columns: int) -> str:
    """Return what of a line fits into so many columns of a terminal."""
    used = 0
    for at, char in enumerate(line):
        used += 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
        if used > columns:
            return line[:at]
    return line
