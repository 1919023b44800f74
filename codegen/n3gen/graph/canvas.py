"""A drawing in the characters of a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from n3gen.diagnostics.cells import shown, width
from n3gen.graph.layout import Drawing, Label, Line, Shape

__all__ = ["PLAIN", "Canvas", "canvas_rows"]

_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8
_THIN: Final = {
    0: " ", 1: "─", 2: "─", 3: "─", 4: "│", 8: "│", 12: "│", 5: "┘", 6: "└", 7: "┴",
    9: "┐", 10: "┌", 11: "┬", 13: "┤", 14: "├", 15: "┼",
}  # fmt: skip
_THICK: Final = {
    0: " ", 1: "━", 2: "━", 3: "━", 4: "┃", 8: "┃", 12: "┃", 5: "┛", 6: "┗", 7: "┻",
    9: "┓", 10: "┏", 11: "┳", 13: "┫", 14: "┣", 15: "╋",
}  # fmt: skip

PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("┘└┴┐┌┬┤├┼╭╮╯╰", "+"),
        **dict.fromkeys("┛┗┻┓┏┳┫┣╋", "#"),
        **dict.fromkeys("─╌", "-"),
        **dict.fromkeys("│╎", "|"),
        "━": "=",
        "┃": "#",
        "▶": ">",
        "·": ",",
        "…": "~",
        "≤": "<",
    }
)
"""What stands for the characters of a drawing where an output has only those of ASCII."""


class Canvas:
    """Cells of characters, on which lines meet."""

    def __init__(self) -> None:
        self._cells: dict[int, dict[int, str]] = {}
        self._sides: dict[tuple[int, int], int] = {}
        self._thick: set[tuple[int, int]] = set()

    def line(self, line: Line) -> None:
        """Draw an edge."""
        for (x, y), (to_x, to_y) in pairwise(line.points):
            self._run(int(x), int(y), int(to_x), int(to_y), line.is_critical)
        if line.has_arrow:
            x, y = line.points[-1]
            self._put(int(x) - 1, int(y), "▶")

    def _run(self, x: int, y: int, to_x: int, to_y: int, thick: bool) -> None:
        if y == to_y:
            for at in range(min(x, to_x), max(x, to_x)):
                self._touch(at, y, _RIGHT, thick)
                self._touch(at + 1, y, _LEFT, thick)
        else:
            for at in range(min(y, to_y), max(y, to_y)):
                self._touch(x, at, _DOWN, thick)
                self._touch(x, at + 1, _UP, thick)

    def _touch(self, x: int, y: int, side: int, thick: bool) -> None:
        self._sides[x, y] = self._sides.get((x, y), 0) | side
        if thick:
            self._thick.add((x, y))

    def shape(self, shape: Shape) -> None:
        """Draw the box of a node, and its texts."""
        corners, flat, upright = "╭╮╰╯", "─", "│"
        if shape.node.is_critical:
            corners, flat, upright = "┏┓┗┛", "━", "┃"
        elif shape.node.is_aside:
            flat, upright = "╌", "╎"
        elif shape.node.is_step:
            corners = "┌┐└┘"
        left, top = int(shape.x), int(shape.y)
        right, bottom = left + int(shape.width) - 1, top + int(shape.height) - 1
        for x in range(left + 1, right):
            self._put(x, top, flat)
            self._put(x, bottom, flat)
        for y in range(top + 1, bottom):
            self._put(left, y, upright)
            self._put(right, y, upright)
        places = ((left, top), (right, top), (left, bottom), (right, bottom))
        for (x, y), corner in zip(places, corners, strict=True):
            self._put(x, y, corner)
        for label in shape.labels:
            self.label(label)

    def label(self, label: Label) -> None:
        """Write a text."""
        x, y = int(label.x), int(label.y)
        for char in "".join(map(shown, label.text)):
            if (cells := width(char)) == 0:
                self._put(x - 1, y, self._cells.get(y, {}).get(x - 1, " ") + char)
                continue
            self._put(x, y, char)
            for beside in range(1, cells):
                self._put(x + beside, y, "")
            x += cells

    def _put(self, x: int, y: int, char: str) -> None:
        self._cells.setdefault(y, {})[x] = char

    def rows(self, height: int) -> Iterable[str]:
        """Yield the rows from the top."""
        for (x, y), sides in self._sides.items():
            row = self._cells.setdefault(y, {})
            row.setdefault(x, (_THICK if (x, y) in self._thick else _THIN)[sides])
        for y in range(height):
            row = self._cells.get(y, {})
            end = max(row, default=-1) + 1
            yield "".join(row.get(x, " ") for x in range(end)).rstrip()


def canvas_rows(drawing: Drawing) -> list[str]:
    """Return the rows of a drawing that was measured in cells."""
    canvas = Canvas()
    for line in drawing.lines:
        canvas.line(line)
    for shape in drawing.shapes:
        canvas.shape(shape)
    for label in drawing.labels:
        canvas.label(label)
    return list(canvas.rows(int(drawing.height)))
