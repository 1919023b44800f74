"""Takes a command line; hands on the record of a run as JSON: a module run as a script."""

from __future__ import annotations

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, cast

from .chain import Module, Options, check_options
from .execute import execute_chain, stream_run
from .records import RunResult


def run_command(
    module: Module,
    close: Callable[[], Awaitable[None]],
    arguments: Sequence[str] | None = None,
) -> int:
    """Runs one chain: 0 when it is ok, 1 when it failed, 2 when the command is wrong.

    `close` is awaited when it has run.
    """
    import argparse

    parser = argparse.ArgumentParser(description=f"Run a chain of {module.source}.")
    parser.add_argument("chain", choices=list(module.chains))
    parser.add_argument(
        "--input",
        default=None,
        help="the payload: JSON, @FILE, or - for standard input",
    )
    parser.add_argument(
        "--connectors", help="MODULE:NAME of a mapping of connector names to callables"
    )
    parser.add_argument("--timeout", type=float, help="seconds for the whole chain")
    parser.add_argument(
        "--events", action="store_true", help="print each event as a line of JSON"
    )
    parser.add_argument(
        "--env-file", help="a file of variables that the environment does not set"
    )
    given = parser.parse_args(arguments)
    if given.env_file is not None:
        os.environ["N3GEN_ENV_FILE"] = given.env_file
    try:
        payload = read_payload(given.input)
        options = Options(read_connectors(given.connectors), given.timeout)
    except (OSError, ValueError, ImportError, AttributeError) as error:
        parser.error(str(error))
    try:
        check_options(options)
        work = run_printing(module, given.chain, payload, options, given.events)
        record = asyncio.run(closing_after(work, close))
        if not given.events:
            print(json_text(record, indent=2), flush=True)
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Else the interpreter writes what is left, and fails again, as it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0 if record["status"] == "ok" else 1


async def closing_after(
    work: Coroutine[Any, Any, RunResult], close: Callable[[], Awaitable[None]]
) -> RunResult:
    """What `work` gives, with nothing left open."""
    try:
        return await work
    finally:
        await close()


async def run_printing(
    module: Module, chain: str, payload: Any, options: Options, shows_events: bool
) -> RunResult:
    """Runs the chain, printing its events if asked."""
    if not shows_events:
        return (await execute_chain(module, chain, payload, options)).record
    last: dict[str, Any] = {}
    async for last in stream_run(module, chain, payload, options):
        print(json_text(last), flush=True)
    return cast(RunResult, last["run"])


def read_payload(text: str | None) -> Any:
    """The payload that `--input` gives; raises `OSError` or `ValueError`."""
    if text is None:
        return None
    if text == "-":
        read = sys.stdin.read()
    elif text.startswith("@"):
        with open(text[1:], encoding="utf-8") as file:
            read = file.read()
    else:
        read = text
    try:
        return json.loads(read)
    except ValueError as error:
        raise ValueError(f"--input is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("--input is nested too deeply") from None


def read_connectors(target: str | None) -> Mapping[str, Callable[..., Any]] | None:
    """The mapping that `--connectors` names; raises where there is none."""
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


def json_text(value: Any, indent: int | None = None) -> str:
    """A record or an event as JSON; results that JSON has no form for, as text."""
    try:
        return json.dumps(value, indent=indent, default=to_plain)
    except (TypeError, ValueError, RecursionError):
        return json.dumps(strip_data(value), indent=indent)


def strip_data(value: Any) -> Any:
    """The same with the user's data as texts: keys no JSON has, or circles in it."""
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        data = ("result", "payload", "data")
        return {k: repr(v) if k in data else strip_data(v) for k, v in items}
    if isinstance(value, list):
        return [strip_data(item) for item in cast("list[object]", value)]
    return value


def to_plain(value: Any) -> Any:
    """A value that JSON has no form for, as data where it knows how, else as text."""
    dump = getattr(value, "model_dump", None)
    return dump(mode="json") if callable(dump) else str(value)
