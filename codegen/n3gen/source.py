"""Source files and places in them: offsets, lines, columns, paths of keys."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

__all__ = ["Loc", "SourceFile", "Span"]

Loc = tuple[str | int, ...]
"""A path of keys and indexes into a document, as pydantic writes it in `error["loc"]`."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a source text: code point offsets, `end` exclusive."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: {self.start}..{self.end}")


@dataclass(frozen=True)
class SourceFile:
    """One spec file: the path that messages show and the text, line ends made `\\n`.

    `path` is relative to the project's root and uses `/` on every system. Where the
    file cannot be read, `unreadable` says why, and there is no text.
    """

    path: str
    text: str
    unreadable: str = ""

    @classmethod
    def of(cls, path: str, text: str) -> SourceFile:
        """The file with its line ends and byte order mark normalised."""
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        return cls(path, text)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        position = self.text.find("\n")
        while position >= 0:
            starts.append(position + 1)
            position = self.text.find("\n", position + 1)
        return starts

    @property
    def line_count(self) -> int:
        return len(self._line_starts)

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from 1, columns in code points."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_at(self, offset: int) -> int:
        """The line of an offset, from 1."""
        return bisect_right(self._line_starts, offset)

    def line_span(self, line: int) -> Span:
        """The span of a line, from 1, without its line end."""
        start = self._line_starts[line - 1]
        if line < len(self._line_starts):
            return Span(start, self._line_starts[line] - 1)
        return Span(start, len(self.text))
