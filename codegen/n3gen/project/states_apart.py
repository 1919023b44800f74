"""What runs of a module keep for later ones, put aside for runs that are no real ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType
from typing import Any

__all__ = ["states_apart"]

_STATES = ("state_cells", "stored_in_memory", "given_states")


@contextmanager
def states_apart(module: ModuleType, first: Mapping[str, Any]) -> Iterator[None]:
    """Reset states, `first` values in place of those of the spec.

    Stored ones are in memory while the block lasts, whatever the store has of them.
    Results that were cached are forgotten.
    """
    kept = module.process_state()
    kept.pop("cached_results", None)
    kept.pop("state_cells", None)
    kept.update(stored_in_memory={}, given_states=first)
    try:
        yield
    finally:
        for name in _STATES:
            kept.pop(name, None)
