"""The steps of a run on a terminal, drawn anew in place."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Mapping
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
from .step_lines import ENDS, ending, summary

__all__ = ["StepScreen", "fitted"]

OFTEN = 0.1
"""Seconds between two drawings."""

RUNNING = 12
"""How many steps under way are shown."""

ENDED = 8
"""How many steps are shown that have ended."""


class StepScreen:
    """What is under way and what ended last; what else is printed goes above it.

    While it is shown it replaces `sys.stderr`, and for `sys.stdout` where that is
    a terminal, as log lines would be drawn over.
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.lock = Lock()
        self.running: dict[str, tuple[int, int, str]] = {}
        self.ended: deque[str] = deque(maxlen=ENDED)
        self.count = self.drawn = self.time = 0
        self.seen = monotonic()
        self.above = self.end = ""

    def event(self, event: Mapping[str, Any]) -> None:
        """Note an event; the next drawing shows it."""
        self.time, self.seen = event.get("time_ms", self.time), monotonic()
        kind, path = event["event"], printable(event.get("step", ""))
        since, tries, _ = self.running.get(path, (self.time, 1, ""))
        if kind == "step_start":
            self.running[path] = since, tries, ""
        elif kind == "step_retry":
            self.running[path] = since, tries + 1, str(event["error"])
        elif kind == "step_waiting":
            self.running[path] = since, tries, "waits for an answer"
        elif kind in ENDS:
            self.running.pop(path, None)
            self.count += 1
            sign = "+" if event["record"]["status"] in ("ok", "skipped") else "!"
            self.ended.append(f"{sign} {path} {ending(event['record'])}")
        elif "run" in event:
            self.running.clear()
            self.end = summary(event["run"])

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
        for path, (since, tries, news) in [*self.running.items()][:RUNNING]:
            words = f", try {tries}" if tries > 1 else ""
            latest = f": {news}" if news else ""
            yield f"> {path} {(now - since) / 1000:.1f} s{words}{latest}"
        if len(self.running) > RUNNING:
            yield f"  {len(self.running) - RUNNING:,} more under way"
        if self.end:
            yield self.end


def fitted(line: str, columns: int) -> str:
    """Return what of a line fits into so many columns of a terminal."""
    used = 0
    for at, char in enumerate(line):
        used += 0 if combining(char) else 2 if east_asian_width(char) in "WF" else 1
        if used > columns:
            return line[:at]
    return line
