"""Where places of a text are after a change of it."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Shift"]

_STEP = 4096
"""Characters that are compared at a time."""


@dataclass(frozen=True, slots=True)
class Shift:
    """A change of a text in one place.

    The texts have the first `ahead` and the last `behind` characters in common;
    `before` and `after` are their lengths.
    """

    ahead: int
    behind: int
    before: int
    after: int

    @classmethod
    def between(cls, before: str, after: str) -> Shift:
        """The change from one text to another."""
        shortest = min(len(before), len(after))
        ahead = _common(before, after, shortest)
        behind = _common(before[::-1], after[::-1], shortest - ahead)
        return cls(ahead, behind, len(before), len(after))

    def on(self, offset: int) -> int:
        """Where an offset of the text before is in the text after."""
        return _moved(offset, self.ahead, self.behind, self.before, self.after)

    def back(self, offset: int) -> int:
        """Where an offset of the text after was in the text before."""
        return _moved(offset, self.ahead, self.behind, self.after, self.before)


def _moved(offset: int, ahead: int, behind: int, length: int, other: int) -> int:
    if offset <= ahead:
        return offset
    if length - offset <= behind:
        return other - (length - offset)
    return min(offset, other - behind)


def _common(one: str, other: str, most: int) -> int:
    """How many characters, at most so many, two texts have in common at their start."""
    at = 0
    while at < most and one[at : at + _STEP] == other[at : at + _STEP]:
        at += _STEP
    while at < most and one[at] == other[at]:
        at += 1
    return min(at, most)
