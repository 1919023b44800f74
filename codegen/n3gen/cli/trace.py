"""`n3gen trace`: a run that has ended, or two beside each other."""

from __future__ import annotations

import json

import click

from n3gen.cli.output import printable, say
from n3gen.project.errors import ProjectError

__all__ = ["command"]


@click.command("trace")
@click.argument("first", metavar="RUN")
@click.argument("second", metavar="[OTHER]", required=False)
@click.option(
    "--out",
    "-o",
    metavar="FILE",
    help="A page (.html), a picture (.svg), or events for Perfetto (.json).",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    help="How the numbers are printed.  [default: text]",
)
def command(
    first: str, second: str | None, out: str | None, output_format: str | None
) -> int:
    """Show where the time of a RUN went, or how it differs from an OTHER one.

    Each is a file with the record of a run, its events, or the `.json` that
    `n3gen run --trace` wrote. Events and traces know when each try began; a record does not. Without
    --out the numbers are printed, of two runs the steps that differ most first.

    \b
    Examples:
      n3gen trace record.json --out run.html
      python generated/triage.py triage --events > run.jsonl
      n3gen trace run.jsonl --out run.svg
      n3gen trace before.json after.json
      n3gen trace record.json --output-format json
    """
    from n3gen.project.trace_files import check_ending, read_trace, write_trace

    if out is not None:
        if output_format is not None:
            raise ProjectError(
                "`--output-format` is for the numbers, which `--out` does not print"
            )
        check_ending(out)
    if first == second:
        raise ProjectError(f"`{first}` is compared with itself")
    paths = [first] if second is None else [first, second]
    traces = {path: read_trace(path) for path in paths}
    if output_format == "json":
        from n3gen.traces.compare import numbers

        runs = [{"run": path, **numbers(trace)} for path, trace in traces.items()]
        click.echo(json.dumps({"runs": runs}, indent=2))
    elif out is None:
        from n3gen.traces.render import trace_text

        click.echo(printable(trace_text(list(traces.values()), paths)).rstrip("\n"))
    else:
        write_trace(out, traces)
        say(f"wrote {out}")
    return 0
