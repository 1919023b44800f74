"""How far types are followed that follow from others."""

from __future__ import annotations

from typing import Final

__all__ = ["Depth"]

_DEEPEST: Final = 40
"""How many names and bodies are followed one into the other; what is behind is open."""


class Depth:
    """How deep the types of a spec are being followed."""

    def __init__(self) -> None:
        self.level = 0

    @property
    def is_reached(self) -> bool:
        return self.level >= _DEEPEST

    def __enter__(self) -> None:
        self.level += 1

    def __exit__(self, *_: object) -> None:
        self.level -= 1
