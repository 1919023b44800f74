"""What a run waited for when its time was over."""

from __future__ import annotations

from types import TracebackType

from .run import Run

__all__ = ["Waiting"]


class Waiting:
    """A wait that the error of a run names where the run ends in it at its deadline."""

    def __init__(self, run: Run, what: str) -> None:
        self.run = run
        self.what = what

    def __enter__(self) -> None:
        return

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None and self.run.time() >= self.run.deadline:
            self.run.waits.append(self.what)
