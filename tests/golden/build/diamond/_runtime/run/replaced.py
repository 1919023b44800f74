"""Callables that a run is given in place of connectors of the spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from .callables import fault_of_call
from .inputs import InputError
from .run import Run


def check_replaced(run: Run, *asked: str, given: Sequence[str] = ()) -> None:
    """Check what a run is given for the connectors of its module, which have these names.

    In place of those of the spec, `asked`, it gets a context. Others may be for other
    modules, unless one is spelled almost like one of these: the real one would be called
    in its place. Raises `InputError`.
    """
    faults: list[str | None] = []
    names = (*asked, *given)
    for name, function in run.given.items():
        if name in asked:
            faults.append(fault_of_call(name, function, None))
        elif name not in names and isinstance(cast(Any, name), str):
            near = [known for known in names if is_slip(name, known)]
            faults += [f"'{name}' is almost '{k}'" for k in near if k not in run.given]
    if said := "; ".join(filter(None, faults)):
        raise InputError(f"Chain '{run.chain}' got wrong connectors: {said}")


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
