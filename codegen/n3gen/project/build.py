"""Takes a configuration and what is asked; brings the out folder up to date, or leaves it."""

from __future__ import annotations

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError
from n3gen.project.freshness import Cause
from n3gen.project.survey import Request, Survey, survey
from n3gen.project.writing import apply

__all__ = ["build"]


def build(config: Config, request: Request) -> Survey:
    """Writes what is stale and removes orphans, all or nothing.

    Nothing is written where the survey `failed`. Raises `ProjectError` where the
    disk refuses, or a file is in the way that n3gen did not write.
    """
    found = survey(config, request)
    if found.failed:
        return found
    foreign = [c.shown for c in found.refused if c.cause is Cause.NOT_OURS]
    if foreign:
        listed = ", ".join(f"`{shown}`" for shown in foreign)
        raise ProjectError(
            f"n3gen did not write {listed} and leaves it alone; "
            "move it away, or overwrite it with `n3gen build --force`"
        )
    apply(found.changes)
    return found
