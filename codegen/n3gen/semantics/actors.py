"""Actors: which chains use which."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.semantics.walk import every_entry, with_called
from n3gen.spec.model import Actor, Chain, MessageStep, Spec

__all__ = ["actors_of", "has_run_actors", "used_actors"]


def actors_of(chain: Chain) -> set[str]:
    """Return the names of the actors that a chain itself sends messages to."""
    steps = every_entry(chain.steps)
    return {step.actor for step in steps if isinstance(step, MessageStep)}


def used_actors(spec: Spec) -> set[str]:
    """Return the names of the actors that chains send messages to."""
    return {name for chain in spec.chains for name in actors_of(chain)}


def has_run_actors(
    chain: Chain, chains: Mapping[str, Chain], actors: Mapping[str, Actor]
) -> bool:
    """Say whether a run of a chain, those that it calls counted, has actors of its own."""
    names = {name for one in with_called([chain], chains) for name in actors_of(one)}
    return any(name in actors and actors[name].scope == "run" for name in names)
