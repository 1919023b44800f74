"""How many steps of one run work at once: what `max_parallel` becomes."""

from __future__ import annotations

from ..run.process import Limiter
from .named import Permits

__all__ = ["Slots"]


class Slots(Permits):
    """A permit for each step of a run that works, of which there are so many.

    A run that another one calls takes of those that it is `within` too.
    """

    def __init__(self, permits: int, within: Permits | None = None) -> None:
        super().__init__(Limiter(permits), within)
