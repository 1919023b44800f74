"""The callables that a command line gives to runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any

from n3gen.project.errors import ProjectError

__all__ = ["given_connectors"]


def given_connectors(target: str | None) -> Mapping[str, Callable[..., Any]] | None:
    """Return the mapping that `--connectors` names.

    Raises `ProjectError` for whatever goes wrong there, which is the user's.
    """
    if target is None:
        return None
    module, _, name = target.partition(":")
    if not module or not name:
        raise ProjectError(f"--connectors must be MODULE:NAME, not `{target}`")
    try:
        found = getattr(importlib.import_module(module), name)
    except Exception as error:
        kind = type(error).__name__
        raise ProjectError(f"cannot import `{target}`: {kind}: {error}") from error
    if not isinstance(found, Mapping):
        raise ProjectError(
            f"`{target}` must be a mapping of connector names to callables, "
            f"not {type(found).__name__}"
        )
    return found
