"""A chain run over rows: many runs at once, a record of each."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from n3gen.diagnostics.suggest import nearest
from n3gen.project.batch_feed import Feed, FileFeed, StreamFeed
from n3gen.project.batch_ids import RowIds
from n3gen.project.batch_request import Wanted
from n3gen.project.batch_results import ResultsFile
from n3gen.project.batch_rows import BatchRows
from n3gen.project.batch_stream import StreamedResults
from n3gen.project.batch_tally import BatchProgress, Tally
from n3gen.project.errors import ProjectError
from n3gen.project.row_reader import RawRow
from n3gen.project.rows import RowFault
from n3gen.project.termination import run_main
from n3gen.spec.values import shown

__all__ = ["Batch", "Kept", "run_batch"]

_LOGGER: Final = logging.getLogger("n3gen.batch")

_SILENT_SECONDS: Final = 0.5
"""How long the rows of an interrupted batch are waited for without a word."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of earlier runs whose records are in the file, and the rows to run.

    Where failed ones run again, these may have been mended.
    """

    rows: BatchRows
    results: ResultsFile
    retries_failed: bool = False

    def total(self) -> int:
        """Return how many rows there are; raise `ProjectError` if a kept one changed."""
        total = 0
        for row in self.rows:
            total = row.number
            self.check(row)
        self.check_end(total)
        return total

    def check(self, row: RawRow) -> None:
        """Raise `ProjectError` for a row that is not the one whose record is kept."""
        status = self.results.status(row.number)
        if status is None or (status == "failed" and self.retries_failed):
            return
        if self.rows.digest(row) != self.results.digest(row.number):
            raise ProjectError(
                f"`{self.rows.place(row)}` (row {row.number:,}) is not the row that "
                f"`{self.results.shown}` has the result of: it has changed since, or "
                "these are other rows; choose another --out, or remove the file"
            )

    def check_end(self, total: int) -> None:
        """Raise `ProjectError` where there are records of more rows."""
        if total < self.results.rows:
            there = f"{total:,} row" + "s" * (total != 1)
            raise ProjectError(
                f"`{self.results.shown}` has the result of row {self.results.rows:,}, "
                f"and `{self.rows.shown}` has {there}; choose another --out, or remove "
                "the file"
            )

    def left(self, *, is_checked: bool) -> Iterator[RawRow]:
        """Yield the rows without a record."""
        number = 0
        for row in self.rows:
            number = row.number
            if self.results.status(number) is None:
                yield row
            elif not is_checked:
                self.check(row)
        self.check_end(number)


class Batch:
    """The runs of a batch, `concurrency` of them at once.

    Each worker takes the next row when it has ended one, so that memory holds the rows
    under way and no others.
    """

    def __init__(
        self,
        module: ModuleType,
        rows: BatchRows,
        results: ResultsFile | StreamedResults,
        wanted: Wanted,
        shown: BatchProgress,
    ) -> None:
        self.module = module
        self.rows = rows
        self.results = results
        self.wanted = wanted
        self.shown = shown
        self.tally = Tally()
        self.ids = RowIds()
        self._knows_ids = False
        self._busy: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._started = 0.0

    async def run(self) -> None:
        """Run the rows that have no record yet; write a record of each that ends.

        A cancellation cancels the rows under way, which are not written, and is raised
        when they have ended. Raises `ProjectError` where the batch cannot go on.
        """
        try:
            feed = self._feed()
            self._started = asyncio.get_running_loop().time()
            await self._all(self._workers(feed))
            if not self.tally.done:
                raise self.rows.none()
        finally:
            self.ids.close()
            await self.module.aclose()

    def _feed(self) -> Feed:
        is_file = self.rows.is_file
        if is_file and self.wanted.id_field is not None:
            self._check_id()
            self._check_ids()
        left = iter(self.rows)
        if isinstance(self.results, ResultsFile):
            kept = Kept(self.rows, self.results, self.wanted.retries_failed)
            if is_file:
                self.tally.total = kept.total()
            if self.wanted.retries_failed:
                self.results.drop_failed()
            left = kept.left(is_checked=is_file)
            for status in ("ok", "failed"):
                self.tally.kept[status] = self.results.count(status)
        elif is_file:
            self.tally.total = sum(1 for _ in self.rows)
        return FileFeed(left) if is_file else StreamFeed(left)

    def _check_id(self) -> None:
        """Raise `ProjectError` where not even the first row of a file has the field of --id."""
        name, first = self.wanted.id_field, next(iter(self.rows), None)
        with suppress(RowFault):
            payload = None if first is None else self.rows.payload(first)
            if isinstance(payload, dict) and name not in payload:
                meant = nearest(str(name), payload)
                has = ", ".join(f"`{field}`" for field in payload) or "no field"
                hint = f"did you mean `{meant}`?" if meant else f"it has {has}"
                where = f"the first row of `{self.rows.shown}`"
                raise ProjectError(f"{where} has no `{name}`, which --id names; {hint}")

    def _check_ids(self) -> None:
        """Tell of the first two rows of a file that have one id, and how many more do."""
        pair: tuple[int, int, Any] | None = None
        for row in self.rows:
            with suppress(RowFault):
                payload = self.rows.payload(row)
                if isinstance(payload, dict) and self.wanted.id_field in payload:
                    identity = payload[self.wanted.id_field]
                    first = self.ids.first(identity, row.number)
                    if first is not None:
                        pair = pair or (first, row.number, identity)
        if pair is not None:
            self._tell_of_twins(*pair, others=self.ids.repeated - 1)
        self._knows_ids = True

    def _tell_of_twins(
        self, one: int, two: int, identity: Any, others: int = 0
    ) -> None:
        value = json.dumps(identity, ensure_ascii=False)
        more = f", and {others:,} more repeat one" if others else ""
        _LOGGER.warning(
            "rows %s and %s of %s have the same `%s`, %s%s: --id is to tell rows apart",
            *(f"{one:,}", f"{two:,}", self.rows.named, self.wanted.id_field),
            *(shown(value), more),
        )

    def _workers(self, feed: Feed) -> list[Coroutine[Any, Any, None]]:
        count, tally = self.wanted.concurrency, self.tally
        if tally.total is not None:
            count = min(count, tally.total - tally.done)
        return [self._work(feed) for _ in range(count)]

    async def _all(self, workers: list[Coroutine[Any, Any, None]]) -> None:
        """Await the workers; one that raises ends the others."""
        self._tasks = [asyncio.create_task(worker) for worker in workers]
        if not self._tasks:
            return
        try:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_EXCEPTION)
        except asyncio.CancelledError:
            await self._interrupted()
            raise
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)
        for task in self._tasks:
            if not task.cancelled():
                task.result()

    async def _interrupted(self) -> None:
        """Cancel the rows under way and wait for them; a second interrupt kills."""
        for task in self._tasks:
            task.cancel()
        before = signal.signal(signal.SIGINT, signal.SIG_DFL)
        try:
            _, slow = await asyncio.wait(self._tasks, timeout=_SILENT_SECONDS)
            if slow:
                self.shown.waiting(len(slow))
                await asyncio.wait(slow)
        finally:
            signal.signal(signal.SIGINT, before)

    async def _work(self, feed: Feed) -> None:
        task = asyncio.current_task()
        assert task is not None
        while not self.tally.is_stopped and (row := await feed.next()) is not None:
            await self.results.room(row.number)
            self._busy.add(task)
            await self._row(row)
            self._busy.discard(task)

    async def _row(self, row: RawRow) -> None:
        """Run a row and write its record."""
        record: Mapping[str, Any]
        identity, place = None, self.rows.place(row)
        try:
            payload, identity = self._payload(row)
            record = await self.module.run_chain(
                self.wanted.chain, payload, **self.wanted.options
            )
        except RowFault as fault:
            place = self.rows.place(row, fault)
            record = {"status": "error", "result": None, "error": str(fault)}
            record |= {"steps": [], "metadata": {"elapsed_ms": 0}}
        except (LookupError, ValueError) as error:
            raise ProjectError(str(error)) from error
        digest = self.rows.digest(row)
        ended = self._line(row.number, identity, place, record)
        line = self.module.to_json(ended | {"row_digest": digest})
        is_ok = record["status"] == "ok"
        self.results.append(row.number, line, digest, is_ok=is_ok)
        self._count(row.number, place, record)

    def _payload(self, row: RawRow) -> tuple[Any, Any]:
        """Return the payload of a row, and what identifies the row."""
        payload, name = self.rows.payload(row), self.wanted.id_field
        if name is None:
            return payload, None
        if not isinstance(payload, dict) or name not in payload:
            raise RowFault(f"the row has no field `{name}`, which --id names")
        identity = payload[name]
        if not self._knows_ids:
            other = self.ids.first(identity, row.number)
            if other is not None:
                one, two = sorted((other, row.number))
                self._tell_of_twins(one, two, identity)
        if not self.wanted.takes_id:
            del payload[name]
        return payload, identity

    def _line(
        self, row: int, identity: Any, place: str, record: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What is written of a row, but for its digest."""
        about = record["metadata"]
        line: dict[str, Any] = {"row": row}
        if self.wanted.id_field is not None:
            line["id"] = identity
        line |= {key: record[key] for key in ("status", "result", "error")}
        if record["status"] != "ok":
            line["place"] = place
        line["elapsed_ms"] = about["elapsed_ms"]
        if "usage" in about:
            line["usage"] = about["usage"]
        if self.wanted.is_whole:
            line |= {"steps": record["steps"], "metadata": about}
        return line | {
            "chain": self.wanted.chain,
            "chain_version": self.wanted.version,
        }

    def _count(self, row: int, place: str, record: Mapping[str, Any]) -> None:
        tally, most = self.tally, self.wanted.max_errors
        tally.elapsed = asyncio.get_running_loop().time() - self._started
        tally.count(row, place, record)
        if most is not None and tally.failed >= most and not tally.is_stopped:
            tally.is_stopped = True
            for task in self._tasks:
                if task not in self._busy:
                    task.cancel()
        self.shown.update(tally)


def run_batch(batch: Batch) -> Tally:
    """Run a batch to its end, or to an interrupt, which is in what it returns."""
    try:
        run_main(batch.run())
    except KeyboardInterrupt as error:
        batch.tally.interrupt = error
    batch.results.finish(in_order=batch.wanted.in_order)
    return batch.tally
