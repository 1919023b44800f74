"""Sources of a loop that make their items while it runs."""

from __future__ import annotations

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from typing import Any, cast

from .callables import is_async
from .expressions import Expression
from .pool import PENDING, PoolBase
from .records import is_stray
from .rounds import checked_items
from .threads import error_of_thread, in_thread

__all__ = ["Stream", "StreamPool"]

END: Any = object()
"""What stands for the item behind the last one."""


class Stream:
    """The items of a function: an async or a sync generator, or what it returns.

    A sync one is asked in a thread. With `batch` the items come in lists of up to so
    many.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: dict[str, Any],
        batch: int | None = None,
    ) -> None:
        self.function = function
        self.arguments = arguments
        self.batch = batch
        self.source: AsyncIterator[Any] | None = None

    async def open(self) -> None:
        """Call the function."""

        def call() -> Any:
            return self.function(**self.arguments)

        found = call() if is_async(self.function) else await in_thread(call)
        if inspect.isawaitable(found):
            found = await found
        if not isinstance(found, AsyncIterator):
            if hasattr(found, "__aiter__"):
                found = aiter(found)
            else:
                found = ThreadedItems(checked_items(found))
        self.source = cast("AsyncIterator[Any]", found)

    async def next(self) -> Any:
        """Return the next item or batch, or `END`."""
        if self.source is None:
            await self.open()
        assert self.source is not None
        if self.batch is None:
            return await anext(self.source, END)
        items: list[Any] = []
        while len(items) < self.batch:
            item = await anext(self.source, END)
            if item is END:
                break
            items.append(item)
        return items or END

    async def close(self) -> None:
        """Close the generator."""
        close = getattr(self.source, "aclose", None)
        if close is not None:
            await close()


class ThreadedItems(AsyncIterator[Any]):
    """The items of a sync iterator, each asked for in a thread."""

    def __init__(self, items: Iterable[Any]) -> None:
        self.items: Iterator[Any] = iter(items)
        self.busy = threading.Lock()
        self.is_closed = False

    async def __anext__(self) -> Any:
        item = await in_thread(self.ask)
        if item is END:
            raise StopAsyncIteration
        return item

    def ask(self) -> Any:
        """Ask for an item; close the generator if the loop has ended meanwhile."""
        with self.busy:
            item = END if self.is_closed else next(self.items, END)
        if self.is_closed:
            self.close_items()
        return item

    async def aclose(self) -> None:
        """Close the generator, or let the thread do it that still asks it."""
        self.is_closed = True
        self.close_items()

    def close_items(self) -> None:
        """Close the generator, unless a thread is in it."""
        close = getattr(self.items, "close", None)
        if close is not None and self.busy.acquire(blocking=False):
            try:
                close()
            finally:
                self.busy.release()


class StreamPool(PoolBase):
    """A pool for items that come over time; the source is asked by one worker at once.

    Which item has which number may change from run to run: in a run that goes on from
    another, rounds without a key run again.
    """

    async def map(
        self, work: Callable[[Any], Awaitable[Any]], stream: Stream
    ) -> list[Any]:
        """Return what `work` makes of each item, in the order of the items."""
        self.was_renewed |= self.key is None
        turn = asyncio.Lock()
        is_over = False

        async def work_off() -> None:
            nonlocal is_over
            while True:
                async with turn:
                    item = END if is_over else await self.ask(stream)
                    if item is END:
                        is_over = True
                        return
                    index = len(self.values)
                    self.values.append(PENDING)
                self.begin(index, item)
                self.end(index, await work(item))

        try:
            return await self.run_workers(self.workers, work_off)
        finally:
            await stream.close()

    async def ask(self, stream: Stream) -> Any:
        """Return the next item; an error of the source is one of the loop's items."""
        with Expression(self.run, "for", line=self.line):
            try:
                return await stream.next()
            except BaseException as error:
                if isinstance(error, Exception) or not is_stray(error):
                    raise
                raise error_of_thread(error) from error
