"""Actors that all runs of a process share."""

from __future__ import annotations

from ..run.run import Run
from .actor import Actor, LiveActor

__all__ = ["SharedActor"]


class SharedActor(Actor):
    """An actor that lives on after its run: on the event loop, or for all of the process."""

    def live(self, run: Run) -> LiveActor:
        return self.found(self.kind.shared(), run)
