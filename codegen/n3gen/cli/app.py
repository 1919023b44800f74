"""The command line: arguments in, an exit code out, whatever happens in between."""

from __future__ import annotations

import errno
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from n3gen import __version__
from n3gen.cli.empty import without_empty
from n3gen.project.closed_input import ClosedInput
from n3gen.project.errors import ProjectError

__all__ = ["CLEAN", "FINDINGS", "OURS", "USAGE", "main"]

CLEAN, FINDINGS, USAGE, OURS = 0, 1, 2, 3
_INTERRUPTED, _PIPE_CLOSED, _TERMINATED = 130, 141, 143
_OUTPUT_ERRORS = (errno.EPIPE, errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EBADF)

_COMMANDS = {
    "init": "Start a project: a small chain, configuration, examples for CI.",
    "build": "Compile specs to Python modules.",
    "check": "Say which modules are not what their specs build, and why.",
    "upgrade": "Rebuild all modules with this version, and say what that changes.",
    "lint": "Say what is wrong with specs, and mend it with --fix.",
    "plan": "Show what runs when: batches, critical path, worst-case time.",
    "graph": "Draw what waits for what, as text, Mermaid, DOT, SVG or HTML.",
    "run": "Run a chain of a spec, with live progress.",
    "trace": "Show where the time of a run went, or how two runs differ.",
    "runs": "Look after durable runs: list, show, answer, cancel, resume.",
    "worker": "Execute durable runs, those of processes that are gone among them.",
    "batch": "Run a chain over rows of data, and go on where it was stopped.",
    "test": "Run the tests in specs, on a virtual clock.",
    "simulate": "Run a chain under load on a virtual clock: times, waits, bottlenecks.",
    "breaking": "Say what a change of specs breaks for their callers.",
    "explain": "Show the page of a diagnostic code.",
    "fmt": "Bring .ai files into the one layout.",
    "schema": "Print the JSON Schema of YAML specs, for editors.",
    "lsp": "Serve an editor: problems as one types, completion, hover, renaming.",
    "convert": "Write an .ai file as YAML, or YAML as .ai.",
    "import": "Make specs of the flows of other tools.",
}
"""The commands in the order of `--help`, with their first lines."""


class _Commands(click.Group):
    """The commands; the module of one is imported when it runs, not before."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command = import_module(f"n3gen.cli.{module}").command
        assert isinstance(command, click.Command)
        return without_empty(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        from n3gen.diagnostics.suggest import nearest

        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            meant = nearest(args[0], _COMMANDS)
            hint = f" Did you mean '{meant}'?" if meant else ""
            ctx.fail(f"No such command '{args[0]}'.{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(
        self, ctx: click.Context, formatter: click.HelpFormatter
    ) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="n3gen", message="%(prog)s %(version)s")
def cli() -> None:
    """Compile declarative AI chains into asyncio modules that you own.

    Specs are .ai, .yaml or .json files in `chains/`; modules go to `generated/`.
    Both, and more, can be set in [tool.n3gen] of pyproject.toml or in n3gen.toml.

    \b
    Examples:
      n3gen init                      start a project here
      n3gen build                     compile every spec that changed
      n3gen check                     for CI: is generated/ up to date?
      n3gen plan chains/triage.ai     what runs beside what

    Exit codes: 0 clean, 1 findings (errors in specs, stale modules, a run that
    failed), 2 usage, configuration or disk, 3 a fault of n3gen itself, 130 Ctrl-C. What
    runs chains ends on SIGTERM as on Ctrl-C, with 143.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line, by default that of the process, and return its exit code."""
    if arguments is None:
        # What a compilation makes lives to its end: looking for garbage finds none.
        gc.set_threshold(100_000, 20, 100)
    for name in ("stdin", "stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed before the start: nobody writes, nobody reads
            is_input = name == "stdin"
            setattr(sys, name, ClosedInput() if is_input else io.StringIO())
        elif name != "stdin" and isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _run(arguments)
        if not sys.stdout.closed:  # a language server closes it as it ends
            sys.stdout.flush()
        return code
    except OSError as error:
        # The interpreter's own flush at exit must find nothing.
        sys.stdout = io.StringIO()
        if isinstance(error, BrokenPipeError):
            return _PIPE_CLOSED
        reason = (error.strerror or "it failed").lower()
        click.echo(f"error: cannot write the output: {reason}", err=True)
        return USAGE
    finally:
        if arguments is None:
            # Nor does the interpreter, as it ends, which takes as long as a short command.
            gc.freeze()


def _run(arguments: Sequence[str] | None) -> int:
    try:
        code = cli.main(
            None if arguments is None else list(arguments),
            prog_name="n3gen",
            standalone_mode=False,
        )
        return code if isinstance(code, int) else CLEAN
    except ProjectError as error:
        for line in str(error).split("\n"):
            click.echo(f"error: {line}", err=True)
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo("interrupted", err=True)
        return _TERMINATED if _is_of_sigterm(error) else _INTERRUPTED
    except SystemExit:
        # click puts a stand-in for an output that nobody reads any more
        if isinstance(sys.stdout, io.TextIOBase):
            raise
        return _PIPE_CLOSED
    except Exception as error:
        if isinstance(error, OSError) and _is_of_output(error):
            raise
        return _fault(error)


def _is_of_sigterm(error: BaseException) -> bool:
    """Whether it was SIGTERM that has interrupted a command."""
    from n3gen.project.termination import Terminated

    return isinstance(error.__cause__ or error, Terminated)  # click has its own for it


def _is_of_output(error: OSError) -> bool:
    """Whether the output could not be written: files have names in their errors."""
    return error.filename is None and error.errno in _OUTPUT_ERRORS


def _fault(error: Exception) -> int:
    """Report that n3gen is at fault, with the traceback only where it is asked for."""
    if os.environ.get("N3GEN_TRACEBACK") == "1":
        import traceback

        click.echo("".join(traceback.format_exception(error)), err=True)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        path = trace.tb_frame.f_code.co_filename.replace(os.sep, "/")
        where = f" ({'/'.join(path.split('/')[-3:])}:{trace.tb_lineno})"
    text = f"{type(error).__name__}: {error}"[:300]
    click.echo(
        f"n3gen {__version__} failed, and that is its own fault, not your spec's: "
        f"{text}{where}. Please report this line in the project's "
        "issue tracker, with the spec that shows it if you can share it; "
        "N3GEN_TRACEBACK=1 shows where it came from.",
        err=True,
    )
    return OURS
