"""Takes functions of the user's, of any kind; hands on what they return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .process import process_state


def connector(
    name: str,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a callable for the connector `name`, once per process, for all modules."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        process_state().setdefault("connectors", {})[name] = function
        return function

    return register
