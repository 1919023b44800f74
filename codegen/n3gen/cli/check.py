"""`n3gen check`: the modules that are not what their specs build, and why."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
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
    in_order,
    lines_of_files,
    placed,
    placed_path,
    say,
    show_diffs,
    show_problems,
)
from n3gen.diagnostics.rule import Diagnostic
from n3gen.project.embedded import GraphCause, StaleGraph, stale_graphs
from n3gen.project.freshness import Cause
from n3gen.project.packages import support_package
from n3gen.project.survey import Survey, survey, together

__all__ = ["command"]

_BY_HAND = (Cause.EDITED, Cause.NOT_OURS, Cause.EDITED_ORPHAN)
"""What is said of each file, also of those of a package of run-time support."""

_WITHOUT_DIFF = (Cause.MISSING, Cause.ORPHAN, Cause.NOT_OURS, Cause.EDITED_ORPHAN)

Stale = list[tuple[str, Cause]]

Findings = Sequence[tuple[str, Cause] | StaleGraph]


@click.command("check")
@paths_argument
@build_options
@click.option(
    "--diff/--no-diff", default=True, help="Show what differs.  [default: on]"
)
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How the findings are shown, on stdout.",
)
@project_options
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Say which modules are not what their specs build, and why.

    For CI and commit hooks: exits with 1 where the out folder is not up to date,
    and names the cause for each file: missing, spec or options changed, edited by
    hand, format changed, orphan, or a file of the same name that n3gen did not
    write. So it does for graphs in README.md, or in the files that the configuration
    names as `embed`. Compares hashes; only what is stale is compiled. Writes nothing.

    \b
    Examples:
      n3gen check
      n3gen check --no-diff --output-format github
      n3gen check chains/triage.ai
    """
    problems: list[Diagnostic] = []
    surveys: list[Survey] = []
    graphs: list[StaleGraph] = []
    for config, own in projects_of(paths, given):
        surveys.append(survey(config, request_of(own, given)))
        graphs += stale_graphs(config, own)
        problems += placed(surveys[-1].problems, config, given["output_format"])
    found = together(surveys)
    stale = _stale(found)
    if given["output_format"] == "json":
        click.echo(_as_json(found, [*stale, *graphs], problems))
    elif given["output_format"] == "text":
        show_problems(problems)
        _show_text(found, [*stale, *graphs], given["diff"])
    else:
        build = _build_command(paths, given)
        findings = _findings([*stale, *graphs], given["output_format"], build)
        show_problems(in_order([*problems, *findings]), given["output_format"])
    if found.is_fresh:
        say(f"{count(found.modules, 'module')} up to date")
    else:
        say(_advice(found, stale, _build_command(paths, given)))
    drawn = (graph.shown for graph in graphs if graph.cause.value == "graph")
    for page in dict.fromkeys(drawn):
        say(f"to redraw the graphs in {page}, run `n3gen graph --embed {page}`")
    return 0 if found.is_fresh and not graphs else 1


def _stale(found: Survey) -> Stale:
    changes = (*found.changes, *found.refused)
    stale = [(change.shown, change.cause) for change in changes]
    return sorted([*stale, *found.uncompiled], key=lambda one: one[0])


def _show_text(found: Survey, stale: Findings, diff: bool) -> None:
    for line in lines_of_files(_lines(*one) for one in stale):
        click.echo(line)
    if diff:
        show_diffs([c for c in found.changes if c.cause not in _WITHOUT_DIFF])


def _lines(shown: str, cause: Cause | GraphCause) -> tuple[str, str | None]:
    """What is said of a file, and of its package, unless it is said of each file."""
    package = None if cause in _BY_HAND else support_package(shown)
    return f"{shown}: {cause.text}", package and f"{package}: {cause.text}"


def _findings(stale: Findings, output_format: str, build: str) -> Iterator[Diagnostic]:
    """Yield what is not up to date as problems of files, for the formats of tools."""
    from n3gen.diagnostics import file_rules

    for shown, cause in stale:
        path = placed_path(shown, output_format)
        if isinstance(cause, Cause):
            force = " --force" if cause in (Cause.NOT_OURS, Cause.EDITED_ORPHAN) else ""
            yield file_rules.StaleFile.of(path, cause.text, f"{build}{force}")
        elif cause.value == "missing":
            yield file_rules.StaleGraph.missing(path, cause.text)
        else:
            draw = f"n3gen graph --embed {shown}"
            yield file_rules.StaleGraph.of(path, cause.text, draw)


def _as_json(found: Survey, stale: Findings, problems: Sequence[Diagnostic]) -> str:
    import json

    from n3gen.diagnostics.formats import as_data

    return json.dumps(
        {
            "fresh": found.is_fresh
            and not any(isinstance(one, StaleGraph) for one in stale),
            "modules": found.modules,
            "stale": [{"file": shown, "cause": cause.value} for shown, cause in stale],
            "problems": as_data(problems),
            "same_names": {n: [*found.same_names[n]] for n in sorted(found.same_names)},
        },
        indent=2,
    )


def _advice(found: Survey, stale: Stale, build: str) -> str:
    """The next thing to do."""
    files = count(len(stale), "file")
    if found.failed:
        return f"{files} not up to date; mend the errors, then run `{build}`"
    if any(cause is Cause.NOT_OURS for _, cause in stale):
        return f"{files} not up to date; to overwrite, run `{build} --force`"
    if all(cause is Cause.EDITED_ORPHAN for _, cause in stale):
        return (
            f"{files} left over; keep the edits elsewhere, then run `{build} --force`"
        )
    return f"{files} not up to date; run `{build}`"


def _build_command(paths: tuple[str, ...], given: dict[str, Any]) -> str:
    words = ["n3gen", "build", *paths]
    for name in ("out", "runtime", "config"):
        if given[name]:
            words += [f"--{name}", given[name]]
    return shlex.join(words + ["--recompile"] * given["recompile"])
