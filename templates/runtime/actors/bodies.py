"""The objects of actors, in the threads that they live in."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing
from contextvars import copy_context
from typing import Any, cast

__all__ = ["Body"]


class Body:
    """An object that its first call makes; its coroutines share an event loop."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make
        self.made: list[Any] = []
        self.runner: asyncio.Runner | None = None

    def call(self, method: str, arguments: dict[str, Any]) -> Any:
        """Return what a method of the object comes to; make the object first."""
        if not self.made:
            self.made = [self.settled(self.make())]
        result = self.settled(getattr(self.made[0], method)(**arguments))
        # The object itself may be an iterator, and what its methods return is a list.
        return [*result] if isinstance(result, Iterator) else result

    def close(self) -> None:
        """Close the object, if it is there and can be closed."""
        made, self.made = self.made, []
        try:
            for one in made:
                close = getattr(one, "aclose", None) or getattr(one, "close", None)
                if close is not None:
                    self.settled(close())
        finally:
            runner, self.runner = self.runner, None
            if runner is not None:
                runner.close()

    def settled(self, result: Any) -> Any:
        """Return what a call of any kind comes to: a coroutine's value, an async generator's items."""
        if inspect.isasyncgen(result):
            result = collected_items(cast("AsyncGenerator[Any, None]", result))
        if not inspect.isawaitable(result):
            return result
        if self.runner is None:
            self.runner = asyncio.Runner()
        return self.runner.run(settled_value(result), context=copy_context())


async def settled_value(result: Any) -> Any:
    return await result


async def collected_items(generator: AsyncGenerator[Any, None]) -> list[Any]:
    async with aclosing(generator):
        return [item async for item in generator]
