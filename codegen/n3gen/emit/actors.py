"""The actors of a spec in one module."""

from __future__ import annotations

from collections.abc import Mapping

from n3gen.emit.link import Names
from n3gen.names import python_name
from n3gen.semantics.actors import has_run_actors
from n3gen.spec.model import Actor, Chain, Spec

__all__ = ["ModuleActors"]


class ModuleActors:
    """The actors of one module, by their names; `constants` are what they are called."""

    def __init__(self, spec: Spec, names: Names) -> None:
        self.known: Mapping[str, Actor] = {actor.name: actor for actor in spec.actors}
        self.chains: Mapping[str, Chain] = {chain.name: chain for chain in spec.chains}
        self.constants = {
            known: names.own(f"{python_name(known).upper()}_ACTOR")
            for known in self.known
        }

    def end_with(self, chain: Chain) -> bool:
        """Whether a run of the chain has actors that end with it."""
        return has_run_actors(chain, self.chains, self.known)

    @property
    def outlive_runs(self) -> bool:
        """Whether there are some on the event loop that go on after their run."""
        return any(
            actor.scope == "process" and actor.runs == "loop"
            for actor in self.known.values()
        )
