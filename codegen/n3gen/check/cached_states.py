"""Caches that stand around states, which their keys do not hold."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.check.finders import finder
from n3gen.check.rules.state_rules import StateInCache
from n3gen.diagnostics import Diagnostic
from n3gen.semantics.known import Semantics
from n3gen.semantics.reached import states_of
from n3gen.semantics.reads import states_used
from n3gen.semantics.walk import all_steps, every_entry, with_called
from n3gen.spec.model import ChainStep, StageStep, Step
from n3gen.spec.values import shown

__all__ = ["check_cached_states"]


@finder
def check_cached_states(known: Semantics) -> Iterator[Diagnostic]:
    """Find caches without a `key` of what reads or changes states inside."""
    for step in all_steps(known.spec):
        if step.cache is None or step.cache.has_key:
            continue
        states = sorted(_states_inside(known, step))
        if states:
            label = known.places.key(step.place / "cache")
            yield StateInCache.of(shown(step.name), shown(states[0]), label)


def _states_inside(known: Semantics, step: Step) -> set[str]:
    """The states of the steps in a body, and of the chains that run in a step."""
    own = [*every_entry(step.steps)] if isinstance(step, StageStep) else []
    calls = [one for one in (*own, step) if isinstance(one, ChainStep)]
    targets = [one.target or "" for one in calls]
    called = [known.chains[target] for target in targets if target in known.chains]
    found = {name for entry in own for name in states_used(entry)}
    return found.union(*map(states_of, with_called(called, known.chains)))
