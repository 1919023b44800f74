"""Rounds of loops, and branches that a run does not take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, MutableSequence, ValuesView
from collections.abc import Set as AbstractSet
from contextlib import nullcontext
from typing import TypeVar

from .earlier import RENEWED
from .expressions import Expression
from .round_results import RoundResults
from .run import ROUND, Run, Step, round_of

__all__ = ["renewing", "rounds", "skip_steps"]

T = TypeVar("T")


def skip_steps(run: Run, *names: str, but: tuple[str, ...] = ()) -> None:
    """Record the steps of branches that the run does not take: all `but` those it does."""
    for name in names:
        if name in but:
            continue
        step = Step(run, name, line=0)
        step.started = step.ended = run.time()
        step.skip()
        run.steps.append(step)


def checked_items(items: Iterable[T] | None) -> Iterable[T]:
    """Return items; raise `TypeError` for none, and for a text, which has characters."""
    if isinstance(items, str | bytes) or not isinstance(items, Iterable):
        found = "none" if items is None else type(items).__name__
        raise TypeError(f"`for` needs a list, but found {found}")
    return items


def fixed_items(given: Iterable[T] | None) -> Iterable[T]:
    """Return the items as they are now, whatever rounds do to a list or a mapping."""
    items = checked_items(given)
    changes = isinstance(items, MutableSequence | Mapping | AbstractSet | ValuesView)
    return [*items] if changes else items


def renewing(items: T) -> T:
    """Return items that others may have changed since the run that this one goes on from.

    Rounds run again then, as another item may have their number.
    """
    RENEWED.get([False])[0] = True
    return items


def rounds(
    run: Run, name: str, items: Iterable[T] | None, *steps: str, line: int | None = None
) -> Iterator[T]:
    """Yield the items of a loop, one a round; where there are none, skip `steps`.

    `line` is that of the expression of `items`, which may fail as they are found;
    without it a round goes on from what the one before has left.
    """
    prefix, around = round_of(run)
    results = RoundResults(around)
    outer = RENEWED.get([False])
    was_renewed = outer[0]
    index = -1
    standing = outside = ROUND.get()
    try:
        with Expression(run, "for", line=line) if line else nullcontext():
            for index, item in enumerate(fixed_items(items)):
                path, own = f"{prefix}{name}[{index}].", around
                if line:
                    results.end(index - 1)
                    own = results.begin(index)
                standing = (run.steps, run.prefix, path, own)
                ROUND.set(standing)
                if line and run.earlier is not None:
                    outer[0] |= RENEWED.get()[0]
                    RENEWED.set([was_renewed])
                yield item
    finally:
        # After an error this may run whenever, and in the context of another run.
        if ROUND.get() is standing:
            ROUND.set(outside)
            results.end(index)
            results.close()
            if run.earlier is not None:
                outer[0] |= RENEWED.get()[0]
                RENEWED.set(outer)
    if index < 0:
        skip_steps(run, *steps)
