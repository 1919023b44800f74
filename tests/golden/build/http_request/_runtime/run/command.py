"""A module run as a script: one chain, its record as JSON."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import signal
import sys
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Mapping,
    Sequence,
)
from contextlib import aclosing, nullcontext, suppress
from typing import Any, TextIO, cast

from .chain import Module, Options, check_options
from .interrupts import cancel_on_sigterm
from .records import RunResult, to_json
from .run import Run
from .run_task import cancel_run
from .started import stream_run
from .text_files import open_text

RunEvents = Callable[[Module, str, Any, Options], AsyncGenerator[dict[str, Any], None]]
"""Runs a chain and yields its events."""


View = Callable[[Module, RunEvents, bool, str | None], RunEvents]
"""Shows events on their way, and writes them as a trace to a file, where asked to."""


LARGEST_INPUT = 64 * 1024 * 1024


SILENT_SECONDS = 0.5
"""How long the steps of an interrupted run are waited for without a word."""


def without_view(
    module: Module, stream: RunEvents, progress: bool, trace: str | None
) -> RunEvents:
    """Return the events as they are; raise `ValueError` where a view of them is wanted."""
    if progress or trace:
        way = "build it with `trace = true`, or give its --events to `n3gen trace`"
        raise ValueError(f"this module has no --progress and --trace: {way}")
    return stream


def command_parser(
    module: Module, parents: Sequence[argparse.ArgumentParser] = ()
) -> argparse.ArgumentParser:
    """Return what reads the arguments of any module."""
    what = f"Run a chain of {module.source}."
    parser = argparse.ArgumentParser(description=what, parents=parents)
    add = parser.add_argument
    chains = [*module.chains]
    optional = "?" if len(chains) == 1 else None
    add("chain", nargs=optional, choices=chains, default=chains[0])
    add("--input", help="the payload: JSON, @FILE, or - for standard input")
    add("--connectors", help="MODULE:NAME of a mapping of names to callables")
    add("--timeout", type=float, help="seconds for the whole chain")
    add("--events", action="store_true", help="print each event as a line of JSON")
    add("--progress", action="store_true", help="show the steps, if built with `trace`")
    add("--trace", metavar="FILE", help="write a .html or .json, if built with `trace`")
    return parser


def run_command(
    module: Module,
    close: Callable[[], Awaitable[None]],
    arguments: Sequence[str] | None = None,
    *,
    stream: RunEvents = stream_run,
    view: View = without_view,
    parents: Sequence[argparse.ArgumentParser] = (),
    given: argparse.Namespace | None = None,
) -> int:
    """Run one chain, whose events `stream` yields, then await `close`.

    Fills in `given`. Returns 0 where it is ok, 1 where it failed, 2 for a wrong command,
    and what shells make of a signal that has ended it: 130 for Ctrl-C, 143 for SIGTERM.
    """
    parser = command_parser(module, parents)
    resume = "go on from a record, or from its --events"
    parser.add_argument("--resume", metavar="FILE", help=resume)
    parsed = parser.parse_args(arguments, given or argparse.Namespace())

    for name, value in vars(parsed).items():
        if value == "":
            parser.error(f"--{name} is empty: is a variable not set?")
    try:
        stream = view(module, stream, parsed.progress, parsed.trace)
        payload = read_payload(parsed.input)
        callables = read_connectors(parsed.connectors)
        earlier = parsed.resume and read_earlier(parsed.resume)
        options = Options(callables, parsed.timeout, resume=earlier)
    except OSError as error:
        parser.error(f"cannot open {error.filename}: {error.strerror}")
    except (ValueError, ImportError, AttributeError) as error:
        parser.error(str(error))

    ended: list[RunResult] = []

    def show(event: dict[str, Any]) -> None:
        if parsed.events:
            print(to_json(event), flush=True)
        elif "run" in event:
            ended.append(event["run"])

    async def run() -> RunResult:
        cancel_on_sigterm()
        try:
            events = stream(module, parsed.chain, payload, options)
            return await record_of_events(events, show, module.running)
        finally:
            await close()

    try:
        check_options(options)
        code = exit_code(run)
        if ended:
            print(to_json(ended[-1], indent=2), flush=True)
    except ValueError as error:
        parser.error(str(error))
    except OSError as error:
        return not_printed(error)
    return code


def exit_code(run: Callable[[], Coroutine[Any, Any, RunResult]]) -> int:
    """Run to the end, or to an interrupt, and return what that is for a shell."""
    try:
        return 0 if asyncio.run(run())["status"] == "ok" else 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except asyncio.CancelledError:
        return 128 + signal.SIGTERM


async def record_of_events(
    events: AsyncGenerator[dict[str, Any], None],
    show: Callable[[dict[str, Any]], None],
    running: Collection[Run],
) -> RunResult:
    """Show the events of a run, and return its record.

    A first interrupt cancels the run, which is among those `running` here, and waits for
    its last event; from then on another one ends the program at once.
    """
    under_way: set[str] = set()

    async def listen() -> RunResult:
        event: dict[str, Any] = {}
        async with aclosing(events):
            async for event in events:
                if event["event"] == "step_start":
                    under_way.add(event["step"])
                elif "record" in event:
                    under_way.discard(event["step"])
                show(event)
        return cast(RunResult, event["run"])

    listening = asyncio.create_task(listen())
    try:
        return await asyncio.shield(listening)
    except asyncio.CancelledError:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        for run in [*running]:
            cancel_run(run)
        if not running:
            listening.cancel()
        await asyncio.wait([listening], timeout=SILENT_SECONDS)
        if not listening.done():
            ends = sorted(under_way) or [what for run in running for what in run.waits]
            names = ", ".join(ends[:5]) or "the run"
            message = f"interrupted; waiting for {names} to end"
            print(f"{message} (interrupt again to leave at once)", file=sys.stderr)
            await asyncio.wait([listening])
        raise


def not_printed(error: OSError) -> int:
    """Say why there is no output, unless nobody reads it; return the exit code."""
    # Else the interpreter writes what is left, and fails again, as it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not isinstance(error, BrokenPipeError):
        print(f"cannot write the output: {error.strerror}", file=sys.stderr)
    return 1


def read_payload(text: str | None) -> Any:
    """Return the payload that `--input` gives; raise `OSError` or `ValueError`."""
    if text is None:
        return None
    content = text
    if text == "-" or text[:1] == "@":
        stdin: TextIO | None = sys.stdin  # none where it was closed before the start
        if text == "-" and stdin is None:
            raise ValueError("--input: standard input is closed")
        with open_text(text[1:]) if text != "-" else nullcontext(stdin) as file:
            content = cast(TextIO, file).read(LARGEST_INPUT + 1)
    if len(content) > LARGEST_INPUT:
        raise ValueError(f"--input has more than {LARGEST_INPUT:,} characters")
    try:
        return json.loads(content.removeprefix("\ufeff"), object_pairs_hook=unique_keys)
    except json.JSONDecodeError as error:
        why = f"the file is given as @{text}" if os.path.isfile(text) else error
        raise ValueError(f"--input is not JSON: {why}") from None
    except ValueError as error:
        raise ValueError(f"--input: {error}") from None
    except RecursionError:
        raise ValueError("--input is nested too deeply") from None


def unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the mapping of some pairs; raise `ValueError` where two have one key."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key `{key}` is there twice in one mapping")
        found[key] = value
    return found


def read_earlier(path: str) -> Any:
    """Return the record or the events in a file; raise `OSError` or `ValueError`."""
    try:
        with open_text(path) as file:
            text = file.read()
        with suppress(ValueError):
            found = json.loads(text)
            return [found] if "event" in found else found
        # A run that was killed may have left half a line.
        whole = text.split("\n")[:-1]
        return [json.loads(line) for line in whole if line.strip()]
    except (ValueError, TypeError, RecursionError):
        what = "neither the record of a run nor its events"
        raise ValueError(f"--resume: {path} holds {what}") from None


def read_connectors(target: str | None) -> Mapping[str, Callable[..., Any]] | None:
    """Return the mapping that `--connectors` names; raise where there is none."""
    if target is None:
        return None
    sys.path.insert(0, "")
    module, _, name = target.partition(":")
    if not name:
        raise ValueError(f"--connectors must be MODULE:NAME, not {target!r}")
    found = getattr(importlib.import_module(module), name)
    if isinstance(found, Mapping):
        return cast("Mapping[str, Callable[..., Any]]", found)
    raise ValueError(f"--connectors must name a mapping, which {target!r} is not")
