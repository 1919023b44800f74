"""Work of a body that others may read or wait for before it begins."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVarTuple

from .background import Background, BackgroundTask, Join
from .earlier import RENEWED

__all__ = ["PlannedTask"]

Ts = TypeVarTuple("Ts")


class PlannedTask(BackgroundTask[Any]):
    """A task that begins later than a step of whose `joins` it is a member may.

    Until then it has no value. One that never begins, as its body has failed, has none.
    """

    def __init__(self, background: Background, *joins: Join) -> None:
        super().__init__(joins)
        self.background = background

    async def begin(
        self,
        work: Callable[[*Ts], Coroutine[Any, Any, Any]],
        *args: *Ts,
        in_background: bool = False,
    ) -> PlannedTask:
        """Begin as `Background.begin` does."""
        self.renewed = [*RENEWED.get([False])]
        background = self.background
        await background.begin_task(self, work, args, in_background=in_background)
        return self

    async def wait(self) -> Any:
        """Return the value once there is one."""
        if self.task is None and self.background.is_ending:
            return self.value
        return await super().wait()
