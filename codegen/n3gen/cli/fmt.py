"""Takes paths of .ai files; has them brought into the one layout."""

from __future__ import annotations

import click

from n3gen.cli.options import paths_argument
from n3gen.cli.output import count, say, show_diffs, show_problems
from n3gen.project.respell import format_files

__all__ = ["command"]


@click.command("fmt")
@paths_argument
@click.option(
    "--check", is_flag=True, help="Write nothing; exit with 1 if files differ."
)
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
def command(paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Bring .ai files into the one layout: indentation, blank lines, quotes.

    Comments stay. A file with an error of syntax is left as it is. PATHS are
    files or folders; without them, all .ai files of the project.

    \b
    Examples:
      n3gen fmt
      n3gen fmt --check
      n3gen fmt chains/triage.ai --diff
    """
    found = format_files(paths)
    show_problems(found.problems)
    if diff:
        show_diffs(found.changes)
    elif not check:
        found.write()
    for change in () if diff else found.changes:
        say(f"{'would change' if check else 'formatted'} {change.shown}")
    changed = len(found.changes)
    say(
        f"{count(changed, 'file')} to change"
        if check or diff
        else _done(found.files, changed)
    )
    failed = found.problems.has_errors or (check and changed > 0)
    return 1 if failed else 0


def _done(files: int, changed: int) -> str:
    return f"{count(changed, 'file')} formatted, {count(files - changed, 'file')} left as they were"
