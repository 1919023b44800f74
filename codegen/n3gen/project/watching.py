"""Watching the specs of projects for changes, by the library watchfiles."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from n3gen.project.config import CONFIG_FILE, Config
from n3gen.project.errors import ProjectError
from n3gen.project.find import find_specs
from n3gen.syntax.uses import has_spec_ending

__all__ = ["changed_specs"]

_CONFIGURATIONS = (CONFIG_FILE, "pyproject.toml")

_PAUSE_MS = 200
"""How long the first build waits for the watch to be up."""


def changed_specs(configs: Sequence[Config]) -> Iterator[tuple[str, ...]]:
    """Yield nothing once it watches, then what changed, relative to the roots.

    These are specs, folders of specs and configurations. Waits until something
    changes, and gathers what changes together. Raises `ProjectError`
    where watchfiles is not installed.
    """
    try:
        from watchfiles import watch
    except ImportError as error:
        raise ProjectError(
            "`--watch` needs watchfiles; install it with `pip install 'n3gen[watch]'`"
        ) from error
    roots = [config.root for config in configs]
    # One watch for all, so that what changes during a build is not missed.
    watching = watch(
        *roots,
        watch_filter=None,
        rust_timeout=_PAUSE_MS,
        yield_on_timeout=True,
    )
    next(watching)
    folders = [_folders(config) for config in configs]
    yield ()
    for changes in filter(None, watching):
        paths = [path for _, path in changes]
        before, folders = folders, [_folders(config) for config in configs]
        found = {
            name
            for config, gone, there in zip(configs, before, folders, strict=True)
            for name in _relevant(config, paths, gone | there)
        }
        if found:
            yield tuple(sorted(found))


def _relevant(config: Config, paths: Iterable[str], folders: set[str]) -> Iterator[str]:
    """Yield those of the absolute `paths` that a build of the project reads."""
    out = config.absolute(config.out) + os.sep
    for path in paths:
        shown = config.shown(path)
        is_read = (
            has_spec_ending(path)
            or os.path.basename(path) in _CONFIGURATIONS
            or shown in folders
        )
        inside = path.startswith(config.root.rstrip(os.sep) + os.sep)
        if is_read and inside and not path.startswith(out):
            yield shown


def _folders(config: Config) -> set[str]:
    """Return the folders with specs: of one that is moved, no file is reported."""
    found: set[str] = set()
    with suppress(ProjectError):
        for spec in find_specs(config):
            folder = os.path.dirname(spec.path)
            while folder and folder not in found:
                found.add(folder)
                folder = os.path.dirname(folder)
    return found
