"""The blocks of steps, a file each."""

from __future__ import annotations

from n3gen.spec.entries import Block
from n3gen.spec.forms import load_forms

__all__ = ["BLOCKS"]

load_forms(__name__, __path__)

BLOCKS = {block.word: block for block in Block.__subclasses__()}
"""The classes of blocks by their words."""
