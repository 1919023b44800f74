"""Bounds: rounds and times."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import chain_finder, finder
from n3gen.check.meant import are_milliseconds
from n3gen.check.rules.limit_rules import StepOutlivesChain, WhileNeverRuns
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.tree import Spot
from n3gen.semantics.walk import Places, entries_in_time, every_entry
from n3gen.spec.model import (
    Chain,
    ChainStep,
    Finally,
    Place,
    Race,
    Spec,
    Step,
    WaitStep,
    While,
    Within,
)
from n3gen.spec.values import shown

__all__ = ["check_limits", "check_pauses_in_time", "check_waits_in_time"]


@finder
def check_limits(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of rounds and times."""
    spec, places = known.spec, known.places
    called = _called(spec)
    for chain in spec.chains:
        is_called = chain.used or chain.name in called
        if chain.timeout is None and not (is_called or chain.name in spec.rejected):
            yield from _beyond_default(chain, known)
        for entry in every_entry(chain.steps):
            if isinstance(entry, While) and entry.max < 1:
                yield WhileNeverRuns.of(entry.max, places.value(entry.place / "max"))
        for entry in entries_in_time(chain.steps):
            if isinstance(entry, Step):
                what = f"step `{shown(entry.name)}`"
                yield from _times(
                    chain, what, entry.timeout, entry.place / "timeout", places
                )
            elif isinstance(entry, Within):
                place = entry.place / "within"
                yield from _times(chain, "`within`", entry.seconds, place, places)


def _called(spec: Spec) -> set[str]:
    """The chains that steps run."""
    return {target for chain in spec.chains for target in chain.calls}


@chain_finder
def check_waits_in_time(known: Semantics) -> Iterator[Diagnostic]:
    """Find waits for a time that something ends before it is over."""
    called = _called(known.spec)
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        is_called = chain.used or chain.name in called
        for spot in known.trees[chain.name].spots():
            step = spot.entry
            if isinstance(step, WaitStep) and step.signal is None:
                yield from _cut_short(step, spot, chain, known, is_called=is_called)


def _cut_short(
    step: WaitStep, spot: Spot, chain: Chain, known: Semantics, *, is_called: bool
) -> Iterator[Diagnostic]:
    """Tell of the innermost deadline that comes before a wait is over."""
    ends = [*_ends(spot, chain, of_steps=True)]
    is_last = any(isinstance(above.entry, Finally) for above in spot.upward())
    if chain.timeout is None and not (is_called or is_last):
        ends.append((known.chain_timeout, None, "a chain that states no timeout"))
    for seconds, place, what in ends:
        if seconds is not None and seconds <= step.wait:
            there = known.places.value(place, "this ends it first") if place else None
            label = known.places.value(step.place / "wait")
            times = step.wait, seconds
            yield StepOutlivesChain.waiting(shown(step.name), what, times, label, there)
            return


def _ends(
    spot: Spot, chain: Chain, *, of_steps: bool
) -> Iterator[tuple[float | None, Place | None, str]]:
    """Yield the stated deadlines around a spot, the innermost first.

    Those `of_steps` are for one try, so that pauses between tries lie outside of them.
    What is in a `finally` has a time of its own, which what is around does not cut.
    """
    for above in spot.upward():
        entry = above.entry
        if isinstance(entry, Finally):
            return
        if isinstance(entry, Within):
            yield entry.seconds, entry.place / "within", "its `within`"
        elif isinstance(entry, Step) and of_steps:
            yield entry.timeout, entry.place / "timeout", "its timeout"
    yield chain.timeout, chain.place / "timeout", "its chain"


@chain_finder
def check_pauses_in_time(known: Semantics) -> Iterator[Diagnostic]:
    """Find delays of tries and of contenders that a stated deadline never lets end."""
    for chain in known.checked:
        if chain.name in known.spec.rejected:
            continue
        for spot in known.trees[chain.name].spots():
            entry = spot.entry
            if isinstance(entry, Race) and entry.stagger is not None:
                what = "a `stagger`"
                yield from _pause(what, entry.stagger, "stagger", spot, chain, known)
            elif (
                isinstance(entry, Step) and (tries := entry.retry) and not tries.jitter
            ):
                seconds = min(tries.delay, tries.max_delay)
                what = f"the first new try of step `{shown(entry.name)}`"
                yield from _pause(what, seconds, "retry", spot, chain, known)


def _pause(
    what: str, seconds: float, key: str, spot: Spot, chain: Chain, known: Semantics
) -> Iterator[Diagnostic]:
    """Tell of the innermost stated deadline that comes before a pause is over."""
    for end, place, words in _ends(spot, chain, of_steps=False):
        if place is not None and end is not None and end <= seconds:
            label = known.places.value(spot.entry.place / key)
            there = known.places.value(place, "this ends it first")
            yield StepOutlivesChain.pause(what, words, (seconds, end), label, there)
            return


def _times(
    chain: Chain, what: str, seconds: float | None, place: Place, places: Places
) -> Iterator[Diagnostic]:
    if chain.timeout is None or seconds is None or seconds <= chain.timeout:
        return
    yield StepOutlivesChain.of(
        what,
        (seconds, chain.timeout),
        places.value(place),
        places.value(chain.place / "timeout", "the chain ends here"),
    )


def _beyond_default(chain: Chain, known: Semantics) -> Iterator[Diagnostic]:
    """Find times that are longer than a chain has that states none, and nothing calls.

    Time stands still for such a chain while it waits for a person, be it in a chain
    that a step runs.
    """
    for entry in entries_in_time(chain.steps):
        is_block = isinstance(entry, Within)
        key = "within" if is_block else "timeout"
        seconds: float | None = None
        if isinstance(entry, Within):
            seconds = entry.seconds
        elif isinstance(entry, Step):
            seconds = entry.timeout
        inside = [entry, *(one for body in entry.bodies for one in every_entry(body))]
        if seconds is None or seconds <= known.chain_timeout:
            continue
        if are_milliseconds(known.places.data(entry.place / key)):
            continue  # reported elsewhere
        if not any(isinstance(one, WaitStep | ChainStep) for one in inside):
            what = "`within`" if is_block else f"step `{shown(entry.name)}`"
            times = seconds, known.chain_timeout
            label = known.places.value(entry.place / key)
            yield StepOutlivesChain.by_default(what, times, shown(chain.name), label)
