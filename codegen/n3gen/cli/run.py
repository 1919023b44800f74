"""`n3gen run`: a chain of a spec, run without a build."""

from __future__ import annotations

import importlib
import logging
import os
import re
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

import click

from n3gen.cli.durations import DURATION
from n3gen.cli.options import config_of, config_option, env_file_option
from n3gen.cli.output import placed, say, show_problems
from n3gen.cli.plan import complete_chains, the_chain
from n3gen.cli.progress import progress
from n3gen.cli.run_output import RunOutput
from n3gen.cli.ways_to_answer import say_how_to_answer
from n3gen.plan.loop_sizes import loop_sizes
from n3gen.project.config import Config, working_directory
from n3gen.project.env_file import load_env_file
from n3gen.project.errors import ProjectError, disk_error
from n3gen.project.fed_lines import SEND_HELP, SEND_SOURCE, Lines, lines_of
from n3gen.project.given_connectors import check_needed, given_connectors
from n3gen.project.given_data import json_given, stdin_is_given
from n3gen.project.in_memory import module_in_memory
from n3gen.project.single import compile_path
from n3gen.project.support_names import SupportNames
from n3gen.project.termination import run_main
from n3gen.semantics.signals import signals_of
from n3gen.spec.model import Spec
from n3gen.target import TARGETS

__all__ = ["command"]

Listener = Callable[[Mapping[str, Any]], None]
"""Handles one event of a run."""

_MODULE = "n3gen_run"

_SUPPORT = importlib.import_module("n3gen.templates.runtime.run.command")
"""The support for commands: in the module its names may be others."""

_TERMINAL = importlib.import_module("n3gen.templates.runtime.run.terminal")

_FEEDING = importlib.import_module("n3gen.templates.runtime.run.feeding")

_ROUNDS = importlib.import_module("n3gen.templates.runtime.traces.loop_rounds")


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
    metavar=SEND_SOURCE,
    help=SEND_HELP,
)
@click.option("--timeout", type=DURATION, metavar="TIME", help="For the whole chain.")
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
@click.option(
    "--trace",
    metavar="FILE",
    help="Write where the time went: a page (.html), a picture (.svg), or events for "
    "Perfetto (.json).",
)
@click.option(
    "--events",
    is_flag=True,
    help="Print each event as a line of JSON, and no result.",
)
@click.option(
    "--run-id",
    metavar="ID",
    help="The name of the run; that of an earlier durable one goes on with it.",
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
      n3gen run chains/triage.ai --input @message.json --trace run.html
      n3gen run chains/rag.ai rag --connectors app.connectors:ALL --timeout 30
      tail -f mails.jsonl | n3gen run chains/desk.ai desk
      n3gen run chains/desk.ai desk --send mails=@mails.jsonl
    """
    config = config_of((path,), given)
    _, compilation = compile_path(path, config=config, in_process=False, is_run=True)
    show_problems(placed(compilation.problems, config))
    if compilation.problems.has_errors:
        return 1
    name = the_chain(compilation, chain)
    assert compilation.body is not None and compilation.spec is not None
    text = given["payload"]
    payload = None if text is None else json_given("--input", text)
    _make_ready(config, given["env_file"])
    target = TARGETS[config.chosen("target", compilation.source.path)]
    options = _options(given)
    chains = {one.name: one for one in compilation.spec.chains}
    # People answer a durable run by `n3gen runs answer`, from wherever they are.
    asks = bool(signals_of(chains[name], chains)) and not target.is_durable
    totals = _ROUNDS.rounds_in(loop_sizes(compilation.plans[name]), payload)
    lines = lines_of(chains[name], given["sent"], text, asks=asks)
    with (
        RunOutput(given["output_format"], events=given["events"]) as printed,
        module_in_memory(compilation.body, compilation.source.path, _MODULE) as module,
        progress(name, sys.stderr, asks=asks, totals=totals) as shown,
        _traced(given["trace"], compilation.spec, config) as note,
        _durable(module, options) if target.is_durable else nullcontext(),
    ):
        check_needed(name, module.CHAINS[name].connectors, options.get("connectors"))
        listeners = [shown.event, note, printed.event]
        if target.is_durable:
            listeners.append(partial(say_how_to_answer, options["run_id"]))
        talk = _Talk(asks, lines)
        try:
            record = run_main(_run(module, name, payload, options, listeners, talk))
        except (LookupError, ValueError) as error:
            raise ProjectError(str(error)) from error
    printed.end(record)
    if text is None and not (asks or lines):
        _say_of_stdin(record["error"] or "")
    return 0 if record["status"] == "ok" else 1


@dataclass(frozen=True, slots=True)
class _Talk:
    """What goes into a run: answers from the terminal, and lines for channels."""

    asks: bool
    lines: Lines

    def events(self, handle: Any) -> Any:
        """Return the events of a run, which ask and feed while they are read."""
        events = handle.events()
        if self.asks:
            events = _TERMINAL.answered_at_terminal(handle, events)
        if self.lines:
            events = _FEEDING.fed_by_lines(handle, events, self.lines)
        return events


def _make_ready(config: Config, env_file: str | None) -> None:
    """Have variables read, modules of the project found and warnings shown."""
    if env_file is not None:
        load_env_file(env_file)
    sys.path[:0] = [config.root, working_directory()]
    _show_log()


def _options(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the command line says of the run."""
    options = {
        "connectors": given_connectors(given["connectors"]),
        "timeout": given["timeout"],
        "parallel": given["parallel"],
        "resume": _earlier(given["resume"]),
        "run_id": given["run_id"],
    }
    return {key: value for key, value in options.items() if value is not None}


async def _run(
    module: ModuleType,
    chain: str,
    payload: Any,
    options: Mapping[str, Any],
    listeners: Sequence[Listener],
    talk: _Talk,
) -> Mapping[str, Any]:
    """Return the record of the run; the listeners get each event as it comes."""

    def show(event: Mapping[str, Any]) -> None:
        for listener in listeners:
            listener(event)

    try:
        handle = module.start_chain(chain, payload, **options)
        # A durable run that is interrupted goes on when it is named again.
        running = [handle.run] if hasattr(handle, "run") else []
        support, events = SupportNames(module), talk.events(handle)
        if "with_plain_errors" in support:  # the module is durable
            events = support["with_plain_errors"](events, handle.run_id)
        # It cancels by the module's own support, which knows then that all has to hurry.
        reading = support.get("record_of_events", _SUPPORT.record_of_events)
        record: Mapping[str, Any] = await reading(events, show, running)
        return record
    finally:
        await module.aclose()


@contextmanager
def _traced(path: str | None, spec: Spec, config: Config) -> Iterator[Listener]:
    """What notes the events of a run, and writes its trace as the context ends."""
    if path is None:
        yield lambda event: None
        return
    from n3gen.project.trace_files import check_ending, limit_uses, write_trace
    from n3gen.traces.read import TraceNotes, trace_of

    check_ending(path)
    notes = TraceNotes()
    try:
        yield notes.event
    finally:
        # A run that did not begin has nothing to write.
        if notes.last:
            limits = limit_uses(spec, config)
            trace = trace_of(notes.record(), notes.retries, limits)
            write_trace(path, {trace.chain: trace})
            say(f"wrote {path}")


@contextmanager
def _durable(module: ModuleType, options: dict[str, Any]) -> Iterator[None]:
    """Have connectors found by name, and the run by an id; refuse what it has no use for."""
    if "resume" in options:
        raise ProjectError("a durable run goes on by itself: name it with `--run-id`")
    for name, function in options.pop("connectors", {}).items():
        module.connector(name)(function)
    run_id = options.setdefault("run_id", os.urandom(8).hex())
    try:
        yield
    except KeyboardInterrupt:
        say(f"go on with the run by `--run-id {run_id}`")
        raise


def _say_of_stdin(error: str) -> None:
    """Tell who has given the payload by standard input, without a word, that it is not read."""
    if " got a wrong payload: " in error and stdin_is_given():
        say("help: the payload was not read from standard input: add `--input -`")


def _earlier(path: str | None) -> Any:
    """The record or the events of the run that `--resume` names."""
    if path is None:
        return None
    try:
        return _SUPPORT.read_earlier(path)
    except FileNotFoundError as error:
        without = path.removeprefix("@")
        is_named = without != path and os.path.isfile(without)
        hint = f"; name it without the `@`: `{without}`" if is_named else ""
        reason = f"cannot read `{path}`: there is no such file"
        raise ProjectError(reason + hint) from error
    except OSError as error:
        raise disk_error("read", path, error) from error
    except ValueError as error:
        raise ProjectError(str(error)) from error


_CANCELLED = re.compile(r"Chain '[^']*' was cancelled")
"""What a run that is cancelled logs."""


class _Log(logging.Handler):
    """Shows the warnings of a run and the tracebacks of its errors.

    The message of an error is in the record.
    """

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno == logging.WARNING:
            if _CANCELLED.fullmatch(record.getMessage()):
                return  # which the record says too
            say(f"warning: {record.getMessage()}")
            return
        if record.getMessage().startswith("`finally`"):
            say(f"error: {record.getMessage()}")  # which is no error of the run
        if record.exc_text:
            say(record.exc_text)
        elif record.exc_info and record.exc_info[1] is not None:
            say("".join(traceback.format_exception(record.exc_info[1])).rstrip())


def _show_log() -> None:
    logger = logging.getLogger("n3gen")
    logger.handlers[:] = [_Log()]
    logger.propagate = False
