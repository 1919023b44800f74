"""`n3gen convert`: a spec in the other spelling."""

from __future__ import annotations

from typing import get_args

import click

from n3gen.cli.options import config_of, config_option
from n3gen.cli.output import placed, say, show_problems
from n3gen.project.respell import Spelling, convert, other_spelling, save

__all__ = ["command"]


@click.command("convert")
@click.argument("path")
@click.option(
    "--to",
    type=click.Choice(get_args(Spelling)),
    help="The spelling to write.  [default: the other one]",
)
@click.option(
    "-o", "--output", metavar="FILE", help="Where to write, - for stdout.  [default: -]"
)
@config_option
def command(
    path: str, to: Spelling | None, output: str | None, config: str | None
) -> int:
    """Write an .ai file as YAML, or YAML or JSON as .ai.

    Both spellings say the same and build the same module. Comments are not
    carried over.

    \b
    Examples:
      n3gen convert chains/triage.ai
      n3gen convert chains/triage.yaml -o chains/triage.ai
    """
    output = None if output == "-" else output
    project = config_of((path,), {"config": config})
    found = convert(path, to or other_spelling(path, output), output, project)
    show_problems(placed(found.problems, found.config))
    if found.text is None:
        return 1
    if output is None:
        click.echo(found.text, nl=False)
    else:
        save(output, found.text)
        say(f"wrote {output}")
    if found.has_comments:
        say("comments are not carried over")
    return 0
