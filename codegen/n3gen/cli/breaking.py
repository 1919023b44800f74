"""`n3gen breaking`: what a change of specs breaks for callers."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click

from n3gen.cli.options import (
    PROBLEM_FORMATS,
    config_of,
    config_option,
    paths_argument,
)
from n3gen.cli.output import count, placed, say, show_problems
from n3gen.diagnostics.rule import Label, Severity
from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.interfaces import Offer, offer_of, read_baseline, write_baseline

__all__ = ["command"]


@click.command("breaking")
@paths_argument
@click.option("--against", metavar="REV", help="The revision of git that callers know.")
@click.option(
    "--baseline", metavar="FILE", help="A file with the interface that callers know."
)
@click.option(
    "--write-baseline", metavar="FILE", help="Write the interface of today; no check."
)
@click.option(
    "--allow",
    metavar="CODE",
    multiple=True,
    help="Report a kind of change, such as N805, and exit with 0 all the same.",
)
@click.option(
    "--output-format",
    type=click.Choice(PROBLEM_FORMATS),
    default="text",
    help="How the changes are shown; all but text go to stdout.",
)
@config_option
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Say what a change of specs breaks for those who call the modules.

    Compares inputs, results and their types, chains, what a run needs of its caller,
    and the worst cases of time, model calls and cost, with those of another revision.
    Both revisions are priced by the prices of today.
    Exits with 1 where something breaks, or a spec has errors, which are shown.

    \b
    Examples:
      n3gen breaking --against origin/main
      n3gen breaking --against v1.2 --allow N805 --output-format github
      n3gen breaking --write-baseline interface.json
      n3gen breaking --baseline interface.json
    """
    config = config_of(paths, given)
    allowed = _codes(given["allow"])
    output_format = given["output_format"]
    after = offer_of(config, paths)
    if after.problems.has_errors:
        show_problems(placed(after.problems, config, output_format), output_format)
        return 1
    if path := _source(given)["write_baseline"]:
        write_baseline(path, after.interface)
        say(f"wrote {path}")
        return 0
    before = _before(config, paths, given)
    if paths and not (before.files or after.files):
        raise ProjectError(f"no spec file is at {', '.join(map(repr, paths))}")
    from n3gen.interface.compare import breaking_changes

    def locate(module: str, chain: str | None, keys: tuple[str, ...]) -> Label:
        here, there = (one.find(module, chain, keys) for one in (after, before))
        return here or there or before.top(module)

    found = [*breaking_changes(before.interface, after.interface, locate)]
    show_problems(placed(found, config, output_format), output_format)
    if not found:
        say(f"{count(len(before.interface.modules), 'module')} as callers know them")
    return 1 if any(problem.rule.code not in allowed for problem in found) else 0


def _source(given: dict[str, Any]) -> dict[str, Any]:
    """The options that say what is compared, of which there must be one."""
    names = ("against", "baseline", "write_baseline")
    if sum(given[name] is not None for name in names) != 1:
        raise click.UsageError(
            "say what callers know: `--against REV`, or `--baseline FILE`, "
            "which `--write-baseline FILE` writes"
        )
    return given


def _codes(allowed: tuple[str, ...]) -> set[str]:
    from n3gen.interface.change_rules import ChangeRule

    known = {rule.code: rule for rule in ChangeRule.__subclasses__()}
    for code in allowed:
        if code.upper() not in known:
            listed = ", ".join(sorted(known))
            raise click.UsageError(f"`--allow` takes {listed}, not `{code}`")
    return {code.upper() for code in allowed}


def _before(config: Config, paths: tuple[str, ...], given: dict[str, Any]) -> Offer:
    """The interface that callers know."""
    if given["baseline"]:
        return Offer(read_baseline(given["baseline"]))
    from n3gen.project.revisions import project_at

    with project_at(config, given["against"]) as found:
        earlier = replace(found, prices=config.prices)
        own = tuple(os.path.join(earlier.root, config.shown(path)) for path in paths)
        offer = offer_of(earlier, own if own or earlier.specs else (earlier.root,))
    for problem in offer.problems:
        if problem.severity is Severity.ERROR:
            raise ProjectError(
                f"`{config.seen(problem.file.path)}` of `{given['against']}` has errors "
                "by the rules of today; compare with a later revision, or with a file "
                "by `--baseline`"
            )
    return offer
