"""Running chains against real servers: nothing may stay open when one has ended."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import Any

__all__ = ["events_of", "run"]


def run(module: ModuleType, chain: str = "c", payload: Any = None) -> dict[str, Any]:
    """The record of a run."""

    async def main() -> dict[str, Any]:
        try:
            record: dict[str, Any] = await module.run_chain(chain, payload)
            return record
        finally:
            await module.aclose()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    return asyncio.run(main())


def events_of(
    module: ModuleType, chain: str = "c", payload: Any = None
) -> list[dict[str, Any]]:
    """The events of a run that is listened to: its answers are streamed."""

    async def main() -> list[dict[str, Any]]:
        try:
            return [event async for event in module.stream_chain(chain, payload)]
        finally:
            await module.aclose()
            assert asyncio.all_tasks() == {asyncio.current_task()}

    return asyncio.run(main())
