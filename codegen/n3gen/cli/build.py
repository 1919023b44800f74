"""Takes paths of specs; has their modules written, and says what was done."""

from __future__ import annotations

import time
from typing import Any

import click

from n3gen.cli.options import (
    PROBLEM_FORMATS,
    build_options,
    config_of,
    paths_argument,
    project_options,
    request_of,
)
from n3gen.cli.output import count, say, show_diffs, show_problems
from n3gen.project.build import build
from n3gen.project.freshness import Cause
from n3gen.project.survey import Survey, survey
from n3gen.project.writing import Change

__all__ = ["command"]

_LISTED = 20


@click.command("build")
@paths_argument
@build_options
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option("--force", is_flag=True, help="Overwrite files that n3gen did not write.")
@click.option("--strict", is_flag=True, help="Let warnings fail the build.")
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How problems are shown; all but text go to stdout.",
)
@project_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Compile specs to Python modules.

    Compiles the specs that changed and writes their modules, all or none: an
    error in any spec leaves everything as it was. A module whose spec is gone is
    removed if nobody edited it. What is up to date is not touched.

    PATHS are spec files or folders; without them, all specs of the project.

    \b
    Examples:
      n3gen build
      n3gen build chains/support --diff
      n3gen build flows --out src/app/flows --runtime shared
    """
    started = time.perf_counter()
    config = config_of(paths, given)
    request = request_of(paths, given)
    found = (survey if given["diff"] else build)(config, request)
    show_problems(found.problems, given["output_format"])
    if found.failed:
        say("nothing was written")
        return 1
    if given["diff"]:
        show_diffs(found.changes)
    else:
        _report(found, time.perf_counter() - started)
    return 0


def _report(found: Survey, seconds: float) -> None:
    for change in found.changes[:_LISTED]:
        say(_line(change))
    if len(found.changes) > _LISTED:
        say(f"... and {len(found.changes) - _LISTED:,} more")
    for change in found.refused:
        say(f"left {change.shown} ({change.cause.text}); remove it by hand")
    written = sum(change.after is not None for change in found.changes)
    modules = count(found.modules, "module")
    if found.changes:
        say(f"wrote {count(written, 'file')} for {modules} in {seconds:.2f} s")
    elif found.modules:
        say(f"{modules} up to date")
    else:
        say("no chains to build")


def _line(change: Change) -> str:
    if change.after is None:
        return f"removed {change.shown} ({change.cause.text})"
    if change.cause is Cause.MISSING:
        return f"wrote {change.shown}"
    return f"wrote {change.shown} ({change.cause.text})"
