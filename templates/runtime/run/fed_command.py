"""A module run as a script whose chains are fed: what `n3gen run` does with channels."""

from __future__ import annotations

import argparse
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any

from .chain import Module, Options
from .command import View, run_command, without_view
from .fed_lines import SEND_HELP, SEND_SOURCE, fed_lines, say_what_is_read
from .feeding import fed_by_lines
from .handle import RunHandle
from .inbox import Inlet

__all__ = ["run_fed_command"]

Events = AsyncGenerator[dict[str, Any], None]


def run_fed_command(
    module: Module,
    close: Callable[[], Awaitable[None]],
    arguments: Sequence[str] | None = None,
    *,
    events: Callable[[RunHandle], Events] = RunHandle.events,
    view: View = without_view,
) -> int:
    """Run one chain as `run_command` does, and feed its channels as `--send` says.

    `events` yields those of a run.
    """
    given = argparse.Namespace()
    sending = argparse.ArgumentParser(add_help=False)
    sending.add_argument(
        "--send", action="append", default=[], metavar=SEND_SOURCE, help=SEND_HELP
    )

    def stream(module: Module, name: str, payload: Any, options: Options) -> Events:
        make = module.chain(name).inbox
        inbox = {} if make is None else make()
        channels = {
            name: inlet.is_fed
            for name, inlet in inbox.items()
            if isinstance(inlet, Inlet)
        }
        stdin = "the payload" if given.input == "-" else None
        if len(channels) < len(inbox):
            stdin = "the answers of people"
        lines = fed_lines(name, channels, given.send, stdin=stdin)
        say_what_is_read(lines)
        handle = RunHandle(module, name, payload, options)
        return fed_by_lines(handle, events(handle), lines)

    return run_command(
        module,
        close,
        arguments,
        stream=stream,
        view=view,
        parents=[sending],
        given=given,
    )
