"""What a `depends_on` waits for: some of several steps, or their ends."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from tests.reference.model import Data, Failed

__all__ = ["Join", "join_of", "members_of"]


def join_of(entry: Data) -> Data:
    """Return a `depends_on` as one of some: `of` them `count`, or which have `ended`."""
    stated = entry.get("depends_on", [])
    if not isinstance(stated, dict):
        return {}
    if "any" in stated:
        return {"count": 1, "of": stated["any"]}
    return stated


def members_of(entry: Data) -> list[str]:
    """Return the names in a `depends_on`."""
    stated = entry.get("depends_on", [])
    if not isinstance(stated, dict):
        return list(stated)
    join = join_of(entry)
    return [*join.get("of", ()), *join.get("ended", ())]


class Join:
    """Lets a step start once enough of its members have succeeded."""

    def __init__(self, step: str, count: int, members: Collection[int]) -> None:
        self.step, self.count, self.members = step, count, members
        self.open = len(members)
        self.good = 0
        self.errors: list[Any] = []
        self.may_start = asyncio.Event()
        self.decide()

    def end(self, *, good: bool, error: Any = None) -> None:
        """Count a member that has ended."""
        self.open -= 1
        self.good += good
        self.errors += [] if error is None else [error]
        self.decide()

    def decide(self) -> None:
        """Let the step start, or fail where too few can succeed."""
        if self.may_start.is_set():
            return
        if self.good >= self.count or not (self.open or self.errors):
            self.may_start.set()
        elif self.errors and self.good + self.open < self.count:
            raise lost(self)


def lost(join: Join) -> Exception:
    """Return the error of a join whose members have failed."""
    words = f"{join.good} of {len(join.members)} steps succeeded, "
    words += f"{join.count} {'is' if join.count == 1 else 'are'} needed"
    many = f"({len(join.errors)} sub-exception{'s' if len(join.errors) > 1 else ''})"
    why = f"ExceptionGroup: {words} {many}: {'; '.join(map(str, join.errors[:3]))}"
    owner = f"Step '{join.step}' failed in `depends_on`"
    kinds = {(error.kind, error.status) for error in join.errors}
    failure = Failed(owner, why, *(kinds.pop() if len(kinds) == 1 else ()))
    failure.ends_missed = tuple(end for e in join.errors for end in e.ends_missed)
    return failure
