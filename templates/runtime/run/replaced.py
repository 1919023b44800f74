"""Callables that a run is given in place of connectors of the spec."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from .inputs import InputError
from .run import Run

__all__ = ["check_replaced"]


def check_replaced(run: Run, *names: str) -> None:
    """Check what a run is given for the connectors of its module, which have these names.

    Others may be for other modules, unless one is spelled almost like one of these:
    the real one would be called in its place. Raises `InputError`.
    """
    given = cast("Mapping[object, object]", run.given)
    faults: list[str] = []
    for name, function in given.items():
        if name in names and not callable(function):
            faults.append(f"'{name}' must be callable, not {type(function).__name__}")
        elif name not in names and isinstance(name, str):
            near = [known for known in names if is_slip(name, known)]
            faults += [f"'{name}' is almost '{k}'" for k in near if k not in given]
    if faults:
        raise InputError(
            f"Chain '{run.chain}' got wrong connectors: {', '.join(faults)}"
        )


def is_slip(name: str, other: str) -> bool:
    """Say whether two names differ by one letter or two swapped ones.

    Names that differ in a digit are different on purpose.
    """
    left, right = name.casefold(), other.casefold()
    if min(len(left), len(right)) < 4 or abs(len(left) - len(right)) > 1:
        return False
    while left and right and left[0] == right[0]:
        left, right = left[1:], right[1:]
    while left and right and left[-1] == right[-1]:
        left, right = left[:-1], right[:-1]
    is_swap = len(left) == 2 and left == right[::-1]
    is_short = len(left) < 2 and len(right) < 2
    return (is_swap or is_short) and not any(map(str.isdigit, left + right))
