"""`n3gen fmt`: the one layout of `.ai` files."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import click

from n3gen.cli.options import (
    PROBLEM_FORMATS,
    config_option,
    paths_argument,
    projects_of,
)
from n3gen.cli.output import (
    count,
    in_order,
    placed,
    placed_path,
    say,
    show_diffs,
    show_problems,
)
from n3gen.diagnostics.rule import Diagnostic
from n3gen.project.errors import ProjectError
from n3gen.project.respell import format_files
from n3gen.project.writing import Change, apply

__all__ = ["command"]


@click.command("fmt")
@paths_argument
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if files differ."
)
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How the outcome is reported; what is for tools goes to stdout.",
)
@config_option
def command(
    paths: tuple[str, ...],
    check: bool,
    diff: bool,
    output_format: str,
    config: str | None,
) -> int:
    """Bring .ai files into the one layout: indentation, blank lines, quotes.

    Comments stay. A file with an error of syntax is left as it is. PATHS are
    files or folders; without them, all .ai files of the project.

    \b
    Examples:
      n3gen fmt
      n3gen fmt --check
      n3gen fmt --check --output-format github
      n3gen fmt chains/triage.ai --diff
    """
    if diff and output_format != "text":
        raise ProjectError("`--diff` is text: leave out `--output-format`")
    changes: list[Change] = []
    problems: list[Diagnostic] = []
    others: list[str] = []
    files = 0
    for project, own in projects_of(paths, {"config": config}):
        found = format_files(project, own)
        problems += placed(found.problems, project, output_format)
        changes += found.changes
        files += found.files
        others += found.others
    if output_format != "json":
        findings = _findings(changes, output_format) if check else ()
        show_problems(in_order([*problems, *findings]), output_format)
    if diff:
        show_diffs(changes)
    elif not check:
        apply(changes)
    changed = len(changes)
    if output_format == "json":
        click.echo(_as_json(files, changes, others, problems))
    for change in () if diff else changes:
        say(f"{'would change' if check else 'formatted'} {change.shown}")
    for path in others:
        say(f"left `{path}` as it is: only .ai files have the one layout")
    say(
        f"{count(changed, 'file')} to change"
        if check or diff
        else _done(files, changed)
    )
    return 1 if problems or (check and changed > 0) else 0


def _findings(changes: Sequence[Change], output_format: str) -> Iterator[Diagnostic]:
    """Yield the files that would change as problems, for the formats of tools."""
    if output_format == "text":
        return
    from n3gen.diagnostics.file_rules import UnformattedFile

    for change in changes:
        yield UnformattedFile.of(placed_path(change.shown, output_format))


def _as_json(
    files: int,
    changes: Sequence[Change],
    others: Sequence[str],
    problems: Sequence[Diagnostic],
) -> str:
    from n3gen.diagnostics.formats import as_data

    return json.dumps(
        {
            "files": files,
            "changed": [change.shown for change in changes],
            "left": list(others),
            "problems": as_data(problems),
        },
        indent=2,
    )


def _done(files: int, changed: int) -> str:
    same = files - changed
    left = f"{count(same, 'file')} left as {'it was' if same == 1 else 'they were'}"
    return f"{count(changed, 'file')} formatted, {left}"
