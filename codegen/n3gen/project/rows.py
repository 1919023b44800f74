"""Rows: data of which each makes a run, and what may be wrong with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from n3gen.diagnostics import Label
from n3gen.project.errors import ProjectError
from n3gen.source import Loc, SourceFile, Span
from n3gen.syntax.document import Document

__all__ = [
    "BadRows",
    "Row",
    "RowFault",
    "Rows",
    "RowsOfSpec",
    "no_rows",
]


class BadRows(ProjectError):
    """Data from which no rows can be read; `label` is the place in the data, if one is."""

    def __init__(self, message: str, label: Label | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.label = label

    @classmethod
    def at(cls, shown: str, line: int, text: str, column: int, message: str) -> BadRows:
        """The error at a column, from 0, of the line `text`."""
        # The lines before stand as empty ones: no more than one is in memory.
        source = SourceFile(shown, "\n" * (line - 1) + text)
        start = line - 1 + min(column, len(text))
        return cls(
            message, Label(source, Span(start, min(start + 1, len(source.text))))
        )

    def __str__(self) -> str:
        if self.label is None:
            return self.message
        line, column = self.label.file.position(self.label.span.start)
        return f"{self.label.file.path}:{line}:{column}: {self.message}"


class RowFault(ValueError):
    """A row that cannot be read, though others can.

    `column` is that of the fault, from 0, in `text`, the first line of the row.
    """

    def __init__(self, message: str, text: str = "", column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.text = text
        self.column = column

    def bad_rows(self, shown: str, line: int) -> BadRows:
        """The error for those who can do with no row less."""
        return BadRows.at(shown, line, self.text, self.column, self.message)

    def place(self, shown: str, line: int) -> str:
        """Return where the fault is, as the error for those others says it."""
        return f"{shown}:{line}:{self.column + 1}"


def no_rows(shown: str) -> BadRows:
    """The error for data without a row, which is rarely meant."""
    return BadRows(f"{shown} has no row, so nothing runs: add one")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number, from 1, the line on which it begins, and its data."""

    number: int
    line: int
    data: Any


class Rows(Protocol):
    """Rows that can be gone through more than once."""

    @property
    def path(self) -> str:
        """The file in which they stand, from the root."""

    def __iter__(self) -> Iterator[Row]:
        """Raises `BadRows` where there are none, or one cannot be read."""


@dataclass(frozen=True, slots=True)
class RowsOfSpec:
    """Rows that are written in a spec, as the list at `loc`."""

    document: Document
    loc: Loc
    data: Sequence[Any]

    @property
    def path(self) -> str:
        return self.document.source.path

    def __iter__(self) -> Iterator[Row]:
        for index, data in enumerate(self.data):
            yield Row(index + 1, self.document.line((*self.loc, index)), data)
