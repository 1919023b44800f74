"""The order of a body: its steps or stages, then its clauses, then what runs last."""

from __future__ import annotations

from typing import Final

from n3gen.diagnostics import Label
from n3gen.spec.entries import Block, Entries, Entry, Step
from n3gen.spec.reader import Reader
from n3gen.spec.rules import MisplacedEnding, NoSteps

__all__ = ["in_order"]

_LAST: Final = 2
"""The rank of what runs last."""


def in_order(
    reader: Reader, entries: list[Entry], before: Entry | None = None
) -> Entries:
    """Return the entries of a body, what is out of order among its clauses reported.

    Steps come first, then `on_error` clauses, then at most one `finally`. `before` is
    the step that the clauses are about where they stand among its keys.
    """
    kept: list[Entry] = []
    last = before
    is_alone = all(entry.is_ending for entry in entries)
    for entry in entries:
        label = _word_label(reader, entry)
        if last is not None and _rank(entry) < _rank(last):
            there = _word_label(reader, last)
            reader.report(
                MisplacedEnding.behind(_word(entry), _word(last), label, there)
            )
        elif last is not None and _rank(entry) == _LAST == _rank(last):
            reader.report(MisplacedEnding.twice(label, _word_label(reader, last)))
            continue
        elif is_alone and last is None and not reader.rejected:
            reader.report(NoSteps.before(_word(entry), label))
        kept.append(entry)
        last = max(last or entry, entry, key=_rank)
    return tuple(sorted(kept, key=_rank))


def _rank(entry: Entry) -> int:
    """Where in a body an entry stands: with its steps, with its clauses, or last."""
    return int(entry.is_ending) + int(not entry.has_value)


def _word(entry: Entry) -> str:
    return entry.word if isinstance(entry, Block) else "step"


def _word_label(reader: Reader, entry: Entry) -> Label:
    if isinstance(entry, Step) or entry.in_stages:
        return reader.document.label((*entry.place.loc, "name"))
    return reader.document.key_label((*entry.place.loc, entry.word))
