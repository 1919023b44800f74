"""`n3gen upgrade`: modules rebuilt by this version, and what that changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import click

from n3gen import __version__
from n3gen.cli.options import (
    PROBLEM_FORMATS,
    paths_argument,
    project_options,
    projects_of,
    request_of,
)
from n3gen.cli.output import count, placed, say, show_diffs, show_problems
from n3gen.diagnostics.rule import Diagnostic
from n3gen.project.build import refuse_foreign, write
from n3gen.project.config import Config
from n3gen.project.freshness import Cause
from n3gen.project.survey import Survey, survey, together
from n3gen.project.upgrading import Kind, Lines, Upgrade, upgrade_of

__all__ = ["command"]

_LISTED = 20
_NAMED = 6


@click.command("upgrade")
@paths_argument
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option(
    "--support", is_flag=True, help="With --diff, show changes of support code too."
)
@click.option("--force", is_flag=True, help="Overwrite files that n3gen did not write.")
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How problems are shown, and in text and json the changes, on stdout.",
)
@project_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Rebuild all modules, and say what that changes.

    For a new version of n3gen, whose modules may read otherwise though no spec has
    changed. Changes are listed by kind: the code of chains, with the names of what
    differs, is what is worth a review; support code, which is the same in all modules,
    is counted. Spellings that this version replaces are warnings, which
    `n3gen lint --fix` mends.

    \b
    Examples:
      n3gen upgrade --diff
      n3gen upgrade
      n3gen upgrade --diff --support
    """
    if given["support"] and not given["diff"]:
        raise click.UsageError("`--support` shows diffs: give `--diff` too")
    surveys: list[tuple[Config, Survey]] = []
    problems: list[Diagnostic] = []
    for config, own in projects_of(paths, given):
        found = survey(config, request_of(own, {**given, "recompile": True}))
        surveys.append((config, found))
        problems += placed(found.problems, config, given["output_format"])
    if given["output_format"] != "json":
        show_problems(problems, given["output_format"])
    found = together([one for _, one in surveys])
    if found.failed:
        if given["output_format"] == "json":
            click.echo(_as_json((), problems))
        say("nothing was written")
        return 1
    if not given["diff"]:
        refuse_foreign([found])
    upgrades = [upgrade_of(change) for change in found.changes]
    if given["output_format"] == "json":
        click.echo(_as_json(upgrades, problems))
    elif given["diff"]:
        _show_diffs(upgrades, given["support"])
    if given["output_format"] == "text":
        _show(upgrades)
    if not given["diff"]:
        write(surveys)
    _close(found, upgrades, given["diff"])
    return 0


def _show_diffs(upgrades: Sequence[Upgrade], support: bool) -> None:
    if support:
        show_diffs([one.change for one in upgrades])
    else:
        show_diffs([one.of_chains() for one in upgrades if one.kind is Kind.CHAINS])


def _show(upgrades: Sequence[Upgrade]) -> None:
    """Print the files by kind, the shared package of support as one."""
    for kind in Kind:
        lines = [*_lines_of([one for one in upgrades if one.kind is kind])]
        if lines:
            click.echo(f"{kind.title}:")
        for line in lines[:_LISTED]:
            click.echo(f"  {line}")
        if len(lines) > _LISTED:
            click.echo(f"  ... and {len(lines) - _LISTED:,} more")


def _lines_of(upgrades: Sequence[Upgrade]) -> Iterator[str]:
    packages: dict[str, list[Upgrade]] = {}
    for one in upgrades:
        if one.package is not None:
            packages.setdefault(one.package, []).append(one)
            continue
        parts = [one.change.shown, _counted(one.chains, "")]
        parts.append(_counted(one.support, " of support"))
        if one.change.cause is Cause.EDITED:
            parts.append("edited by hand")
        line = "  ".join(part for part in parts if part)
        if one.names:
            more = len(one.names) - _NAMED
            line += f": {', '.join(one.names[:_NAMED])}"
            line += f" and {more} more" if more > 0 else ""
        yield line
    for package, held in packages.items():
        lines = sum((one.support for one in held), Lines())
        counted = _counted(lines, "")
        yield f"{package}  {count(len(held), 'file')}{f'  {counted}' if counted else ''}"


def _counted(lines: Lines, what: str) -> str:
    return f"+{lines.added:,} -{lines.removed:,}{what}" if lines != Lines() else ""


def _as_json(upgrades: Sequence[Upgrade], problems: Sequence[Diagnostic]) -> str:
    from n3gen.diagnostics.formats import as_data

    files = [
        {
            "file": one.change.shown,
            "kind": one.kind.value,
            "cause": one.change.cause.value,
            "chains": {"added": one.chains.added, "removed": one.chains.removed},
            "support": {"added": one.support.added, "removed": one.support.removed},
            "names": list(one.names),
        }
        for one in upgrades
    ]
    data = {"version": __version__, "files": files, "problems": as_data(problems)}
    return json.dumps(data, indent=2)


def _close(found: Survey, upgrades: Sequence[Upgrade], is_diff: bool) -> None:
    for change in found.refused:
        say(f"left {change.shown} ({change.cause.text}); remove it by hand")
    modules = count(found.modules, "module")
    if not upgrades:
        say(f"{modules} as n3gen {__version__} builds them")
        return
    verb = "would change" if is_diff else "changed"
    say(f"n3gen {__version__}: {count(len(upgrades), 'file')} of {modules} {verb}")
