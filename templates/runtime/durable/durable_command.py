"""A durable module run as a script: one chain, which goes on where an earlier process stopped."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..run.callables import connector
from ..run.chain import Module, Options, check_options
from ..run.command import (
    View,
    command_parser,
    not_printed,
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
    parser = command_parser(module)
    resumed = "the run's id; with that of an earlier run, go on with it"
    parser.add_argument("--run-id", help=resumed)
    given = parser.parse_args(arguments)

    def show(event: dict[str, Any]) -> None:
        if given.events:
            print(to_json(event), flush=True)

    async def run() -> RunResult:
        try:
            events = stream(module, given.chain, payload, options)
            return await record_of_events(events, show, ())
        finally:
            await close()

    try:
        stream = view(module, stream_durably, given.progress, given.trace)
        payload = read_payload(given.input)
        for name, function in (read_connectors(given.connectors) or {}).items():
            connector(name)(function)
        run_id = given.run_id or os.urandom(8).hex()
        options = Options(timeout=given.timeout, run_id=run_id)
        check_options(options)
    except OSError as error:
        parser.error(f"cannot open {error.filename}: {error.strerror}")
    except (ValueError, ImportError, AttributeError) as error:
        parser.error(str(error))

    try:
        record = asyncio.run(run())
        if not given.events:
            print(to_json(record, indent=2), flush=True)
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        print(f"interrupted; go on with the run by --run-id {run_id}", file=sys.stderr)
        return 130
    except OSError as error:
        return not_printed(error)
    return 0 if record["status"] == "ok" else 1
