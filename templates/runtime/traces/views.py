"""What `--progress` and `--trace` of a module show of a run."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from typing import Any

from ..run.chain import Module, Options
from ..run.command import RunEvents
from ..run.settings import count_setting
from .chrome_events import chrome_events
from .loop_rounds import LoopFactor
from .step_lines import StepLines
from .step_screen import StepScreen
from .trace_notes import TraceNotes
from .trace_page import TRACE_PAGE

__all__ = ["Views"]

TakenPermits = tuple[int | None, Mapping[str, int]]
"""How many permits a limit has, and how many steps take of it, by their names."""


@dataclass(frozen=True)
class Views:
    """Views of the runs of a module, whose steps take permits of `limits`.

    `loops` are the sizes of those of each chain that are known before a run.

    How many model calls there may be, the environment says. A module that `asks` at the
    terminal, or reads what is typed there, has plain lines, between which there is room.
    """

    limits: Mapping[str, TakenPermits]
    loops: Mapping[str, Mapping[str, Sequence[LoopFactor]]] = field(
        default_factory=dict[str, Mapping[str, Sequence[LoopFactor]]]
    )
    asks: bool = False

    def __call__(
        self, module: Module, stream: RunEvents, progress: bool, trace: str | None
    ) -> RunEvents:
        """Return the events of a run as they are, shown and noted on their way.

        Raises `ValueError` for a file of another kind, `OSError` for one that cannot be
        written.
        """
        if trace is not None:
            check_trace_file(trace)

        async def events(
            module: Module, chain: str, payload: Any, options: Options
        ) -> AsyncGenerator[dict[str, Any], None]:
            notes = TraceNotes()
            async with AsyncExitStack() as stack:
                if trace is not None:
                    stack.callback(self.write, module, notes, trace)
                view = await self.view(stack) if progress else None
                found = stream(module, chain, payload, options)
                async for event in await stack.enter_async_context(aclosing(found)):
                    notes.event(event)
                    if view is not None:
                        view.event(event)
                    yield event

        return events if progress or trace else stream

    async def view(self, stack: AsyncExitStack) -> StepLines | StepScreen:
        """Return what shows steps on stderr until the stack is left."""
        if self.asks or not is_terminal():
            return StepLines(sys.stderr)
        screen = StepScreen(sys.stderr, self.loops)
        await stack.enter_async_context(screen.shown())
        return screen

    def write(self, module: Module, notes: TraceNotes, path: str) -> None:
        """Write the trace of a run that has ended; one that did not begin has none."""
        if not notes.last:
            return
        calls = count_setting("MAX_CONCURRENT_LLM_CALLS", module.defaults.llm_calls)
        limits = {
            name: {"most": calls if most is None else most, "steps": steps}
            for name, (most, steps) in self.limits.items()
        }
        trace = {"record": notes.record(), "retries": notes.retries, "limits": limits}
        if path.lower().endswith(".json"):
            text = json.dumps(chrome_events(trace), default=str)
        else:
            # No text in it may end the element that it is in.
            data = json.dumps([{"title": "", **trace}], default=str)
            text = TRACE_PAGE.replace("{}", data.replace("<", "\\u003c"), 1)
        try:
            with open(path, "w", encoding="utf-8") as file:
                file.write(f"{text}\n")
        except OSError as error:
            print(f"cannot write {path}: {error.strerror}", file=sys.stderr)
        else:
            print(f"wrote {path}", file=sys.stderr)


def check_trace_file(path: str) -> None:
    """Raise `ValueError` or `OSError` where no trace can be written to a file."""
    ending = os.path.splitext(path)[1].lower()
    if ending == ".svg":
        way = "write a .json, and draw it by `n3gen trace`"
        raise ValueError(f"--trace: a module draws no .svg; {way}")
    if ending not in (".html", ".json"):
        raise ValueError(f"--trace: {path} ends in neither .html nor .json")
    is_new = not os.path.lexists(path)
    with open(path, "a", encoding="utf-8"):
        pass
    if is_new:
        os.unlink(path)  # a run that is killed leaves no empty file


def is_terminal() -> bool:
    """Say whether stderr can be drawn on."""
    can_draw = os.name != "nt" or "WT_SESSION" in os.environ
    return sys.stderr.isatty() and can_draw and os.environ.get("TERM") != "dumb"
