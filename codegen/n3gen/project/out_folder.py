"""The folder that modules are built in."""

from __future__ import annotations

import os
from collections.abc import Iterable

from n3gen.project.config import Config, has_config
from n3gen.project.errors import ProjectError
from n3gen.project.links import leads_out
from n3gen.project.writing import Change

__all__ = ["out_folder", "refuse_other_projects"]


def out_folder(config: Config) -> str:
    """Return the absolute path of the folder to build in.

    Raises `ProjectError` where it is a file, or lies outside of the project or in
    another one: what n3gen writes and removes there would be other people's files.
    """
    out = config.absolute(config.out)
    if not config.holds(out):
        where = "is"
        if leads_out(config, out):
            where = f"is, or lies behind, a link to `{os.path.realpath(out)}`,"
        raise ProjectError(
            f"the out folder `{config.out}` {where} outside of the project "
            f"`{config.root}`; name one inside, or put the configuration into a folder "
            "that has both"
        )
    other = _project_around(out, config.root)
    if other is not None:
        raise ProjectError(
            f"the out folder `{config.out}` is in another project, "
            f"`{config.shown(other)}`, which has a configuration of its own; name one "
            "outside of it"
        )
    if os.path.lexists(out) and not os.path.isdir(out):
        raise ProjectError(f"`{config.out}` is a file, not a folder to build in")
    return out


def refuse_other_projects(config: Config, out: str, changes: Iterable[Change]) -> None:
    """Raise `ProjectError` where a file below the out folder is in another project."""
    shown = {os.path.dirname(change.path): change.shown for change in changes}
    for folder, file in shown.items():
        other = _project_around(folder, out)
        if other is not None:
            raise ProjectError(
                f"`{file}` is in another project, `{config.shown(other)}`, which has a "
                "configuration of its own; move that project, or rename the spec"
            )


def _project_around(folder: str, root: str) -> str | None:
    """Return the folder, at or above `folder` and below `root`, of another project."""
    at, root = os.path.realpath(folder), os.path.realpath(root)
    while len(at) > len(root):
        if has_config(at):
            return at
        at = os.path.dirname(at)
    return None
