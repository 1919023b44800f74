"""`n3gen lint`: what is wrong with specs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from n3gen.cli.options import (
    PROBLEM_FORMATS,
    config_of,
    paths_argument,
    project_options,
    projects_of,
)
from n3gen.cli.output import count, placed, say, show_problems
from n3gen.diagnostics.rule import Diagnostic, Severity
from n3gen.project.config import Config
from n3gen.project.lint import Linted, lint, lint_text

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
@click.option(
    "--stdin-filename",
    metavar="FILE",
    default="stdin.ai",
    help="The file that standard input stands for, where PATHS is `-`.",
)
@project_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Say what is wrong with specs; write nothing.

    Every problem of every file is found in one run, shared definitions included;
    where the syntax of a file cannot be read, its other problems wait for that.
    Exits with 1 where there is an error, with --strict also where there is a
    warning. `n3gen explain CODE` tells more about a code.

    \b
    Examples:
      n3gen lint
      n3gen lint chains/triage.ai --output-format json
      n3gen lint --strict --output-format github
      n3gen lint - --stdin-filename chains/triage.ai < edited.ai
    """
    problems: list[Diagnostic] = []
    files = 0
    for config, found in _linted(paths, given):
        problems += placed(found.problems, config, given["output_format"])
        files += found.files
    show_problems(problems, given["output_format"], sys.stdout)
    if not problems:
        say(f"{count(files, 'file')} without problems")
    severities = {problem.severity for problem in problems}
    failing = (
        {Severity.ERROR, Severity.WARNING} if given["strict"] else {Severity.ERROR}
    )
    return 1 if severities & failing else 0


def _linted(
    paths: tuple[str, ...], given: dict[str, Any]
) -> Iterator[tuple[Config, Linted]]:
    """Check standard input or the specs that the paths name, project by project."""
    if paths == ("-",):
        name = given["stdin_filename"]
        config = config_of((name,), given)
        yield config, lint_text(config, name, sys.stdin.read())
        return
    for config, own in projects_of(paths, given):
        yield config, lint(config, own, given["jobs"] or 0)
