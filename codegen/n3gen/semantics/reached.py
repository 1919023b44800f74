"""The part of a spec that the chains of its own file reach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from n3gen.semantics.actors import used_actors
from n3gen.semantics.asked import asked_by
from n3gen.semantics.reads import states_used
from n3gen.semantics.walk import all_steps, every_part, with_called
from n3gen.spec.model import Chain, Connector, Spec, State, Step

__all__ = ["reached", "states_of", "used_states"]


def reached(spec: Spec) -> Spec:
    """Return the spec without the chains, connectors, states, actors and types that its own chains do
    without.

    What other files define beside is for others: a module holds nothing of it.
    """
    narrow = spec.model_copy(update={"chains": tuple(_chains(spec))})
    connectors = _connectors(narrow)
    used, messaged = used_states(narrow), used_actors(narrow)
    states = [state for state in spec.states if state.name in used]
    types = _types(narrow, connectors, states)
    return narrow.model_copy(
        update={
            "connectors": tuple(c for c in spec.connectors if c.name in connectors),
            "states": tuple(states),
            "actors": tuple(one for one in spec.actors if one.name in messaged),
            "types": tuple(one for one in spec.types if one.name in types),
        }
    )


def _chains(spec: Spec) -> Iterator[Chain]:
    """Yield the chains of the file itself and those that they run, in order."""
    chains = {chain.name: chain for chain in spec.chains}
    own = (chain for chain in spec.chains if not chain.used)
    found = {chain.name for chain in with_called(own, chains)}
    yield from (chain for chain in spec.chains if chain.name in found)


def _connectors(spec: Spec) -> dict[str, Connector]:
    """Return the connectors that steps call, and their fallbacks."""
    connectors = {one.name: one for one in spec.connectors}
    return {
        call.name: call
        for step in all_steps(spec)
        for call in asked_by(step, connectors)
        if isinstance(call, Connector)
    }


def states_of(chain: Chain) -> set[str]:
    """Return the names of the states that a chain reads, changes or remembers in."""
    return {name for part in every_part(chain) for name in states_used(part)}


def used_states(spec: Spec) -> set[str]:
    """Return the names of the states that chains use."""
    return {name for chain in spec.chains for name in states_of(chain)}


def _types(
    spec: Spec, connectors: dict[str, Connector], states: Sequence[State]
) -> set[str]:
    """Return the names of the types of inputs and results, and of those in their fields."""
    definitions = {type_.name: type_ for type_ in spec.types}
    asking: Sequence[Step | Connector] = (*all_steps(spec), *connectors.values())
    waiting = [one.output for one in asking if one.output is not None]
    waiting += [field.type for chain in spec.chains for field in chain.typed_fields]
    waiting += [state.type for state in states]
    found: set[str] = set()
    while waiting:
        type_ = waiting.pop()
        waiting += type_.args
        if type_.name in definitions and type_.name not in found:
            found.add(type_.name)
            waiting += [field.type for field in definitions[type_.name].fields]
    return found
