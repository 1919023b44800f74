"""Runs whose channels are fed by a test."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

__all__ = ["fed_run"]


async def fed_run(handle: Any, items: Mapping[str, Iterable[Any]]) -> Mapping[str, Any]:
    """Return the record of a run; send items to its channels, and close all of them."""

    async def feed(name: str) -> None:
        for item in items.get(name, ()):
            await handle.send(name, copy.deepcopy(item))
        handle.close(name)

    async with handle:
        feeding = [asyncio.create_task(feed(name)) for name in handle.run.inbox]
        record: Mapping[str, Any] = await handle.result()
    for task in feeding:
        with suppress(RuntimeError, ValueError):  # the run had ended, or asks a person
            await task
    return record
