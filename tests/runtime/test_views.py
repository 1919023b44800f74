"""Views of runs: the steps on a terminal, and what is noted for a trace."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from os import terminal_size
from pathlib import Path
from typing import Any, cast

import pytest
from n3gen.templates.runtime.run.chain import Module, Options
from n3gen.templates.runtime.run.metrics import Metrics
from n3gen.templates.runtime.run.settings import Defaults
from n3gen.templates.runtime.traces.chrome_events import chrome_events
from n3gen.templates.runtime.traces.step_lines import StepLines
from n3gen.templates.runtime.traces.step_screen import StepScreen, fitted
from n3gen.templates.runtime.traces.trace_notes import TraceNotes
from n3gen.templates.runtime.traces.views import Views, check_trace_file

from tests.clock import run
from tests.pictures.ran import RETRIES, digest, step

MODULE = Module("x.ai", {}, Defaults(False, 7, 300), Metrics())


class Terminal(io.StringIO):
    """A terminal, with the screen that it shows in the end."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> list[str]:
        """What is to be seen, when all has been drawn over that is drawn over."""
        lines: list[str] = []
        for part in self.getvalue().split("\x1b["):
            if part.startswith("J"):
                lines += part[1:].splitlines()
            elif part.partition("F")[0].isdigit():
                number, _, rest = part.partition("F")
                del lines[len(lines) - int(number) :]
                lines += rest.splitlines()
            elif part:
                lines += part.splitlines()
        return lines


@pytest.fixture(autouse=True)
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "get_terminal_size", lambda: terminal_size((40, 16)))


def event(kind: str, name: str, ms: int, **more: Any) -> dict[str, Any]:
    common = {"chain": "c", "run_id": "r", "time_ms": ms}
    return {"event": kind, "step": name, **common, **more}


def ended(name: str, started: int, elapsed: int, **more: Any) -> dict[str, Any]:
    record = step(name, started, elapsed, **more)
    return event("step_complete", name, started + elapsed, record=record)


def test_the_screen_shows_what_runs_and_what_has_ended() -> None:
    terminal = Terminal()
    screen = StepScreen(terminal)
    screen.event(event("step_start", "fetch", 0))
    screen.event(event("step_start", "ask", 0))
    screen.event(event("step_retry", "ask", 50, delay_ms=9, error="429"))
    screen.event(ended("fetch", 0, 500, queued_ms=100))
    screen.draw()
    screen.draw()
    assert terminal.screen == [
        "+ fetch ok in 0.50 s, queued 0.10 s",
        "> ask 0.5 s, try 2: 429",
    ]


def test_the_screen_has_what_a_step_streams() -> None:
    screen = StepScreen(Terminal())
    screen.event(event("step_start", "ask", 0))
    for text in ("It rains ", "in\nthe ", "north.\x1b[2J"):
        screen.event(event("step_progress", "ask", 10, data={"text": text}))
    assert next(screen.lines()).endswith(" s: It rains in the north.\\x1b[2J")
    screen.event(event("step_retry", "ask", 50, delay_ms=9, error="429"))
    screen.event(event("step_progress", "ask", 60, data={"text": "Again"}))
    assert next(screen.lines()).endswith(" s, try 2: Again")
    screen.event(event("step_progress", "ask", 70, data=[1, {"a": 2}]))
    assert next(screen.lines()).endswith(" s, try 2: [1, {'a': 2}]")
    screen.event(ended("ask", 0, 900, tokens=1200, attempts=2))
    assert list(screen.lines()) == ["+ ask ok in 0.90 s, 2 tries, 1,200 tokens"]


def test_the_screen_has_bars_for_loops() -> None:
    sizes = {"c": {"docs": ((("docs",), 1),), "docs.parts": ((("docs",), 1), (3, 2))}}
    screen = StepScreen(Terminal(), sizes)
    screen.event({"event": "chain_start", "chain": "c", "payload": {"docs": [1] * 4}})
    for number in range(2):
        for path in (f"docs[{number}].parts[0].s", f"docs[{number}].parts[1].s"):
            screen.event(event("step_start", path, 500 * number))
            screen.event(ended(path, 500 * number, 500))
    screen.event(event("step_start", "other[0].s", 900))
    assert list(screen.lines())[-3:] == [
        "= docs 2 of 4 rounds, 2.0/s, 1 s left [##########----------]",
        "= docs.parts 4 of 8 rounds, 4.0/s, 1 s left [##########----------]",
        "= other 0 rounds",
    ]
    screen.event({"event": "chain_complete", "run": digest()})
    assert "= docs 2 of 4 rounds, 2.0/s [##########----------]" in list(screen.lines())


def test_the_screen_is_no_taller_than_the_terminal() -> None:
    terminal = Terminal()
    screen = StepScreen(terminal)
    for number in range(30):
        screen.event(ended(f"a{number}", 0, 10))
        screen.event(event("step_start", f"b{number}", 10))
    screen.draw()
    assert len(terminal.screen) == 15
    assert terminal.screen[-1] == "  18 more under way"
    assert "  22 steps ended before" in list(screen.lines())


def test_lines_fit_into_the_terminal_also_wide_ones() -> None:
    assert fitted("一二三四五", 6) == "一二三"
    assert fitted("e\u0301" * 4, 3) == "e\u0301" * 3
    terminal = Terminal()
    screen = StepScreen(terminal)
    screen.event(event("step_start", "x" * 60 + "\x1b[2J", 0))
    screen.draw()
    assert terminal.screen == [f"> {'x' * 37}"]


def test_what_is_logged_stands_above_the_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setattr(sys, "stdout", terminal)
    screen = StepScreen(terminal)

    async def main() -> None:
        async with screen.shown():
            screen.event(event("step_start", "ask", 0))
            await asyncio.sleep(0.25)
            print("a warning", file=sys.stderr)
            print("half", end="")
            await asyncio.sleep(0.25)
            screen.event(ended("ask", 0, 500))

    run(main())
    assert terminal.screen == ["a warning", "half", "+ ask ok in 0.50 s"]
    assert sys.stderr is terminal and sys.stdout is terminal


def test_a_terminal_that_is_gone_ends_no_run() -> None:
    class Gone(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    async def main() -> str:
        async with StepScreen(Gone()).shown():
            await asyncio.sleep(1)
        return "ended"

    assert run(main()) == "ended"


def test_plain_lines() -> None:
    stream = io.StringIO()
    lines = StepLines(stream)
    lines.event(event("step_start", "a\x1b[2J", 0))
    error = event("step_error", "a", 40)
    error["record"] = step("a", 0, 40, status="error", error="503", attempts=3)
    lines.event(error)
    lines.event({"event": "chain_complete", "time_ms": 3000, "run": digest()})
    assert stream.getvalue().splitlines() == [
        "    0.00 s  a\\x1b[2J started",
        "    0.04 s  a error in 0.04 s, 3 tries: 503",
        "chain 'digest' ok in 2.90 s: 5 steps, 4.00 s in sequence, 1.4 times as fast",
    ]


def test_a_durable_run_that_had_ended_has_one_event_without_a_time() -> None:
    only = {"event": "chain_complete", "chain": "c", "run_id": "r", "run": digest()}
    stream, terminal, notes = io.StringIO(), Terminal(), TraceNotes()
    screen = StepScreen(terminal)
    for view in (StepLines(stream), screen, notes):
        view.event(only)
    screen.draw()
    assert stream.getvalue().startswith("chain 'digest' ok in 2.90 s")
    assert terminal.screen[0].startswith("chain 'digest' ok in 2.90 s")
    assert len(notes.record()["steps"]) == 5


def test_lanes_of_a_trace_hold_no_two_steps_at_once() -> None:
    trace = {"record": digest(), "retries": RETRIES, "limits": {}}
    shown = [e for e in chrome_events(trace)["traceEvents"] if e.get("cat") == "step"]
    assert [(e["name"], e["tid"]) for e in shown] == [
        ("fetch", 1),
        ("docs[0].classify", 1),
        ("docs[1].classify", 2),
        ("docs[2].classify", 3),
        ("summary", 1),
    ]
    kinds = [e.get("cat") for e in chrome_events(trace)["traceEvents"]]
    assert kinds.count("sleep") == 1 and kinds.count("queued") == 2


def test_permits_in_use_are_counters_of_a_trace() -> None:
    limits = {"llm": {"most": 2, "steps": {"classify": 1, "summary": 1}}}
    trace = {"record": digest(), "retries": RETRIES, "limits": limits}
    found = [e for e in chrome_events(trace)["traceEvents"] if e["ph"] == "C"]
    assert {event["name"] for event in found} == {"at work", "queued", "llm"}
    permits = [(e["ts"], e["args"]) for e in found if e["name"] == "llm"]
    assert permits[:3] == [
        (400_000, {"llm": 1}),
        (600_000, {"llm": 2}),
        (1_200_000, {"llm": 1}),
    ]


def test_the_trace_of_a_run_that_is_cut_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(tmp_path / "run.json")

    async def events(*_: Any) -> AsyncGenerator[dict[str, Any], None]:
        yield event("chain_start", "", 0)
        yield event("step_start", "a", 0)
        yield event("step_start", "docs[1].b", 5)
        yield ended("a", 0, 20, result="what nobody may see")
        await asyncio.sleep(1e6)

    async def main() -> None:
        stream = Views({"llm": (None, {"a": 1})})(MODULE, events, False, path)
        async with asyncio.timeout(1):
            async with aclosing(stream(MODULE, "c", None, Options())) as found:
                async for _ in found:
                    pass

    monkeypatch.setattr(
        "n3gen.templates.runtime.traces.trace_notes.monotonic",
        lambda: cast(float, asyncio.get_running_loop().time()),
    )
    with pytest.raises(TimeoutError):
        run(main())
    trace = json.loads(Path(path).read_text())["n3gen"]
    assert trace["record"]["status"] == "cancelled"
    steps = [
        (s.get("path"), s["status"], s["elapsed_ms"]) for s in trace["record"]["steps"]
    ]
    assert steps == [(None, "ok", 20), ("docs[1].b", "cancelled", 1015)]
    assert trace["limits"]["llm"]["most"] == 7
    assert "nobody" not in Path(path).read_text()
    assert capsys.readouterr().err == f"wrote {path}\n"


def test_a_run_that_did_not_begin_has_no_trace() -> None:
    notes = TraceNotes()
    Views({}).write(MODULE, notes, "/nowhere/x.json")


def test_a_trace_is_refused_before_anything_runs_and_leaves_no_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "run.html"
    check_trace_file(str(path))
    assert not path.exists()
    path.write_text("an earlier run")
    check_trace_file(str(path))
    assert path.read_text() == "an earlier run"
    with pytest.raises(FileNotFoundError):
        check_trace_file(str(tmp_path / "no" / "run.html"))
