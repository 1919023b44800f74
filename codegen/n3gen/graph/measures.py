"""Lengths of a drawing: in pixels for pictures, in cells for terminals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from n3gen.diagnostics.cells import width

__all__ = ["CELLS", "PIXELS", "Measures"]


@dataclass(frozen=True, slots=True)
class Measures:
    """All lengths that a layout needs.

    A box has lines of text of the height `line`, `beside` and `above` which there is
    room to its border. Boxes of a column are `gap` apart, columns at least `gutter`,
    edges that run beside each other `track`, bodies of a block and rows of columns
    `row`. A `label` of a body takes that much above it, and all lies on a `grid`.
    `letter` is as wide as one of a title, `small` as one of the other lines.
    """

    letter: float
    small: float
    line: float
    beside: float
    above: float
    gap: float
    gutter: float
    track: float
    row: float
    label: float
    grid: float

    def half(self, length: float) -> float:
        """Return half a length, as near as places on the grid allow."""
        return length / 2 // self.grid * self.grid

    def title(self, text: str) -> float:
        """The width of a title."""
        return cells(text) * self.letter

    def words(self, text: str) -> float:
        """The width of any other line."""
        return cells(text) * self.small


def cells(text: str) -> int:
    """The width of a text in letters of a terminal."""
    return len(text) if text.isascii() else sum(map(width, text))


PIXELS: Final = Measures(
    letter=8.0,
    small=7.0,
    line=17,
    beside=12,
    above=8,
    gap=14,
    gutter=40,
    track=10,
    row=16,
    label=22,
    grid=0.5,
)

CELLS: Final = Measures(
    letter=1,
    small=1,
    line=1,
    beside=2,
    above=1,
    gap=0,
    gutter=5,
    track=2,
    row=1,
    label=1,
    grid=1,
)
