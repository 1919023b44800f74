"""The callables that a command line gives to runs."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from n3gen.diagnostics.suggest import nearest
from n3gen.project.errors import ProjectError
from n3gen.project.user_imports import failed_import

__all__ = ["check_needed", "given_connectors"]


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
        raise failed_import(f"`{target}`", error) from error
    if not isinstance(found, Mapping):
        raise ProjectError(
            f"`{target}` must be a mapping of connector names to callables, "
            f"not {type(found).__name__}"
        )
    return found


def check_needed(
    chain: str, needed: Iterable[str], given: Mapping[str, Callable[..., Any]] | None
) -> None:
    """Raise `ProjectError` where a chain needs what is neither given nor registered.

    No run of it could begin.
    """
    process = importlib.import_module("n3gen.templates.runtime.run.process")
    known = {**process.process_state().get("connectors", {}), **(given or {})}
    missing = [name for name in needed if name not in known]
    if not missing:
        return
    listed = ", ".join(f"`{name}`" for name in missing)
    meant = nearest(missing[0], known)
    way_out = f"is it `{meant}`?" if meant else "give them by --connectors MODULE:NAME"
    raise ProjectError(
        f"chain `{chain}` needs connectors that were not given: {listed}; {way_out}"
    )
