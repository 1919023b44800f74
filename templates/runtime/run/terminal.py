"""Questions of a run, asked at a terminal."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from ..limits.durations import in_seconds
from .records import printable
from .settling import all_settled
from .tasks import Tasks
from .threads import in_thread

__all__ = ["Talking", "answered_at_terminal"]


class Talking(Protocol):
    """What is needed of a handle."""

    async def send(self, name: str, data: Any, *, key: object = None) -> None: ...
    async def cancel(self) -> Any: ...


async def answered_at_terminal(
    handle: Talking, events: AsyncGenerator[dict[str, Any], None]
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield the `events` of a run, and ask at the terminal what its steps wait for.

    Answers are lines of standard input. Where that ends, a step waits for its time, or
    for what runs beside it; once all that is left waits without end, the run is
    cancelled. So it is where the generator is closed.
    """
    questions: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    steps = StepsUnderWay()
    async with Tasks() as tasks:
        asking = tasks.create_task(ask_all(handle, questions, steps))
        try:
            async for event in events:
                steps.see(event)
                if event["event"] == "step_waiting":
                    questions.put_nowait(event)
                yield event
        finally:
            asking.cancel()
            await handle.cancel()


class StepsUnderWay:
    """The steps of a run that are under way, by its events.

    Of each it is known whether it waits `endless`, for an answer without a time.
    """

    def __init__(self) -> None:
        self.endless: dict[str, bool] = {}
        self.seen = asyncio.Event()

    def see(self, event: Mapping[str, Any]) -> None:
        """Note what an event says."""
        if event["event"] == "step_start":
            self.endless[event["step"]] = False
        elif event["event"] == "step_waiting":
            self.endless[event["step"]] = event["timeout"] is None
        elif "record" in event:
            self.endless.pop(event["step"], None)
        self.seen.set()

    async def are_stuck(self) -> bool:
        """Say whether all that is under way waits without end, or for what does so."""
        self.seen.clear()
        await all_settled()  # a next step may be about to start
        waiting = [f"{step}." for step, endless in self.endless.items() if endless]
        return not self.seen.is_set() and all(
            any(path.startswith(f"{step}.") for path in waiting)
            for step in self.endless
        )

    async def end_or_are_stuck(self, step: str) -> None:
        """Wait until a step has ended, or all that is left waits without end."""
        while step in self.endless and not await self.are_stuck():
            await self.seen.wait()


async def ask_all(
    handle: Talking, questions: asyncio.Queue[dict[str, Any]], steps: StepsUnderWay
) -> None:
    """Ask one question after another, each until its answers are taken."""
    while True:
        question = await questions.get()
        wanted, fault = question["count"], ""
        while wanted and question["step"] in steps.endless:
            line = await in_thread(partial(read_line, question, fault))
            if not line:
                print(unanswered(question, await steps.are_stuck()), file=sys.stderr)
                if question["timeout"] is not None:
                    break
                await steps.end_or_are_stuck(question["step"])
                if question["step"] in steps.endless:
                    await handle.cancel()
                    return
                break
            try:
                answer = answer_of(line.strip(), question["schema"])
                await handle.send(question["signal"], answer, key=question["key"])
            except ValueError as error:
                fault = str(error)
            else:
                wanted, fault = wanted - 1, ""


def read_line(question: Mapping[str, Any], fault: str) -> str:
    """Show what is asked, and what was wrong with an answer, and read a line."""
    text = question["question"] or f"an answer to '{question['signal']}'"
    key = "" if question["key"] is None else f" [{question['key']}]"
    shown = printable(f"{question['step']}{key}: {text}")
    if fault:
        shown = printable(fault)
    # A line that is typed ends the one of the question; what comes by a pipe does not.
    end = "" if sys.stdin.isatty() else "\n"
    print(f"{shown}\n  {form_of(question['schema'])}> ", end=end, file=sys.stderr)
    sys.stderr.flush()
    return sys.stdin.readline()


def unanswered(question: Mapping[str, Any], is_stuck: bool) -> str:
    """Say that nobody answers, and what a step waits for that has a time or company."""
    text, timeout = "nobody answers: standard input has ended", question["timeout"]
    step = printable(question["step"])
    if timeout is not None:
        return f"{text}; '{step}' waits until its time is over, {in_seconds(timeout)}"
    return text if is_stuck else f"{text}; '{step}' waits while other steps run"


def form_of(schema: Mapping[str, Any]) -> str:
    """Return in a few words what an answer has to be."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"])) + " "
    if schema.get("type") == "boolean":
        return "yes | no "
    if schema.get("type") == "object" and "properties" in schema:
        needed = schema.get("required", ())
        fields = [
            f'"{name}": {form_of(part).strip() or "any"}'
            for name, part in schema["properties"].items()
            if name in needed or len(schema["properties"]) <= 3
        ]
        return "{" + ", ".join(fields) + "} "
    kind = schema.get("type")
    return f"{kind} " if isinstance(kind, str) else ""


def answer_of(line: str, schema: Mapping[str, Any]) -> Any:
    """Return the answer that a line means: JSON, or words for what is asked.

    `yes` and `no` are meant for a boolean, or for the only one that an object needs.
    """
    kind, words = schema.get("type"), {"yes": True, "y": True, "no": False, "n": False}
    if kind == "boolean" and line.lower() in words:
        return words[line.lower()]
    if kind == "object":
        parts = schema.get("properties", {})
        needed = schema.get("required", [])
        if len(needed) == 1 and not line.startswith("{"):
            return {needed[0]: answer_of(line, parts[needed[0]])}
    if kind == "string" or "enum" in schema:
        with suppress(ValueError):
            found = json.loads(line)
            return found if isinstance(found, str) else line
        return line
    try:
        return json.loads(line)
    except ValueError:
        if kind in (None, "string"):
            return line
        raise ValueError(f"the answer is not JSON: {line}") from None
