"""What came of the runs of a test with rows: faults by row, and scores over all rows."""

from __future__ import annotations

import math
from array import array
from bisect import insort
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from n3gen.diagnostics import Label
from n3gen.project.outcomes import Fault, plain, shown_data
from n3gen.project.rows import Row
from n3gen.source import Span
from n3gen.spec.test_nodes import ExpectedScore, Test

__all__ = ["SHOWN_ROWS", "FaultsOfRows", "RowRuns", "Scores"]

SHOWN_ROWS: Final = 5
"""How many rows a report names for one expectation."""

_SHOWN: Final = 60
"""Characters of a result that is shown beside its score."""


class _Scored(NamedTuple):
    """A row with its score, ordered by how far it is from what is wished."""

    rank: float
    number: int
    score: float
    result: str


@dataclass
class Scores:
    """A score of all rows; the results of the lowest and the highest few are kept."""

    values: array[float] = field(default_factory=lambda: array("d"))
    lowest: list[_Scored] = field(default_factory=list)
    highest: list[_Scored] = field(default_factory=list)

    def add(self, number: int, value: float, result: Callable[[], str]) -> None:
        self.values.append(value)
        for kept, rank in ((self.lowest, value), (self.highest, -value)):
            if len(kept) < SHOWN_ROWS or rank < kept[-1].rank:
                insort(kept, _Scored(rank, number, value, result()))
                del kept[SHOWN_ROWS:]

    @property
    def mean(self) -> float:
        return math.fsum(self.values) / len(self.values)

    def figures(self) -> dict[str, float]:
        """The figures that bounds are compared with."""
        return {
            "mean": self.mean,
            "min": min(self.values),
            "max": max(self.values),
        }


@dataclass
class RowRuns:
    """The runs of a test: of those that passed, the line of the row and the seconds alone.

    `path` is that of the file of the rows, as messages show it, `failed` the faults by
    the number of the row.
    """

    path: str
    lines: array[int] = field(default_factory=lambda: array("q"))
    seconds: array[float] = field(default_factory=lambda: array("d"))
    failed: dict[int, tuple[Fault, ...]] = field(default_factory=dict)
    scores: dict[str, Scores] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.lines)

    def add(self, row: Row, faults: list[Fault], seconds: float) -> None:
        self.lines.append(row.line)
        self.seconds.append(seconds)
        if faults:
            self.failed[row.number] = tuple(faults)

    def score(self, row: Row, scores: Mapping[str, float], result: object) -> None:
        """Add the scores of a row, whose run gave a result."""
        for name, value in scores.items():
            known = self.scores.setdefault(name, Scores())
            known.add(row.number, value, lambda: shown_data(plain(result), _SHOWN))

    def named(self, number: int) -> str:
        """A row as a message names it, with its place."""
        return f"row {number:,} ({self.path}:{self.lines[number - 1]})"

    def grouped(self, place: Callable[[Fault], Label]) -> Iterator[FaultsOfRows]:
        """The faults of all rows, those of one place together, in the order of rows."""
        groups: dict[tuple[str, Span], FaultsOfRows] = {}
        for number, faults in self.failed.items():
            for fault in faults:
                label = place(fault)
                key = (label.file.path, label.span)
                group = groups.setdefault(key, FaultsOfRows(self, label))
                group.add(number, fault, label.text)
        yield from groups.values()

    def score_faults(self, test: Test) -> Iterator[Fault]:
        """What scores come to and should not."""
        for expected in test.expect.scores if test.expect is not None else ():
            scores = self.scores.get(expected.score)
            if scores is not None:
                yield from self._bounds(expected, scores)

    def _bounds(self, expected: ExpectedScore, scores: Scores) -> Iterator[Fault]:
        figures = scores.figures()
        for key in ExpectedScore.KEYS:
            bound = getattr(expected, key.name)
            figure, _, side = key.name.partition("_")
            value = figures[figure]
            is_met = bound is None or (
                value > bound if side == "above" else value < bound
            )
            if not is_met:
                shown = _number(value)
                message = (
                    f"{_FIGURES[figure]} `{expected.score}` is {shown} over "
                    f"{self._scored(len(scores.values))}, which is not {side} {_number(bound)}"
                )
                lines = [message, *self._rows_of(scores, key.name, bound)]
                loc = (*expected.place.loc, key.name)
                yield Fault("\n".join(lines), loc, f"is {shown}")

    def _scored(self, scored: int) -> str:
        """How many rows have a score."""
        known = _rows(len(self))
        return known if scored == len(self) else f"{scored:,} of {known}"

    def _rows_of(self, scores: Scores, bound: str, limit: float) -> Iterator[str]:
        """A few rows that a bound is not met for, and how many more there are."""
        is_low = bound in ("mean_above", "min_above", "min_below")
        is_wrong = limit.__ge__ if bound.endswith("above") else limit.__le__
        count = sum(map(is_wrong, scores.values))
        kept = [
            one
            for one in (scores.lowest if is_low else scores.highest)
            if is_wrong(one.score)
        ]
        for one in kept:
            score = _number(one.score)
            yield f"{self.named(one.number)}: {score}, the result is {one.result}"
        if count > len(kept):
            yield f"and {_rows(count - len(kept), 'more ')}"


@dataclass
class FaultsOfRows:
    """The faults of several rows at one place; `shown` are few rows for each message."""

    runs: RowRuns
    label: Label
    shown: dict[str, list[int]] = field(default_factory=dict)
    hidden: set[int] = field(default_factory=set)

    def add(self, number: int, fault: Fault, label: str) -> None:
        if label != self.label.text:
            self.label = replace(self.label, text="")
        if fault.message in self.shown or len(self.shown) < SHOWN_ROWS:
            self.shown.setdefault(fault.message, []).append(number)
        else:
            self.hidden.add(number)

    def lines(self) -> Iterator[str]:
        """A line for each message, with the first of its rows, and how many more rows there are."""
        for message, numbers in self.shown.items():
            more = len({*numbers}) - 1
            others = f" and {_rows(more, 'more ')}" if more else ""
            yield f"{self.runs.named(numbers[0])}{others}: {message}"
        hidden = self.hidden.difference(*self.shown.values())
        if hidden:
            yield f"and {_rows(len(hidden), 'more ')}"


_FIGURES: Final = {"mean": "the mean of", "min": "the lowest", "max": "the highest"}


def _rows(number: int, more: str = "") -> str:
    return f"{number:,} {more}row" + ("" if number == 1 else "s")


def _number(value: float) -> str:
    """A figure with as many digits as distinguish it from its bound."""
    return f"{value:.12g}"
