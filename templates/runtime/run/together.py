"""Scopes in which all members run together."""

from __future__ import annotations

from .group import Group
from .run import Run

__all__ = ["Together"]


class Together(Group):
    """A group that runs its members together, whatever the run says of parallel steps."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.is_parallel = True
