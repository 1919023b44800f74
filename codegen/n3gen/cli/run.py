"""`n3gen run`: a chain of a spec, run without a build."""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import sys
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import click

from n3gen.cli.options import config_of, config_option, env_file_option
from n3gen.cli.output import placed, say, show_problems
from n3gen.cli.plan import complete_chains, the_chain
from n3gen.cli.progress import Progress, progress
from n3gen.project.config import working_directory
from n3gen.project.env_file import load_env_file
from n3gen.project.errors import ProjectError
from n3gen.project.fed_lines import Lines, lines_of, read_input
from n3gen.project.given_connectors import given_connectors
from n3gen.project.in_memory import module_in_memory
from n3gen.project.single import compile_path, text_of_file
from n3gen.semantics.signals import signals_of

__all__ = ["command"]

_MODULE = "n3gen_run"

_SUPPORT = importlib.import_module("n3gen.templates.runtime.run.command")
"""The support for commands: in the module its names may be others."""

_TERMINAL = importlib.import_module("n3gen.templates.runtime.run.terminal")

_FEEDING = importlib.import_module("n3gen.templates.runtime.run.feeding")

_RECORDS = importlib.import_module("n3gen.templates.runtime.run.records")


@click.command("run")
@click.argument("path")
@click.argument("chain", required=False, shell_complete=complete_chains)
@click.option(
    "--input",
    "payload",
    metavar="JSON|@FILE|-",
    help="The payload: JSON, a file that holds it, or standard input.",
)
@click.option(
    "--connectors",
    metavar="MODULE:NAME",
    help="A mapping of connector names to callables, imported from the project.",
)
@click.option(
    "--send",
    "sent",
    multiple=True,
    metavar="CHANNEL=@FILE|-",
    help="Feed a channel with the lines of a file or of standard input, each JSON or a "
    "text. The only channel that its caller feeds gets standard input by default.",
)
@click.option("--timeout", type=float, metavar="SECONDS", help="For the whole chain.")
@click.option(
    "--parallel/--sequential",
    default=None,
    help="Whether parallel steps run together.  [default: as configured]",
)
@click.option(
    "--resume",
    metavar="FILE",
    help="Go on from an earlier run: its record (--output-format json), or the events "
    "that a module has written with --events.",
)
@env_file_option
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="The result only, or the whole record of the run.",
)
@config_option
def command(path: str, chain: str | None, **given: Any) -> int:
    """Run a CHAIN of the spec file PATH, and print its result as JSON.

    A file with one chain needs no CHAIN.

    The chain is compiled in memory; nothing is written. Progress goes to stderr.
    Exits with 1 where the chain failed or passed its deadline.

    A channel that the chain's caller feeds takes the lines of standard input as they
    come, or those of a file (--send), and is closed behind the last one.

    \b
    Examples:
      n3gen run chains/hello.ai hello --input '{"name": "Ada"}'
      n3gen run chains/triage.ai triage --input @message.json --parallel
      n3gen run chains/rag.ai rag --connectors app.connectors:ALL --timeout 30
      tail -f mails.jsonl | n3gen run chains/desk.ai desk
      n3gen run chains/desk.ai desk --send mails=@mails.jsonl
    """
    config = config_of((path,), given)
    _, compilation = compile_path(path, config=config)
    show_problems(placed(compilation.problems, config))
    if (
        compilation.problems.has_errors
        or compilation.body is None
        or compilation.spec is None
    ):
        return 1
    name = the_chain(compilation, chain)
    if given["env_file"] is not None:
        load_env_file(given["env_file"])
    payload = _payload(given["payload"])
    sys.path[:0] = [config.root, working_directory()]
    connectors = given_connectors(given["connectors"])
    options = {
        "connectors": connectors,
        "timeout": given["timeout"],
        "parallel": given["parallel"],
        "resume": _earlier(given["resume"]),
    }
    _show_log()
    chains = {one.name: one for one in compilation.spec.chains}
    asks = bool(signals_of(chains[name], chains))
    lines = lines_of(chains[name], given["sent"], given["payload"], asks=asks)
    typed = [channel for channel, read in lines.items() if read is read_input]
    if typed and sys.stdin.isatty():
        say(f"reading items of channel `{typed[0]}`, one a line, until Ctrl-D")
    with (
        module_in_memory(compilation.body, compilation.source.path, _MODULE) as module,
        progress(name, sys.stderr, asks=asks) as shown,
    ):
        try:
            talk = _Talk(asks, lines)
            record = asyncio.run(_run(module, name, payload, options, shown, talk))
        except (LookupError, ValueError) as error:
            raise ProjectError(str(error)) from error
    _print_record(record, given["output_format"])
    return 0 if record["status"] == "ok" else 1


@dataclass(frozen=True, slots=True)
class _Talk:
    """What goes into a run: answers from the terminal, and lines for channels."""

    asks: bool
    lines: Lines

    def events(self, handle: Any) -> Any:
        """Return the events of a run, which ask and feed while they are read."""
        asked = _TERMINAL.answered_at_terminal
        events = asked(handle) if self.asks else handle.events()
        if self.lines:
            events = _FEEDING.fed_by_lines(handle, events, self.lines)
        return events


async def _run(
    module: ModuleType,
    chain: str,
    payload: Any,
    options: Mapping[str, Any],
    shown: Progress,
    talk: _Talk,
) -> Mapping[str, Any]:
    """Return the record of the run; show each event as it comes."""
    try:
        if talk.asks or talk.lines:
            handle = module.start_chain(chain, payload, **options)
            events = talk.events(handle)
        else:
            events = module.stream_chain(chain, payload, **options)
        record: Mapping[str, Any] = await _SUPPORT.record_of_events(events, shown.event)
        return record
    finally:
        await module.aclose()


def _print_record(record: Mapping[str, Any], output_format: str) -> None:
    if output_format == "json":
        click.echo(_json(_RECORDS.vouched(record)))
    elif record["status"] == "ok":
        click.echo(_json(record["result"]))
    else:
        say(f"error: {record['error']}")


def _json(value: Any) -> str:
    from n3gen.project.outcomes import json_form  # which imports pydantic

    try:
        # What JSON has no number for is shown as text.
        data = json.loads(json.dumps(value, default=json_form), parse_constant=str)
        return json.dumps(data, indent=2)
    except (TypeError, ValueError, RecursionError) as error:
        raise ProjectError(f"the result cannot be shown as JSON: {error}") from error


def _payload(text: str | None) -> Any:
    """The payload that `--input` gives."""
    if text is None:
        return None
    where = "--input"
    if text == "-":
        where, text = "standard input", _standard_input()
    elif text.startswith("@"):
        where, text = f"`{text[1:]}`", text_of_file(text[1:])
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProjectError(f"{where} is not valid JSON: {error}") from error


def _earlier(path: str | None) -> Any:
    """The record or the events of the run that `--resume` names."""
    if path is None:
        return None
    try:
        return _SUPPORT.read_earlier(path)
    except OSError as error:
        raise ProjectError(f"cannot read `{path}`: {error.strerror}") from error
    except ValueError as error:
        raise ProjectError(str(error)) from error


def _standard_input() -> str:
    try:
        return sys.stdin.read()
    except UnicodeDecodeError as error:
        raise ProjectError(f"standard input is not text: {error}") from error


class _Log(logging.Handler):
    """Shows the warnings of a run and the tracebacks of its errors.

    The message of an error is in the record.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            say(f"warning: {record.getMessage()}")
        elif record.exc_text:
            say(record.exc_text)
        elif record.exc_info and record.exc_info[1] is not None:
            say("".join(traceback.format_exception(record.exc_info[1])).rstrip())


def _show_log() -> None:
    logger = logging.getLogger("n3gen")
    logger.handlers[:] = [_Log()]
    logger.propagate = False
