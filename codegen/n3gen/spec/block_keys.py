"""Words of blocks among the keys of a step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from n3gen.spec.keys import Key
from n3gen.spec.values import shown
from n3gen.syntax.block_forms import ControlBlock
from n3gen.syntax.document import Document
from n3gen.syntax.words import WORDS

__all__ = ["way_of_block"]


def way_of_block(
    key: Any, value: Any, own: Iterable[Key], document: Document
) -> str | None:
    """Return how a block is written whose word is no key of a step, but among its `own`."""
    block = WORDS.blocks().get(key) if isinstance(key, str) else None
    if not isinstance(block, ControlBlock) or any(key in one.also for one in own):
        return None
    if not document.source.path.endswith(".ai"):
        return (
            f"a `{key}` is an entry of its own: write `- {key}: ...`, and this step in the "
            "list of steps below it"
        )
    said = block.head.said({key: value}, "")
    about = said[0] if said else f" {shown(value)}:" if isinstance(value, str) else ":"
    return f"write `{key}{about}` in the column of the steps, and this step below it"
