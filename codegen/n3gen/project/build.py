"""Bringing out folders up to date."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.out_folder import out_folder
from n3gen.project.survey import Request, Survey, survey
from n3gen.project.writing import apply, remove_leftovers

__all__ = ["build", "refuse_foreign", "write"]


def build(config: Config, request: Request) -> Survey:
    """Write what is stale and remove orphans, all or nothing.

    Nothing is written where the survey `failed`. Raises `ProjectError` where the
    disk refuses, or a file is in the way that n3gen did not write.
    """
    found = survey(config, request)
    if not found.failed:
        refuse_foreign([found])
        write([(config, found)])
    return found


def refuse_foreign(surveys: Iterable[Survey]) -> None:
    """Raise `ProjectError` where files are in the way that n3gen did not write."""
    refused = [change for found in surveys for change in found.refused]
    foreign = [c.shown for c in refused if c.cause is Cause.NOT_OURS]
    if foreign:
        listed = ", ".join(f"`{shown}`" for shown in foreign)
        raise ProjectError(
            f"n3gen did not write {listed} and leaves it alone; "
            "move it away, or overwrite it with `n3gen build --force`"
        )


def write(surveys: Sequence[tuple[Config, Survey]]) -> None:
    """Write the changes of surveys, those of all projects or of none."""
    for config, _ in surveys:
        for folder, _, _ in os.walk(out_folder(config)):
            remove_leftovers(folder)
    apply([change for _, found in surveys for change in found.changes])
