"""`n3gen schema`: the JSON Schema of YAML specs."""

from __future__ import annotations

import click

from n3gen.cli.output import say

__all__ = ["command"]


@click.command("schema")
@click.option(
    "--output", metavar="FILE", help="Write it to FILE, - for stdout.  [default: -]"
)
def command(output: str | None) -> int:
    """Print the JSON Schema of YAML specs, with which editors complete and check.

    An editor with a YAML language server finds it by the first line of a spec:
    `# yaml-language-server: $schema=../n3gen.schema.json`.

    \b
    Examples:
      n3gen schema --output n3gen.schema.json
    """
    from n3gen.project.respell import save
    from n3gen.spec.json_schema import schema_text

    if output in (None, "-"):
        click.echo(schema_text(), nl=False)
        return 0
    save(output, schema_text())
    say(f"wrote {output}")
    return 0
