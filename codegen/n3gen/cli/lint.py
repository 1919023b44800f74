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
from n3gen.cli.output import count, placed, say, show_diffs, show_problems
from n3gen.diagnostics.rule import Diagnostic, Severity
from n3gen.project.config import Config
from n3gen.project.given_data import stdin_text
from n3gen.project.lint import Linted, lint, lint_text
from n3gen.project.mending import mend
from n3gen.project.texts import SIZE_LIMIT
from n3gen.project.writing import apply

__all__ = ["command"]


@click.command("lint")
@paths_argument
@click.option("--strict", is_flag=True, help="Let warnings fail as errors do.")
@click.option("--fix", is_flag=True, help="Mend what can be mended.")
@click.option("--diff", is_flag=True, help="With --fix, show it and write nothing.")
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How problems are shown, on stdout.",
)
@click.option(
    "--stdin-filename",
    metavar="FILE",
    help="The file that standard input stands for, where PATHS is `-`.  [default: stdin.ai]",
)
@project_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Say what is wrong with specs; write nothing but what --fix mends.

    The problems of all files are found in one run, shared definitions included, but
    for those that another one hides: of a file with errors of syntax all others, and
    those of what reads an input, a type or a value whose definition is wrong.
    Exits with 1 where there is an error, with --strict also where there is a
    warning. `n3gen explain CODE` says more about a code.

    With --fix all problems are mended that say how: misspelt names, dependencies that
    are missing, spellings that have another form now. What is left is shown. A file
    with errors of syntax that no fix ends stays as it is.

    \b
    Examples:
      n3gen lint
      n3gen lint chains/triage.ai --output-format json
      n3gen lint --strict --output-format github
      n3gen lint --fix --diff
      n3gen lint - --stdin-filename chains/triage.ai < edited.ai
    """
    problems: list[Diagnostic] = []
    files = 0
    linted = _mended if given["fix"] else _linted
    if given["diff"] and not given["fix"]:
        raise click.UsageError("`--diff` shows what `--fix` mends: give both")
    if "-" in paths and len(paths) > 1:
        raise click.UsageError("`-` is standard input and stands alone, without files")
    if given["stdin_filename"] is not None and paths != ("-",):
        raise click.UsageError(
            "`--stdin-filename` names what `-` reads: write `-` in place of files"
        )
    for config, found in linted(paths, given):
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


def _mended(
    paths: tuple[str, ...], given: dict[str, Any]
) -> Iterator[tuple[Config, Linted]]:
    """Mend the specs that the paths name, project by project; all or none are written."""
    if "-" in paths:
        raise click.UsageError("`--fix` writes files: name them instead of `-`")
    projects = projects_of(paths, given)
    found = [
        (config, mend(config, own, given["jobs"] or 0)) for config, own in projects
    ]
    changes = [change for _, one in found for change in one.changes]
    if given["diff"]:
        show_diffs(changes)
    else:
        apply(changes)
    fixes, files = sum(one.fixes for _, one in found), count(len(changes), "file")
    verb = "would mend" if given["diff"] else "mended"
    say(f"{verb} {count(fixes, 'problem')} in {files}")
    for config, one in found:
        for path in one.kept:
            say(f"left {config.seen(path)} as it is: it has errors of syntax")
        yield config, one.left


def _linted(
    paths: tuple[str, ...], given: dict[str, Any]
) -> Iterator[tuple[Config, Linted]]:
    """Check standard input or the specs that the paths name, project by project."""
    if paths == ("-",):
        name = given["stdin_filename"] or "stdin.ai"
        config = config_of((name,), given)
        text = stdin_text(SIZE_LIMIT, keeps_bytes=True)
        yield config, lint_text(config, name, text)
        return
    for config, own in projects_of(paths, given):
        yield config, lint(config, own, given["jobs"] or 0)
