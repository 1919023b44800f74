"""The names whose values are none where a step is skipped or no branch is taken."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Chain, Entry, If, Match, Step

__all__ = ["maybe_skipped"]


def maybe_skipped(chain: Chain) -> Mapping[str, Entry]:
    """The steps that may be skipped and the blocks that may take no branch, by name."""
    return {
        entry.name: entry
        for entry in every_entry(chain.steps)
        if entry.name is not None and _may_be_skipped(entry)
    }


def _may_be_skipped(entry: Entry) -> bool:
    if isinstance(entry, Step):
        return entry.may_be_skipped
    return isinstance(entry, If | Match) and entry.otherwise is None
