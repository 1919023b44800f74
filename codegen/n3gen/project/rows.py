"""Rows of tests: data of which each makes a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from n3gen.diagnostics import Label
from n3gen.source import Loc
from n3gen.syntax.document import Document

__all__ = ["BadRows", "Row", "Rows", "RowsOfSpec"]


class BadRows(Exception):
    """Data from which no rows can be read; `label` is the place in the data, if one is."""

    def __init__(self, message: str, label: Label | None = None) -> None:
        super().__init__(message)
        self.label = label


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
