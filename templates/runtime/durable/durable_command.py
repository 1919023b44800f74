"""A durable module run as a script: one chain, which goes on where an earlier process stopped."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any

from ..run.callables import connector
from ..run.chain import Module, Options, check_options
from ..run.command import View, run_command, without_view
from ..run.records import RunCancelled
from .durable_handles import stream_durably

__all__ = ["run_durable_command"]

INTERRUPTED = (128 + signal.SIGINT, 128 + signal.SIGTERM)
"""The exit codes of an interrupted command."""


def run_durable_command(
    module: Module,
    close: Callable[[], Awaitable[None]],
    arguments: Sequence[str] | None = None,
    *,
    view: View = without_view,
) -> int:
    """Run one chain as `run_command` does; an interrupt leaves it for a later process."""
    given = argparse.Namespace(run_id=os.urandom(8).hex())
    going_on = argparse.ArgumentParser(add_help=False)
    resumed = "the run's id; with that of an earlier run, go on with it"
    going_on.add_argument("--run-id", help=resumed)

    def stream(
        _: Module, name: str, payload: Any, options: Options
    ) -> AsyncGenerator[dict[str, Any], None]:
        if options.resume is not None:
            raise ValueError("a durable run goes on by itself: name it by --run-id")
        for connector_name, function in (options.connectors or {}).items():
            connector(connector_name)(function)
        options = options._replace(connectors=None, run_id=given.run_id)
        check_options(options)
        events = stream_durably(module, name, payload, options)
        return with_plain_errors(events, given.run_id)

    code = run_command(
        # In which no run is under way that an interrupt would cancel.
        Module(module.source, module.chains, module.defaults, module.metrics),
        close,
        arguments,
        stream=stream,
        view=view,
        parents=[going_on],
        given=given,
    )
    if code in INTERRUPTED:
        way_out = f"go on with the run by --run-id {given.run_id}"
        print(f"interrupted; {way_out}", file=sys.stderr)
    return code


async def with_plain_errors(
    events: AsyncGenerator[dict[str, Any], None], run_id: str
) -> AsyncGenerator[dict[str, Any], None]:
    """Yield events; raise `ValueError` where there is no run that this may go on with."""
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except RunCancelled as error:
        way_out = f"`n3gen runs resume {run_id}` goes on with it"
        raise ValueError(f"{error}: {way_out}") from None
    except RuntimeError as error:
        raise ValueError(str(error)) from error
