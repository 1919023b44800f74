"""Rounds of a loop that a pool of workers runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Sized
from typing import Any, TypeVar

from .dropped import KEPT_STEPS, drop_records
from .earlier import RENEWED
from .expressions import Expression
from .process import process_state
from .records import check_cancelled
from .round_results import RoundResults
from .rounds import fixed_items, skip_steps
from .run import ROUND, Run, chain_logger, round_of
from .tasks import Tasks

__all__ = ["Enough", "Pool", "PoolBase", "batches"]

T = TypeVar("T")

PENDING: Any = object()
"""What stands for the value of a round that has not ended."""


class Enough:
    """The value of a round after which no other is needed."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Stopped(Exception):
    """Stops the other workers once a round was enough."""


class PoolBase:
    """Rounds of the loop `name`, at most `workers` at once.

    Without `workers` there are as many as the limit on model calls has permits. An
    item is asked for only when a worker is free. The first failure cancels the other
    rounds and awaits them, and so does a round that is `Enough`. `key` names the round
    of an item in paths, instead of its number. Where there is no item, `steps` are
    skipped.
    """

    def __init__(
        self,
        run: Run,
        name: str,
        *steps: str,
        workers: int | None,
        line: int,
        key: Callable[[Any], object] | None = None,
    ) -> None:
        self.run = run
        self.name = name
        self.steps = steps
        self.workers = workers or run.llm.permits
        self.line = line
        self.key = key
        self.prefix, around = round_of(run)
        self.results = RoundResults(around)
        self.crowded = 2 * KEPT_STEPS
        self.values: list[Any] = []
        self.keyed: dict[str, int] | None = {}
        self.outer = RENEWED.get([False])
        self.was_renewed = self.outer[0]

    async def run_workers(
        self, count: int, work: Callable[[], Coroutine[Any, Any, None]]
    ) -> list[Any]:
        """Run workers until there is nothing left, and return the values in order."""
        self.run.used_parallel |= count > 1
        self.was_renewed |= self.outer[0]
        try:
            async with Tasks() as tasks:
                for _ in range(count):
                    tasks.create_task(self.watch(work))
        except Stopped:
            return [value for value in self.values if value is not PENDING]
        finally:
            self.results.close()
        if not self.values:
            skip_steps(self.run, *self.steps)
        return self.values

    async def watch(self, work: Callable[[], Awaitable[None]]) -> None:
        """Run a worker, and note whether a round of its has been run again."""
        try:
            await work()
        finally:
            self.outer[0] |= RENEWED.get([False])[0]

    def begin(self, index: int, item: object) -> None:
        """Begin the round of an item: the steps of this task are in it from now on."""
        check_cancelled()
        run, name = self.run, index if self.key is None else self.named(item, index)
        path = f"{self.prefix}{self.name}[{name}]."
        ROUND.set((run.steps, run.prefix, path, self.results.begin(index)))
        if run.earlier is not None:
            self.outer[0] |= RENEWED.get()[0]
            RENEWED.set([self.was_renewed])

    def named(self, item: object, index: int) -> str:
        """Return the key of an item, without the secrets in it."""
        assert self.key is not None
        with Expression(self.run, "key", line=self.line):
            key = self.key(item)  # which may be what reads the first secret
            name: str = process_state().get("shown_key", str)(key)
        self.compare(name, index)
        return name

    def compare(self, name: str, index: int) -> None:
        """Warn, once, of rounds whose steps have the same paths.

        Of so many rounds that their records are dropped no more keys are kept.
        """
        if self.keyed is None or len(self.keyed) >= KEPT_STEPS:
            return
        if self.keyed.setdefault(name, index) != index:
            self.keyed = None
            warn = chain_logger(self.run.chain).warning
            what = "their steps have the same paths, and `resume` keeps none of them"
            loop = f"{self.prefix}{self.name}"
            warn("Several rounds of '%s' have the key '%s': %s", loop, name, what)

    def end(self, index: int, value: object) -> None:
        """End the round of an item, and keep its value."""
        self.results.end(index)
        if type(value) is Enough:
            self.values[index] = value.value
            raise Stopped
        self.values[index] = value
        if len(self.run.steps) >= self.crowded:
            self.crowded = drop_records(self.run)


class Pool(PoolBase):
    """A pool for items that are there, or that an iterator makes at once."""

    async def map(
        self, work: Callable[[T], Awaitable[Any]], items: Iterable[T] | None
    ) -> list[Any]:
        """Return what `work` makes of each item, in the order of the items."""
        source = self.numbered(items)

        async def work_off() -> None:
            for index, item in source:
                self.begin(index, item)
                self.end(index, await work(item))

        count = self.workers
        if isinstance(items, Sized):
            count = min(count, len(items) or 1)
        return await self.run_workers(count, work_off)

    def numbered(self, items: Iterable[T] | None) -> Iterator[tuple[int, T]]:
        """Yield the items with their numbers, to whichever worker asks."""
        with Expression(self.run, "for", line=self.line):
            for index, item in enumerate(fixed_items(items)):
                self.values.append(PENDING)
                yield index, item


def batches(items: Iterable[T] | None, size: int) -> Iterator[list[T]]:
    """Yield the items in lists of up to `size`."""
    batch: list[T] = []
    for item in fixed_items(items):
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
