"""What the rounds of a loop came to, by step name, each apart from its neighbours."""

from __future__ import annotations

from typing import Any

__all__ = ["Results", "RoundResults"]


class Results(dict[str, Any]):
    """The results of a round by step name; a copy has those of the bodies `around` it too."""

    __slots__ = ("around",)

    def __init__(self, around: dict[str, Any]) -> None:
        self.around = around

    def copy(self) -> dict[str, Any]:
        return {**self.around.copy(), **self}


class RoundResults:
    """The results of rounds: a round reads its own and those of the bodies `around` it.

    Once the loop is over, the bodies around it have those of the last round that has one.
    """

    def __init__(self, around: dict[str, Any]) -> None:
        self.around = around
        self.own: dict[int, dict[str, Any]] = {}
        self.last: dict[str, tuple[int, Any]] = {}

    def begin(self, index: int, around: dict[str, Any] | None = None) -> Results:
        """Return the results that a round reads and adds to."""
        own = self.own[index] = Results(self.around if around is None else around)
        return own

    def end(self, index: int) -> None:
        """Keep the results of a round, but for those that a later round has too."""
        for name, result in self.own.pop(index, {}).items():
            if index >= self.last.get(name, (0, None))[0]:
                self.last[name] = index, result

    def close(self) -> None:
        """Give the results of the last rounds to the bodies around the loop."""
        for name, (_, result) in self.last.items():
            self.around[name] = result
