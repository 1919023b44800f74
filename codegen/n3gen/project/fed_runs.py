"""Runs whose channels are fed by a test or a simulation."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator, Collection, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any

from n3gen.semantics.channels import fed_channels
from n3gen.spec.model import Chain
from n3gen.spec.values import shown

__all__ = ["Items", "fed_run", "unfed_channels"]

Items = Iterable[Any] | AsyncGenerator[Any, None]
"""What is sent to a channel, at once or over time."""


async def fed_run(handle: Any, items: Mapping[str, Items]) -> Mapping[str, Any]:
    """Return the record of a run; send items to its channels, and close all of them."""

    async def feed(name: str) -> None:
        async with aclosing(_each(items.get(name, ()))) as each:
            async for item in each:
                await handle.send(name, copy.deepcopy(item))
        handle.close(name)

    async with handle:
        feeding = [asyncio.create_task(feed(name)) for name in handle.run.inbox]
        record: Mapping[str, Any] = await handle.result()
    for task in feeding:
        task.cancel()
        # The run had ended, or asks a person.
        with suppress(RuntimeError, ValueError, asyncio.CancelledError):
            await task
    return record


def unfed_channels(
    chain: Chain, sent: Collection[str], record: Mapping[str, Any]
) -> str:
    """What a test has to send, where its run failed as nobody feeds its channels."""
    channels = [shown(name) for name in fed_channels(chain)]
    if sent or not channels or "ChannelError: " not in (record["error"] or ""):
        return ""
    named = " and ".join(f"`{name}`" for name in channels)
    noun = "channel" if len(channels) == 1 else "channels"
    items = ", ".join(f"{name}: []" for name in channels)
    return f"the caller feeds the {noun} {named}: say what comes by `send: {{{items}}}`"


async def _each(items: Items) -> AsyncGenerator[Any, None]:
    if isinstance(items, AsyncGenerator):
        async with aclosing(items):
            async for item in items:
                yield item
        return
    for item in items:
        yield item
