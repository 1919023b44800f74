"""A module run as a script: one chain, its record as JSON."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from ..values.json_data import json_data
from .chain import Module, Options, check_options
from .execute import stream_run
from .records import RunResult

__all__ = ["run_command"]


def run_command(
    module: Module,
    close: Callable[[], Awaitable[None]],
    arguments: Sequence[str] | None = None,
) -> int:
    """Run one chain, then await `close`.

    Returns 0 where the chain is ok, 1 where it failed, 2 where the command is wrong.
    """
    parser = argparse.ArgumentParser(description=f"Run a chain of {module.source}.")
    add = parser.add_argument
    add("chain", choices=list(module.chains))
    add("--input", help="the payload: JSON, @FILE, or - for standard input")
    add("--connectors", help="MODULE:NAME of a mapping of names to callables")
    add("--timeout", type=float, help="seconds for the whole chain")
    add("--events", action="store_true", help="print each event as a line of JSON")
    add("--env-file", help="a file of variables that the environment does not set")
    given = parser.parse_args(arguments)
    if given.env_file is not None:
        os.environ["N3GEN_ENV_FILE"] = given.env_file

    try:
        payload = read_payload(given.input)
        options = Options(read_connectors(given.connectors), given.timeout)
    except (OSError, ValueError, ImportError, AttributeError) as error:
        parser.error(str(error))

    async def run() -> RunResult:
        event: dict[str, Any] = {}
        try:
            async with aclosing(
                stream_run(module, given.chain, payload, options)
            ) as events:
                async for event in events:
                    if given.events:
                        print(json_text(event), flush=True)
        finally:
            await close()
        return cast(RunResult, event["run"])

    try:
        check_options(options)
        record = asyncio.run(run())
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


def read_payload(text: str | None) -> Any:
    """Return the payload that `--input` gives; raise `OSError` or `ValueError`."""
    if text is None:
        return None
    given = text
    if text == "-":
        given = sys.stdin.read()
    elif text.startswith("@"):
        with open(text[1:], encoding="utf-8") as file:
            given = file.read()
    try:
        return json.loads(given)
    except ValueError as error:
        raise ValueError(f"--input is not JSON: {error}") from None
    except RecursionError:
        raise ValueError("--input is nested too deeply") from None


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


def json_text(value: Any, indent: int | None = None) -> str:
    """Return a record or an event as JSON; results that JSON has no form for, as text."""

    def plain(item: Any) -> Any:
        try:
            return json_data(item)
        except TypeError:
            return str(item)

    def in_words(item: Any) -> Any:
        if isinstance(item, list):
            return [in_words(part) for part in cast("list[object]", item)]
        if not isinstance(item, dict):
            return item
        data = ("result", "payload", "data")
        items = cast("dict[str, Any]", item).items()
        return {k: repr(v) if k in data else in_words(v) for k, v in items}

    try:
        return json.dumps(value, indent=indent, default=plain)
    except (TypeError, ValueError, RecursionError):  # odd keys, or circles
        return json.dumps(in_words(value), indent=indent)
