"""`n3gen init`: a small working project."""

from __future__ import annotations

import shlex

import click

from n3gen.cli.output import say
from n3gen.project.starter import start_project

__all__ = ["command"]


@click.command("init")
@click.argument("folder", default=".", metavar="[DIR]")
@click.option("--yaml", is_flag=True, help="Start with a spec in YAML and its schema.")
def command(folder: str, yaml: bool) -> int:
    """Start a project in DIR, by default here.

    Writes a small chain that runs without a network or a key, n3gen.toml (unless
    pyproject.toml has [tool.n3gen]), .gitattributes, and examples of a CI workflow
    and of commit hooks. With --yaml the chain is in YAML, and n3gen.schema.json is
    written, by which editors complete and check it. A file that is there already is
    left as it is, and a project that has specs gets no further one.

    \b
    Examples:
      n3gen init
      n3gen init my-chains
      n3gen init --yaml
    """
    project = start_project(folder, yaml=yaml)
    for file in project.files:
        why = f" ({file.why})" if file.why else ""
        say(f"{file.verb:<5} {file.path}{why}")
    where = "" if folder in (".", "./") else f"cd {shlex.quote(folder)} && "
    say(f"next:\n  {where}n3gen build")
    if project.spec is None:
        say("  n3gen plan")
    else:
        say(
            f"  n3gen run {shlex.quote(project.spec)} hello --input "
            """'{"name": "Ada", "message": "The new update is wonderful."}'"""
        )
    return 0
