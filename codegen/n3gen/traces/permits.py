"""The permits that the steps of a spec take, by the names of the steps."""

from __future__ import annotations

from collections import defaultdict

from n3gen.semantics.asked import called_connector, model_call
from n3gen.semantics.walk import every_entry
from n3gen.spec.limits import LLM
from n3gen.spec.model import Connector, Limit, Spec, Step
from n3gen.traces.model import LimitUses

__all__ = ["limit_uses"]


def limit_uses(spec: Spec, llm: int) -> dict[str, LimitUses]:
    """Return what the steps of a spec take of each limit; `llm` is how many calls there may be.

    A limit of which steps of one name take different numbers is left out, as a record
    does not tell such steps apart.
    """
    limits = {limit.name: limit for limit in spec.limits}
    connectors = {connector.name: connector for connector in spec.connectors}
    taken: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    steps = [
        entry
        for chain in spec.chains
        for entry in every_entry(chain.steps)
        if isinstance(entry, Step)
    ]
    for step in steps:
        for name, number in _taken(step, connectors, limits).items():
            taken[name][step.name].add(number)
    known = {step.name for step in steps}
    found: dict[str, LimitUses] = {}
    for name, uses in taken.items():
        of_step = {step: number for step, (number, *_) in uses.items()}
        if all(len(numbers) == 1 for numbers in uses.values()) and known >= set(uses):
            most = llm if name == LLM else limits[name].permits
            found[name] = LimitUses(most, of_step)
    return found


def _taken(
    step: Step, connectors: dict[str, Connector], limits: dict[str, Limit]
) -> dict[str, int]:
    """The permits that one step takes, those of the limits around others too."""
    call = model_call(step, connectors)
    called = called_connector(step, connectors)
    taken: dict[str, int] = {}
    if step.limited and (call is not None or step.called is not None):
        taken[LLM] = 1
    for use in (*step.limits, *(called.limits if called is not None else ())):
        name: str | None = use.name
        while name is not None and name in limits:
            taken[name] = taken.get(name, 0) + use.number
            name = limits[name].within
    return taken
