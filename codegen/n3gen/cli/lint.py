"""Takes paths of specs; says what is wrong with them."""

from __future__ import annotations

import sys
from typing import Any

import click

from n3gen.cli.options import (
    PROBLEM_FORMATS,
    config_of,
    paths_argument,
    project_options,
)
from n3gen.cli.output import count, say, show_problems
from n3gen.diagnostics.rule import Severity
from n3gen.project.lint import lint

__all__ = ["command"]


@click.command("lint")
@paths_argument
@click.option("--strict", is_flag=True, help="Let warnings fail as errors do.")
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How problems are shown, on stdout.",
)
@project_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Say what is wrong with specs; write nothing.

    Every problem of every file is found in one run, shared definitions included.
    Exits with 1 where there is an error, with --strict also where there is a
    warning. `n3gen explain CODE` tells more about a code.

    \b
    Examples:
      n3gen lint
      n3gen lint chains/triage.ai --output-format json
      n3gen lint --strict --output-format github
    """
    config = config_of(paths, given)
    found = lint(config, paths, given["jobs"] or 0)
    show_problems(found.problems, given["output_format"], sys.stdout)
    if not len(found.problems):
        say(f"{count(found.files, 'file')} without problems")
    severities = {problem.severity for problem in found.problems}
    failing = (
        {Severity.ERROR, Severity.WARNING} if given["strict"] else {Severity.ERROR}
    )
    return 1 if severities & failing else 0
