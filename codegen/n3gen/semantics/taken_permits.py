"""The permits that the steps of a spec take, by the names of the steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from n3gen.semantics.asked import called_connector, model_call
from n3gen.semantics.walk import every_entry
from n3gen.spec.limits import LLM
from n3gen.spec.model import Connector, Limit, Spec, Step

__all__ = ["permits_of", "taken_permits"]


def taken_permits(spec: Spec) -> dict[str, tuple[int | None, Mapping[str, int]]]:
    """Return how many permits limits have, and how many each step takes of them.

    `llm` has none: how many model calls there may be is a setting. A limit of which steps
    of one name take different numbers is left out, as a record does not distinguish such steps
    apart.
    """
    limits = {limit.name: limit for limit in spec.limits}
    connectors = {connector.name: connector for connector in spec.connectors}
    taken: dict[str, list[dict[str, int]]] = defaultdict(list)
    for chain in spec.chains:
        for step in every_entry(chain.steps):
            if isinstance(step, Step):
                taken[step.name].append(permits_of(step, connectors, limits))
    found: dict[str, tuple[int | None, Mapping[str, int]]] = {}
    for name in dict.fromkeys(n for uses in taken.values() for u in uses for n in u):
        numbers = {step: {u.get(name, 0) for u in uses} for step, uses in taken.items()}
        if all(len(known) == 1 for known in numbers.values()):
            of_step = {step: n for step, (n,) in numbers.items() if n}
            found[name] = (None if name == LLM else limits[name].permits, of_step)
    return found


def permits_of(
    step: Step, connectors: Mapping[str, Connector], limits: Mapping[str, Limit]
) -> dict[str, int]:
    """Return the permits that a step takes, those of the limits around others too."""
    call = model_call(step, connectors)
    called = called_connector(step, connectors)
    taken: dict[str, int] = {}
    if step.limited and (call is not None or step.called is not None):
        taken[LLM] = 1
    for use in (*step.limits, *(called.limits if called is not None else ())):
        if use.name == LLM:
            taken[LLM] = use.number
        name: str | None = use.name
        while name is not None and name in limits:
            taken[name] = taken.get(name, 0) + use.number
            name = limits[name].within
    return taken
