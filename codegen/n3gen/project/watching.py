"""Watching the specs of projects for changes, by the library watchfiles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from n3gen.project.config import CONFIG_FILE, Config
from n3gen.project.errors import ProjectError
from n3gen.syntax.uses import SPEC_ENDINGS

__all__ = ["changed_specs"]

_CONFIGURATIONS = (CONFIG_FILE, "pyproject.toml")


def changed_specs(configs: Sequence[Config]) -> Iterator[tuple[str, ...]]:
    """Yield the specs and configurations that changed, relative to their roots.

    Waits until something changes, and gathers what changes together. Ends on Ctrl-C.
    Raises `ProjectError` where watchfiles is not installed.
    """
    try:
        from watchfiles import watch
    except ImportError as error:
        raise ProjectError(
            "`--watch` needs the package watchfiles: pip install watchfiles"
        ) from error
    roots = [config.root for config in configs]
    for changes in watch(*roots, watch_filter=None, raise_interrupt=False):
        paths = [path for _, path in changes]
        found = {name for config in configs for name in _relevant(config, paths)}
        if found:
            yield tuple(sorted(found))


def _relevant(config: Config, paths: Iterable[str]) -> Iterator[str]:
    """Yield those of the absolute `paths` that a build of the project reads."""
    out = config.absolute(config.out) + os.sep
    for path in paths:
        is_read = (
            path.endswith(SPEC_ENDINGS) or os.path.basename(path) in _CONFIGURATIONS
        )
        inside = path.startswith(config.root.rstrip(os.sep) + os.sep)
        if is_read and inside and not path.startswith(out):
            yield config.shown(path)
