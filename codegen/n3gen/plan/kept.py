"""What is kept of a file that is being edited, for its next text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from n3gen.check.kept import KeptProblems
from n3gen.plan.model import Plan
from n3gen.plan.planner import plan_chain
from n3gen.spec.kept_chains import KeptChains
from n3gen.spec.model import Spec

__all__ = ["Kept"]


@dataclass
class Kept:
    """The chains that stay as they were, the problems in them, and their plans."""

    chains: KeptChains = field(default_factory=KeptChains)
    problems: KeptProblems = field(default_factory=KeptProblems)
    plans: Mapping[int, Plan] = field(default_factory=dict[int, Plan])
    spec: Spec | None = None

    def planned(self, spec: Spec) -> dict[str, Plan]:
        """The plans of all chains, of which those that are not new are known."""
        known = {} if self.spec is None else self.plans
        found = {
            one.name: known[id(one)] if id(one) in known else plan_chain(one)
            for one in spec.chains
        }
        # The chains are held, so that no other has the `id` of one.
        self.spec = spec
        self.plans = {id(one): found[one.name] for one in spec.chains}
        return found
