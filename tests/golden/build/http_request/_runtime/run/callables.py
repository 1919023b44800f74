"""The user's functions, of any kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from .process import process_state


def connector(name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a callable for the connector `name`, in all modules of the process."""
    if type(cast(Any, name)) is not str:
        raise TypeError(f"write @connector(NAME), where NAME is a text, not {name!r}")

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        process_state().setdefault("connectors", {})[name] = function
        return function

    return register
