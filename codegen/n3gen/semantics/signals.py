"""What the steps of a chain wait for."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.model import Chain, WaitStep

__all__ = ["signals_of"]


def signals_of(
    chain: Chain, chains: Mapping[str, Chain]
) -> Mapping[str, list[WaitStep]]:
    """Return the waiting steps of a chain and of those that it calls, by their signals."""
    found: dict[str, list[WaitStep]] = {}
    for called in with_called([chain], chains):
        for entry in every_entry(called.steps):
            if isinstance(entry, WaitStep) and entry.signal is not None:
                found.setdefault(entry.signal, []).append(entry)
    return found
