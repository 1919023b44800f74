"""A durable module run as a script: one chain, which goes on where an earlier process stopped."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..run.callables import connector
from ..run.chain import Module, Options, check_options
from ..run.command import (
    View,
    read_connectors,
    read_payload,
    record_of_events,
    without_view,
)
from ..run.records import RunResult, to_json
from .durable_handles import stream_durably

__all__ = ["run_durable_command"]


def run_durable_command(
    module: Module,
    close: Callable[[], Awaitable[None]],
    arguments: Sequence[str] | None = None,
    *,
    view: View = without_view,
) -> int:
    """Run one chain, then await `close`.

    Returns 0 where the chain is ok, 1 where it failed, 2 where the command is wrong.
    """
    parser = argparse.ArgumentParser(description=f"Run a chain of {module.source}.")
    add = parser.add_argument
    chains = [*module.chains]
    optional = "?" if len(chains) == 1 else None
    add("chain", nargs=optional, choices=chains, default=chains[0])
    add("--input", help="the payload: JSON, @FILE, or - for standard input")
    add("--run-id", help="the run's id; with that of an earlier run, go on with it")
    add("--connectors", help="MODULE:NAME of a mapping of names to callables")
    add("--timeout", type=float, help="seconds for the whole chain")
    add("--events", action="store_true", help="print each event as a line of JSON")
    add("--progress", action="store_true", help="show the steps, if built with `trace`")
    add("--trace", metavar="FILE", help="write a .html or .json, if built with `trace`")
    given = parser.parse_args(arguments)

    def show(event: dict[str, Any]) -> None:
        if given.events:
            print(to_json(event), flush=True)

    async def run() -> RunResult:
        try:
            events = stream(module, given.chain, payload, options)
            return await record_of_events(events, show)
        finally:
            await close()

    try:
        stream = view(module, stream_durably, given.progress, given.trace)
        payload = read_payload(given.input)
        for name, function in (read_connectors(given.connectors) or {}).items():
            connector(name)(function)
        options = Options(timeout=given.timeout, run_id=given.run_id)
        check_options(options)
        record = asyncio.run(run())
        if not given.events:
            print(to_json(record, indent=2), flush=True)
    except BrokenPipeError:
        # Else the interpreter writes what is left, and fails again, as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OSError, ValueError, ImportError, AttributeError) as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130
    return 0 if record["status"] == "ok" else 1
