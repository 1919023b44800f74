"""`n3gen build`: specs compiled to modules."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import click

from n3gen.cli.options import (
    PROBLEM_FORMATS,
    build_options,
    paths_argument,
    project_options,
    projects_of,
    request_of,
)
from n3gen.cli.output import (
    count,
    lines_of_files,
    placed,
    say,
    show_diffs,
    show_problems,
)
from n3gen.diagnostics.rule import Diagnostic
from n3gen.names import is_name, python_name
from n3gen.project.build import refuse_foreign, write
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.packages import support_package
from n3gen.project.survey import Survey, survey, together
from n3gen.project.watching import changed_specs
from n3gen.project.writing import Change

__all__ = ["command"]

_LISTED = 20


@click.command("build")
@paths_argument
@build_options
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option("--force", is_flag=True, help="Overwrite files that n3gen did not write.")
@click.option("--strict", is_flag=True, help="Let warnings fail the build.")
@click.option("--watch", is_flag=True, help="Build again whenever a spec changes.")
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
      n3gen build --watch
      n3gen build flows --out src/app/flows --runtime shared
    """
    if not given["watch"]:
        return _build(paths, given)
    configs = [config for config, _ in projects_of(paths, given)]
    for changed in changed_specs(configs):
        if not changed:
            _build(paths, given)
            continue
        say(f"changed: {', '.join(changed)}")
        try:
            _build(paths, given)
        except ProjectError as error:  # the next change may mend it
            say(f"error: {error}")
    return 0


def _build(paths: tuple[str, ...], given: dict[str, Any]) -> int:
    started = time.perf_counter()
    surveys: list[tuple[Config, Survey]] = []
    problems: list[Diagnostic] = []
    for config, own in projects_of(paths, given):
        found = survey(config, request_of(own, given))
        surveys.append((config, found))
        problems += placed(found.problems, config, given["output_format"])
    has_failed = any(found.failed for _, found in surveys)
    if not has_failed and not given["diff"]:
        refuse_foreign(found for _, found in surveys)
    changes = [change for _, found in surveys for change in found.changes]
    if given["output_format"] == "json":
        found = together([found for _, found in surveys])
        click.echo(_as_json(problems, [] if has_failed else changes, found.same_names))
    else:
        show_problems(problems, given["output_format"])
    if has_failed:
        say("nothing was written")
        return 1
    if given["diff"]:
        show_diffs(changes)
        return 0
    write(surveys)
    for config, found in surveys:
        if found.changes and (line := _unimportable(config)):
            say(line)
    _report([found for _, found in surveys], time.perf_counter() - started)
    return 0


def _unimportable(config: Config) -> str | None:
    """Return a line about an out folder whose name no import can have."""
    name = config.out.rpartition("/")[2]
    meant = python_name(name)
    if is_name(name) or not meant:
        return None
    return (
        f"warning: no `import` can name the folder `{name}`; `{meant}` can be imported"
    )


def _as_json(
    problems: Sequence[Diagnostic],
    changes: Sequence[Change],
    same_names: Mapping[str, Sequence[str]],
) -> str:
    """Return the problems, and each file that is written or removed with its cause.

    Of names that chains of several files have, it has the places.
    """
    from n3gen.diagnostics.formats import as_data

    listed = [
        {
            "file": change.shown,
            "action": "remove" if change.after is None else "write",
            "cause": change.cause.value,
        }
        for change in changes
    ]
    data = {
        "files": listed,
        "problems": as_data(problems),
        "same_names": {name: [*same_names[name]] for name in sorted(same_names)},
    }
    return json.dumps(data, indent=2)


def _report(surveys: Sequence[Survey], seconds: float) -> None:
    changes = [change for found in surveys for change in found.changes]
    lines = lines_of_files((_line(one), _line_of_support(one)) for one in changes)
    for line in lines[:_LISTED]:
        say(line)
    if len(lines) > _LISTED:
        say(f"... and {len(lines) - _LISTED:,} more")
    for found in surveys:
        for change in found.refused:
            say(f"left {change.shown} ({change.cause.text}); remove it by hand")
        if found.changes:
            for line in _same_names(found):
                say(line)
    written = sum(change.after is not None for change in changes)
    count_of_modules = sum(found.modules for found in surveys)
    modules = count(count_of_modules, "module")
    if changes:
        say(f"wrote {count(written, 'file')} for {modules} in {seconds:.2f} s")
    elif count_of_modules:
        say(f"{modules} up to date")
    else:
        say("no chains to build")


def _same_names(found: Survey) -> list[str]:
    """Return a line for each name that chains of several modules have."""
    return [
        f"warning: several files have a chain `{name}`: {', '.join(places)}; "
        f"the package's `run_chain` takes `module:{name}`"
        for name, places in sorted(found.same_names.items())
    ][:_LISTED]


def _line_of_support(change: Change) -> str | None:
    """Return the line about the package of run-time support that a file belongs to."""
    package = support_package(change.shown)
    if package is None or change.cause in (Cause.EDITED, Cause.EDITED_ORPHAN):
        return None
    return f"{'removed from' if change.after is None else 'updated'} {package}"


def _line(change: Change) -> str:
    if change.after is None:
        return f"removed {change.shown} ({change.cause.text})"
    if change.cause is Cause.MISSING:
        return f"wrote {change.shown}"
    if change.cause is Cause.EDITED:
        return f"overwrote {change.shown}, which was edited by hand"
    return f"wrote {change.shown} ({change.cause.text})"
