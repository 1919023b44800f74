"""Settings of the configuration that are stated for single files and folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.syntax.uses import SPEC_ENDINGS

if TYPE_CHECKING:
    from n3gen.project.config import Config

__all__ = ["BY_PATH", "Stated", "check_stated_paths", "stated_for"]

Stated = str | Mapping[str, str]
"""One value for all spec files, or values by paths of files and folders."""

BY_PATH = {
    "target": ("asyncio", "dbos"),
    "telemetry": ("none", "otel"),
    "metrics": ("counts", "prometheus"),
}
"""The keys that may be tables by files and folders, and their values, the default first."""


def stated_for(stated: Stated, path: str) -> str | None:
    """Return what is stated for all files, or for the nearest path at or above one."""
    if isinstance(stated, str):
        return stated
    while path:
        if path in stated:
            return stated[path]
        path = path.rpartition("/")[0]
    return stated.get(".")


def check_stated_paths(config: Config) -> None:
    """Raise `ProjectError` where something is stated for a path that is not there.

    Nothing would follow from it. Where modules run, specs need not be there.
    """
    faults = [
        f"`{config.file}`: `{key}` names `{path}`, which is not a file or folder here"
        f"{_hint(config, path)}"
        for key in BY_PATH
        for path in _missing(config, getattr(config, key))
    ]
    if faults:
        raise ProjectError("\n".join(faults))


def _missing(config: Config, stated: Stated) -> Iterator[str]:
    if not isinstance(stated, str):
        for path in stated:
            if not os.path.exists(config.absolute(path)):
                yield path


def _hint(config: Config, path: str) -> str:
    """What may have been meant: the spec file of that name, or what has a name like it."""
    folder, name = os.path.split(path)
    try:
        names = sorted(os.listdir(config.absolute(folder)))
    except OSError:
        return ""
    of_module = (one for one in names if one in {name + end for end in SPEC_ENDINGS})
    meant = next(of_module, None) or nearest(name, names)
    return "" if meant is None else f"; did you mean `{os.path.join(folder, meant)}`?"
