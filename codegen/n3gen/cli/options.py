"""The options that several commands have, and the projects that they mean."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar

import click

from n3gen.cli.output import say
from n3gen.project.config import Config, find_config, read_config
from n3gen.project.errors import ProjectError
from n3gen.project.survey import Request

__all__ = [
    "PROBLEM_FORMATS",
    "build_options",
    "config_of",
    "config_option",
    "env_file_option",
    "format_of",
    "paths_argument",
    "project_options",
    "projects_of",
    "request_of",
]

F = TypeVar("F", bound=Callable[..., Any])

PROBLEM_FORMATS = ("text", "json", "github", "gitlab", "sarif", "junit")
"""The names in `n3gen.diagnostics.formats`, which is imported when something is written."""

paths_argument = click.argument("paths", nargs=-1, metavar="[PATHS]...")


config_option = click.option(
    "--config",
    metavar="FILE",
    help="The configuration.  [default: the nearest n3gen.toml or pyproject.toml]",
)


env_file_option = click.option(
    "--env-file",
    metavar="FILE",
    help="Variables such as keys, where the environment does not set them.",
)


def project_options(command: F) -> F:
    """Add `--config` and `--jobs`."""
    jobs = click.option(
        "--jobs",
        type=click.IntRange(1),
        metavar="N",
        help="Processes to compile in.  [default: one per core]",
    )
    return config_option(jobs(command))


def build_options(command: F) -> F:
    """Add `--out`, `--target`, `--runtime` and `--recompile`."""
    for option in (
        click.option(
            "--recompile",
            is_flag=True,
            help="Compile also what is up to date.",
        ),
        click.option(
            "--runtime",
            type=click.Choice(["standalone", "shared"]),
            help="Run-time support in each module, or once in _runtime/.",
        ),
        click.option(
            "--target",
            type=click.Choice(["asyncio", "dbos"]),
            help="What carries the chains out.  [default: as configured]",
        ),
        click.option("--out", metavar="FOLDER", help="Where the modules go."),
    ):
        command = option(command)
    return command


def config_of(paths: Sequence[str], given: dict[str, Any]) -> Config:
    """The project that the paths are in, with what the command line says otherwise."""
    if given.get("config"):
        config = read_config(given["config"])
    else:
        config = find_config(paths[0] if paths else None)
        _warn_of_unread(config.root, config.file)
    if given.get("out"):
        config = replace(config, out=config.shown(given["out"]))
    if given.get("runtime"):
        config = replace(config, runtime=given["runtime"])
    if given.get("target"):
        config = replace(config, target=given["target"])
    return config


@cache
def _warn_of_unread(root: str, file: str | None) -> None:
    """Warn, once, of a configuration that another one beside it leaves without effect."""
    config = Config(root, file)
    if config.unread is not None:
        path = config.absolute(config.unread)
        say(
            f"warning: `[tool.n3gen]` of `{path}` is not read, as `{file}` stands beside "
            "it; keep one of them"
        )


def projects_of(
    paths: Sequence[str], given: dict[str, Any]
) -> list[tuple[Config, tuple[str, ...]]]:
    """Return the projects that the paths are in, each with its own paths."""
    if given.get("config") or len(paths) < 2:
        return [(config_of(paths, given), tuple(paths))]
    configs: dict[str, Config] = {}
    own: dict[str, list[str]] = {}
    for path in paths:
        config = config_of((path,), given)
        configs.setdefault(config.root, config)
        own.setdefault(config.root, []).append(path)
    return [(config, tuple(own[root])) for root, config in configs.items()]


def format_of(chosen: str | None, *, as_json: bool) -> str:
    """Return the `--output-format` of a command that has `--json` beside it."""
    if as_json and chosen not in (None, "json"):
        raise ProjectError(
            f"`--json` and `--output-format {chosen}` are both given; choose one"
        )
    return "json" if as_json else chosen or "text"


def request_of(paths: Sequence[str], given: dict[str, Any]) -> Request:
    """What the command line wants of a survey."""
    return Request(
        paths=tuple(paths),
        jobs=given.get("jobs") or 0,
        recompile=bool(given.get("recompile")),
        force=bool(given.get("force")),
        strict=bool(given.get("strict")),
    )
