"""Links by which a path inside of a project leads out of it."""

from __future__ import annotations

import os

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError

__all__ = ["held", "leads_out"]


def leads_out(config: Config, path: str) -> bool:
    """Whether an absolute path is inside of a project, and its links lead out of it."""
    inside = path.startswith(config.root.rstrip(os.sep) + os.sep)
    return inside and not config.holds(path)


def held(config: Config, path: str) -> str:
    """Return the absolute path of a file; raise `ProjectError` where its links lead out.

    `path` is from the root.
    """
    absolute = config.absolute(path)
    if leads_out(config, absolute):
        words = (
            f"is a link that leads out of the project `{config.root}`; "
            "copy the file, or move the configuration up"
        )
        raise ProjectError(f"`{path}` {words}", f"it {words}")
    return absolute
