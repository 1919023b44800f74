"""What is known of tasks that were cancelled as what they are part of is over."""

from __future__ import annotations

import asyncio
import contextlib
import gc

from n3gen.templates.runtime.run.records import (
    CANCELLED,
    cancel_task,
    count_cancelled,
    is_being_cancelled,
)

from tests.clock import run


async def stubborn() -> None:
    """Takes no notice of being cancelled."""
    with contextlib.suppress(asyncio.CancelledError):
        await asyncio.sleep(50)
    await asyncio.sleep(1)


def test_no_more_is_known_of_a_cancelled_task_once_it_is_gone() -> None:
    async def main() -> list[bool]:
        task = asyncio.get_running_loop().create_task(stubborn())
        await asyncio.sleep(1)
        found = [is_being_cancelled(task)]
        cancel_task(task)
        cancel_task(task)
        found.append(is_being_cancelled(task))
        for _ in range(2):
            count_cancelled(task, -1)
            found.append(is_being_cancelled(task))
        assert len(CANCELLED) == before + 1
        with contextlib.suppress(asyncio.CancelledError):
            await task
        return found

    gc.collect()
    before = len(CANCELLED)
    assert run(main()) == [False, True, True, False]
    gc.collect()
    assert len(CANCELLED) == before
