"""Parts of a chain that never matter: steps behind an end, timeouts, conditions."""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes

from n3gen.check.finders import chain_finder, finder
from n3gen.check.rules.idle_rules import (
    ConstantCondition,
    IdleKey,
    IdleTimeout,
    NeverReached,
)
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import parsed
from n3gen.semantics.tree import Block
from n3gen.semantics.walk import Places, all_steps, entries_in_time, every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import (
    Entry,
    FailStep,
    If,
    Match,
    Step,
    StopStep,
    ValueStep,
    While,
    Within,
)
from n3gen.spec.texts import expression
from n3gen.spec.values import shown

__all__ = [
    "check_conditions_of_rounds",
    "check_deadlines",
    "check_ends_of_bodies",
    "check_idle_keys",
]

_CONSTANT = frozenset(("env", "name", "options", "payload", "step"))
"""What references begin with that no round of a loop changes, unless it gives the name."""


@chain_finder
def check_ends_of_bodies(known: Semantics) -> Iterator[Diagnostic]:
    """Find steps behind a `fail` or `stop` that always comes before them."""
    for chain in known.checked:
        if chain.schedule != "dag" and chain.name not in known.spec.rejected:
            for block in known.trees[chain.name].blocks:
                yield from _never_reached(block, known.places)


def _never_reached(block: Block, places: Places) -> Iterator[Diagnostic]:
    end: int | None = None
    for index, entry in enumerate(block.entries):
        if entry.is_ending or block.order is None:
            return
        if end is not None and block.order.precedes(end, index):
            if _is_in_order(entry):
                before = block.entries[end].place
                there = places.name(before, "no step runs after this one")
                yield NeverReached.of(places.name(entry.place), there)
                return
        elif end is None and _ends(entry):
            end = index


def _is_in_order(entry: Entry) -> bool:
    """Whether an entry runs behind those before it, and before those behind it."""
    is_free = isinstance(entry, Step) and (entry.depends_on or entry.join is not None)
    return not (entry.parallel or entry.background or is_free)


def _ends(entry: Entry) -> bool:
    """Whether nothing behind an entry runs, whatever happens."""
    if not _is_in_order(entry):
        return False
    if isinstance(entry, FailStep | StopStep):
        goes_on = entry.may_be_skipped or entry.keeps_error or entry.endings
        return not goes_on
    if isinstance(entry, If | Match):
        is_whole = entry.otherwise is not None
        return is_whole and all(any(map(_ends, body)) for body in entry.bodies)
    return False


@chain_finder
def check_deadlines(known: Semantics) -> Iterator[Diagnostic]:
    """Find timeouts of steps that end no sooner than the `within` around them."""
    for chain in known.checked:
        for entry in every_entry(chain.steps):
            if isinstance(entry, Within):
                yield from _idle_timeouts(entry, known.places)


def _idle_timeouts(block: Within, places: Places) -> Iterator[Diagnostic]:
    for entry in entries_in_time(block.steps, withins=False):
        if isinstance(entry, Step) and (entry.timeout or 0) >= block.seconds:
            label = places.value(entry.place / "timeout")
            there = places.value(block.place / "within", "this ends it first")
            yield IdleTimeout.of(label, there)


_OF_WORK = ("timeout", "limit", "priority")
"""Keys that say how long the work of a step takes, and how much there is at once."""


@finder
def check_idle_keys(known: Semantics) -> Iterator[Diagnostic]:
    """Find limits and timeouts of steps that are done at once."""
    for step in all_steps(known.spec):
        if not isinstance(step, FailStep | StopStep | ValueStep):
            continue
        written = known.places.data(step.place)
        keys = [key for key in _OF_WORK if isinstance(written, dict) and key in written]
        if "limit" in keys and "priority" in keys:
            keys.remove("priority")  # which says nothing without a limit
        for key in keys:
            if key == "timeout" and step.timeout is None:
                continue  # another rule reports what is no time
            yield IdleKey.of(key, step.kind, known.places.key(step.place / key))


@chain_finder
def check_conditions_of_rounds(known: Semantics) -> Iterator[Diagnostic]:
    """Find conditions of `while` blocks that are the same before each round."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        for entry in every_entry(chain.steps):
            if isinstance(entry, While) and entry.max > 0 and _is_constant(entry):
                label = known.places.value(entry.place / "while")
                yield ConstantCondition.of(label, _way_out(entry))


def _is_constant(loop: While) -> bool:
    """Whether a condition reads something, and nothing that may change meanwhile."""
    read = parsed(expression(loop.condition))
    given = {*known_after(loop.steps), *loop.binds, *loop.counts}
    return bool(read.references) and not (
        read.faults
        or any(
            one.root not in _CONSTANT or one.name in given or one.fact
            for one in read.references
        )
        or any(read.tree.find_all(nodes.Call) if read.tree is not None else ())
    )


def _way_out(loop: While) -> str:
    steps = [entry for entry in loop.steps if isinstance(entry, Step)]
    example = f", such as `{shown(steps[-1].name)}`" if steps else ""
    return f"read what a step of its body gives{example}, or write an `if`"
