"""Output of the commands: data on stdout, messages on stderr."""

from __future__ import annotations

import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, TextIO

import click

from n3gen.diagnostics.rule import Diagnostic

if TYPE_CHECKING:
    from n3gen.project.config import Config
    from n3gen.project.writing import Change

__all__ = [
    "count",
    "diff_lines",
    "has_color",
    "in_order",
    "lines_of_files",
    "placed",
    "placed_path",
    "printable",
    "say",
    "show_diffs",
    "show_problems",
]

_OF_REPOSITORY = ("github", "gitlab", "sarif")
"""The formats whose readers place a path from the top of the git work tree."""

_FILE_LINES = 60
_ALL_LINES = 400
_COMPARED = 20_000
"""Lines of a file from which on it is not compared line by line."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys instead of showing them."""

_STYLES = {"+": "green", "-": "red", "@": "cyan"}


def has_color(stream: TextIO) -> bool:
    """Whether to colour what goes to a stream.

    Terminals get colours. NO_COLOR takes them away, FORCE_COLOR gives them to any stream.
    """
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
        return True
    return os.environ.get("TERM") != "dumb" and stream.isatty()


def placed(
    problems: Iterable[Diagnostic], config: Config, output_format: str = "text"
) -> list[Diagnostic]:
    """Return problems with paths as the readers of a format look them up."""
    from n3gen.diagnostics.moved import moved

    is_repository = output_format in _OF_REPOSITORY
    return moved(problems, config.seen_in_repository if is_repository else config.seen)


def in_order(problems: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return problems in the order of their files and places."""
    return sorted(problems, key=lambda one: one.order)


def placed_path(shown: str, output_format: str) -> str:
    """Return a path from the working directory as the readers of a format look it up."""
    from n3gen.project.config import repository_path

    return repository_path(shown) if output_format in _OF_REPOSITORY else shown


def printable(text: str) -> str:
    """Escape the control characters in a text, but for line breaks and tabs."""
    return _CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def say(message: str) -> None:
    """Print a message for people."""
    click.echo(printable(message), err=True)


def count(number: int, noun: str) -> str:
    """A number with its noun: `1 module`, `1,000 modules`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def lines_of_files(files: Iterable[tuple[str, str | None]]) -> list[str]:
    """One line for each file; those with a second line share it, with their number.

    A second line is about the package of run-time support that the file belongs to.
    """
    lines: list[str] = []
    supports: Counter[str] = Counter()
    for line, of_support in files:
        if of_support is None:
            lines.append(line)
        else:
            supports[of_support] += 1
    for line, number in supports.items():
        lines.append(f"{line} ({count(number, 'file')} of run-time support)")
    return lines


def show_problems(
    problems: Iterable[Diagnostic],
    output_format: str = "text",
    stream: TextIO | None = None,
) -> None:
    """Print problems: text to `stream` (stderr), what is for tools to stdout."""
    found = list(problems)
    if output_format == "text" and not found:
        return
    from n3gen.diagnostics.formats import write

    if output_format != "text":
        stream = sys.stdout
    stream = stream or sys.stderr
    color = has_color(stream)
    text = write(found, output_format, color)
    click.echo(text, file=stream, nl=False, color=color)


def show_diffs(changes: Sequence[Change]) -> None:
    """Prints to stdout what would change in files, cut to a sane length."""
    room = _ALL_LINES
    for number, change in enumerate(changes):
        if room <= 0:
            click.echo(f"... and {count(len(changes) - number, 'more file')}")
            return
        lines = diff_lines(change)
        shown = lines[: min(_FILE_LINES, room)]
        room -= len(shown)
        _show_diff(shown)
        if len(lines) > len(shown):
            click.echo(f"... {count(len(lines) - len(shown), 'more line')}")


def _show_diff(lines: Iterable[str]) -> None:
    color = has_color(sys.stdout)
    for line in lines:
        styled = click.style(line, fg=_STYLES.get(line[:1])) if color else line
        click.echo(styled, color=color)


def diff_lines(change: Change) -> list[str]:
    """The unified diff of a change, without line ends; a line of words where it is long."""
    import difflib

    before = (change.before or b"").decode(errors="replace").splitlines()
    after = (change.after or b"").decode(errors="replace").splitlines()
    old = change.shown if change.before else "/dev/null"
    new = change.shown if change.after else "/dev/null"
    if max(len(before), len(after)) > _COMPARED:
        return [f"--- {old}", f"+++ {new}", "(too long to compare)"]
    return list(difflib.unified_diff(before, after, old, new, lineterm=""))
