"""Named limits: what is unknown, what can never be had, and who waits for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from n3gen.check.finders import finder
from n3gen.check.rules.call_rules import UnknownName
from n3gen.check.rules.named_limit_rules import (
    CircularLimit,
    HeldTwice,
    IdlePriority,
    NeverFits,
    NeverReached,
    ReservedLimit,
)
from n3gen.diagnostics import Diagnostic, nearest
from n3gen.diagnostics.suggest import listed
from n3gen.semantics.asked import asked_by, model_call
from n3gen.semantics.known import Semantics
from n3gen.semantics.walk import all_steps, every_entry
from n3gen.spec.limits import LLM, Limit, LimitUse
from n3gen.spec.model import (
    ChainStep,
    Connector,
    ConnectorStep,
    Entries,
    StageStep,
    Step,
)
from n3gen.spec.values import shown

__all__ = ["check_named_limits"]


@finder
def check_named_limits(known: Semantics) -> Iterator[Diagnostic]:
    """Find faults of named limits."""
    limits = {limit.name: limit for limit in known.spec.limits}
    yield from _definitions(known, limits)
    circles = list(_circles(known, limits))
    yield from circles
    takers: tuple[Step | Connector, ...] = (
        *all_steps(known.spec),
        *known.spec.connectors,
    )
    for taker in takers:
        for use in taker.limits:
            if use.name != LLM and use.name not in limits:
                yield from _unknown(known, use, limits)
    if circles:
        return
    yield from _never_reached(known, limits)
    for step in all_steps(known.spec):
        yield from _too_many(known, step, limits)
        waits = _uses(known, step) or _waited_for(known, step, limits)
        if step.priority and not waits:
            yield IdlePriority.of(
                shown(step.name), known.places.value(step.place / "priority")
            )
        if step.limits:
            yield from _held_twice(known, step, limits)


def _definitions(known: Semantics, limits: Mapping[str, Limit]) -> Iterator[Diagnostic]:
    """Find names that mean something else, and limits around others that are none."""
    for limit in limits.values():
        if limit.name in (LLM, "none"):
            yield ReservedLimit.of(limit.name, known.places.key(limit.place))
        outer = limit.within
        if outer == LLM:
            label = known.places.value(limit.place / "within")
            yield ReservedLimit.around(shown(limit.name), label)
        elif outer is not None and outer not in {*limits, *known.spec.rejected}:
            label = known.places.value(limit.place / "within")
            yield UnknownName.of("limit", shown(outer), label, nearest(outer, limits))


def _never_reached(
    known: Semantics, limits: Mapping[str, Limit]
) -> Iterator[Diagnostic]:
    """Find limits whose permits the one around them does not have."""
    for limit in limits.values():
        outer = limits.get(limit.within or "")
        if outer is not None and limit.permits > outer.permits:
            inner, around = ((shown(one.name), one.permits) for one in (limit, outer))
            label = known.places.value(limit.place / "permits")
            defined = known.places.key(outer.place, "the limit around it")
            yield NeverReached.of(inner, around, label, defined)


def _unknown(
    known: Semantics, use: LimitUse, limits: Mapping[str, Limit]
) -> Iterator[Diagnostic]:
    if use.name in known.spec.rejected or known.spec.lacks_files:
        return
    places = known.places
    is_key = use.place.loc[-1] == use.name
    label = places.key(use.place) if is_key else places.value(use.place)
    if several := listed(use.name, limits):
        yield UnknownName.of(
            "limit", shown(use.name), label, None, f"write `{several}`"
        )
        return
    meant = nearest(use.name, (*limits, LLM, "none"))
    yield UnknownName.of("limit", shown(use.name), label, meant and shown(meant))


def _circles(known: Semantics, limits: Mapping[str, Limit]) -> Iterator[Diagnostic]:
    """Find limits that are within each other, each circle once."""
    done: set[str] = set()
    for name in limits:
        way: list[str] = []
        current = name
        while current in limits and current not in done and current not in way:
            way.append(current)
            current = limits[current].within or ""
        if current in way:
            circle = [*way[way.index(current) :], current]
            label = known.places.value(limits[way[-1]].place / "within")
            yield CircularLimit.of([shown(one) for one in circle], label)
        done.update(way)


def _needs(uses: tuple[LimitUse, ...], limits: Mapping[str, Limit]) -> Counter[str]:
    """The permits that are needed of each limit, those around counted."""
    needed: Counter[str] = Counter()
    for use in uses:
        name: str | None = use.name
        while name is not None and name in limits:
            needed[name] += use.number
            name = limits[name].within
    return needed


def _uses(known: Semantics, step: Step) -> tuple[LimitUse, ...]:
    """What a step takes, and what its connector does."""
    called = model_call(step, known.connectors)
    own = called.limits if isinstance(called, Connector) else ()
    return (*step.limits, *own)


def _too_many(
    known: Semantics, step: Step, limits: Mapping[str, Limit]
) -> Iterator[Diagnostic]:
    """Find what can never be had, at the first that takes too many."""
    uses = _uses(known, step)
    for index, use in enumerate(uses, start=1):
        for name, needed in _needs(uses[:index], limits).items():
            permits = limits[name].permits
            if needed > permits:
                defined = known.places.key(limits[name].place, "the limit")
                label = known.places.value(use.place)
                yield NeverFits.of(shown(name), needed, permits, label, defined)
                return


def _held_twice(
    known: Semantics, caller: Step, limits: Mapping[str, Limit]
) -> Iterator[Diagnostic]:
    """Find a limit of a step for which one among those that it runs waits too."""
    held = _taken(caller.limits, limits)
    for step in _inside(known, caller):
        waited = _waited_for(known, step, limits)
        if name := next((one for one in held if one in waited), None):
            places = known.places
            label = places.value(caller.place / "limit")
            inner = places.name(step.place, "this one waits")
            yield HeldTwice.of(shown(name), shown(step.name), label, inner)
            return


def _inside(known: Semantics, caller: Step) -> Iterator[Step]:
    """Yield the steps that run while a step does: those of its chain, or of its body."""
    seen: set[str] = set()
    bodies = [_run_by(known, caller)]
    while bodies:
        for entry in every_entry(bodies.pop()):
            if not isinstance(entry, Step):
                continue
            yield entry
            target = entry.target if isinstance(entry, ChainStep) else None
            if target is not None and target not in seen:
                seen.add(target)
                bodies.append(_run_by(known, entry))


def _run_by(known: Semantics, step: Step) -> Entries:
    """The entries that a step runs itself, the clauses behind it aside."""
    if isinstance(step, StageStep):
        return step.steps
    target = step.target if isinstance(step, ChainStep) else None
    chain = known.chains.get(target or "")
    return chain.steps if chain is not None else ()


def _taken(uses: tuple[LimitUse, ...], limits: Mapping[str, Limit]) -> list[str]:
    """The limits that are taken, those around them and the one on model calls counted."""
    calls = [LLM] if any(use.name == LLM for use in uses) else []
    return [*_needs(uses, limits), *calls]


def _waited_for(known: Semantics, step: Step, limits: Mapping[str, Limit]) -> set[str]:
    """The limits of which a step may wait for permits, in its fallbacks too."""
    asked = asked_by(step, known.connectors)
    own = (use for call in asked if isinstance(call, Connector) for use in call.limits)
    waited = {*_taken((*step.limits, *own), limits)}
    asks = bool(asked) or isinstance(step, ConnectorStep) or bool(step.fallback)
    return waited | {LLM} if asks and step.limited else waited
