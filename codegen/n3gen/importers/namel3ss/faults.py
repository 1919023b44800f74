"""What ends the reading of a file, and what ends that of one statement."""

from __future__ import annotations

from n3gen.diagnostics import Diagnostic

__all__ = ["Stop", "Unmapped"]


class Stop(Exception):
    """A fault of a file, which namel3ss would refuse as well."""

    def __init__(self, problem: Diagnostic) -> None:
        super().__init__(problem.message)
        self.problem = problem


class Unmapped(Exception):
    """A part that no chain can say; `start` is where it is in its file."""

    def __init__(self, why: str, start: int) -> None:
        super().__init__(why)
        self.why = why
        self.start = start
