"""Where entries of random chains are drawn, and what may be in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

__all__ = ["Data", "Place", "Traits", "is_number"]

Data = dict[str, Any]


@dataclass(frozen=True)
class Traits:
    """What may be in chains: failures, constructs that depend on time, short permits."""

    failing: bool = True
    timed: bool = True
    limited: bool = False


@dataclass(frozen=True)
class Place:
    """Where entries are drawn.

    `names` can be read there, `numbers` among them are whole numbers, and of `steps` the
    records. `spread` is a sum
    that makes the times of rounds differ which run at once. `loose` are names of what may
    still run, for which calls may wait. `is_apart` says that nothing
    else happens in the moment in which the next entry starts, `is_round` that names are
    those of the round before until their entries have run, `is_inside` that it is in a
    loop.
    """

    depth: int
    names: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ("payload.n",)
    steps: tuple[str, ...] = ()
    spread: str = "payload.k"
    loose: tuple[str, ...] = ()
    is_apart: bool = True
    is_round: bool = False
    is_inside: bool = False

    def knowing(self, *entries: Data) -> Place:
        """Return the place behind entries that have run."""
        names = [entry["name"] for entry in entries if "name" in entry]
        numbers = [entry["name"] for entry in entries if is_number(entry)]
        steps = [entry["name"] for entry in entries if has_record(entry)]
        return replace(
            self,
            names=tuple(dict.fromkeys([*self.names, *names])),
            numbers=tuple(dict.fromkeys([*self.numbers, *numbers])),
            steps=tuple(dict.fromkeys([*self.steps, *steps])),
        )

    def inside(self, *, together: bool = False) -> Place:
        """Return the place in a body of a block here, of one that runs beside others."""
        return replace(
            self,
            depth=self.depth - 1,
            is_apart=self.is_apart and not together,
            is_round=False,
        )


def is_number(entry: Data) -> bool:
    """Say whether the value of an entry is always a whole number."""
    given = entry.get("options", {}).get("give", "")
    may_be_none = {"when", "on_error", "background", "joined", "on_skip"}
    return not entry.keys() & may_be_none and "% 7" in str(given)


def has_record(entry: Data) -> bool:
    """Say whether an entry is a step, whose record can be read behind it."""
    return bool({"target", "wait", "emit"} & entry.keys()) and "background" not in entry
