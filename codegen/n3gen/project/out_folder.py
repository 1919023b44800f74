"""The folder that modules are built in."""

from __future__ import annotations

import os

from n3gen.project.config import Config
from n3gen.project.errors import ProjectError

__all__ = ["out_folder"]


def out_folder(config: Config) -> str:
    """Return the absolute path of the folder to build in.

    Raises `ProjectError` where it is a file, or lies outside of the project: what n3gen
    writes and removes there would be somebody else's.
    """
    out = config.absolute(config.out)
    if not config.holds(out):
        raise ProjectError(
            f"the out folder `{config.out}` is outside of the project `{config.root}`; "
            "name one inside, or put the configuration into a folder that has both"
        )
    if os.path.lexists(out) and not os.path.isdir(out):
        raise ProjectError(f"`{config.out}` is a file, not a folder to build in")
    return out
