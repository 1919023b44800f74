"""The payloads of simulated runs: rows of a file over and over, or made ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from n3gen.project.batch_rows import BatchRows, rows_of
from n3gen.project.errors import ProjectError
from n3gen.project.rows import RowFault
from n3gen.project.simulation.known_values import KnownValues
from n3gen.spec.model import Chain

__all__ = ["payloads_for"]


def payloads_for(path: str | None, chain: Chain, known: KnownValues) -> Iterator[Any]:
    """Yield payloads without an end; raise `ProjectError` where there is none."""
    if path is None:
        return _over_again(known.payloads())
    types = {found.key: found.type for found in chain.input or ()}
    rows = rows_of(path, None, types)
    if not rows.is_file:
        raise ProjectError("--rows must be a file, as rows are read over and over")
    return _rows(rows)


def _over_again(payloads: list[Any]) -> Iterator[Any]:
    while True:
        yield from payloads


def _rows(rows: BatchRows) -> Iterator[Any]:
    while True:
        number = 0
        for row in rows:
            number = row.number
            try:
                yield rows.payload(row)
            except RowFault as fault:
                raise fault.bad_rows(rows.shown, row.line) from fault
        if not number:
            raise rows.none()
