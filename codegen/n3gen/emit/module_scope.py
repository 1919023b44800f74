"""The Python names of a module: of its chains, steps, types and constants."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from n3gen.emit.actors import ModuleActors
from n3gen.emit.code import name
from n3gen.emit.limits import ModuleLimits
from n3gen.emit.link import Names
from n3gen.emit.module_nodes import Callee
from n3gen.emit.states import ModuleStates
from n3gen.expressions import Code
from n3gen.names import (
    PUBLIC,
    TAKEN,
    class_name,
    constant_name,
    python_name,
    root_module,
    target_parts,
)
from n3gen.semantics.flow_types import flow_types
from n3gen.semantics.skipped import ChainEnds
from n3gen.semantics.slots import slotted_chains
from n3gen.semantics.value_types import ValueTypes
from n3gen.semantics.versions import Versions
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Chain,
    Connector,
    Place,
    Spec,
    Step,
)
from n3gen.target import ASYNCIO, Target, Telemetry

__all__ = ["ModuleScope"]


@dataclass(slots=True)
class ModuleScope:
    """The names of a module: functions for chains and steps, classes for inputs.

    `line` gives the line of a place; `modules` are what the chains' python targets
    are imported from. `http` is the package that is imported as `httpx`. The records of
    some steps have other lines than the steps: `recorded_lines`, by `id`.
    """

    spec: Spec
    line: Callable[[Place], int]
    http: str = "httpx"
    target: Target = ASYNCIO
    reports: tuple[Telemetry, ...] = ()
    names: Names = field(init=False)
    fixed: set[str] = field(default_factory=set)
    homes: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    modules: dict[str, str] = field(default_factory=dict)
    callees: dict[str, Callee] = field(default_factory=dict)
    recorded_lines: dict[int, int] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)
    limits: ModuleLimits = field(init=False)
    states: ModuleStates = field(init=False)
    actors: ModuleActors = field(init=False)
    versions: Versions = field(init=False)
    slotted: frozenset[str] = field(init=False)
    value_types: Mapping[str, ValueTypes] = field(init=False)
    ends: ChainEnds = field(init=False)

    def __post_init__(self) -> None:
        for chain in self.spec.chains:
            names = {entry.name for entry in every_entry(chain.steps) if entry.name}
            self.homes.update(names)
        self.names = self._names()
        self.limits = ModuleLimits(self.spec.limits, self.names)
        self.states = ModuleStates(self.spec, self.names)
        self.actors = ModuleActors(self.spec, self.names)
        self.versions = Versions(self.spec, by_json=self.target.is_durable)
        self.slotted = slotted_chains(self.spec)
        self.value_types = flow_types(self.spec)
        self.ends = ChainEnds(self.spec.chains)
        self.connectors = {c.name: c for c in self.spec.connectors}
        for chain in self.spec.chains:
            self.names.claim(self.public_name(chain))
        for type_ in self.spec.types:
            found = self.names.claim(class_name(type_.name, PUBLIC))
            self.types[type_.name] = found
            self.fixed.add(found)

    def _names(self) -> Names:
        """The names that the spec gives to what the module defines."""
        spec = self.spec
        self.fixed.update(constant_name(c.name) for c in spec.connections)
        public = {self.public_name(chain) for chain in spec.chains} | self.fixed
        public.update(class_name(type_.name, PUBLIC) for type_ in spec.types)
        owners = [*(chain.typed_fields for chain in spec.chains)]
        fields = {field.name for owner in owners for field in owner}
        fields |= {field.name for type_ in spec.types for field in type_.fields}
        variables = {python_name(name) for name in self.homes}
        for chain in spec.chains:
            bound = (b for e in every_entry(chain.steps) for b in e.binds)
            variables.update(map(python_name, bound))
        targets = self.target.spellings(ASYNCIO, self.reports)
        return Names(public, fields, variables, self.http, targets)

    def public_name(self, chain: Chain) -> str:
        return python_name(chain.name, TAKEN)

    def unique(self, wanted: str) -> str:
        """A module-level name that nothing else has: `wanted`, or with underscores."""
        return self.names.own(wanted)

    def function_name(self, chain: Chain, name: str) -> str:
        """The function of a step: by the step's name, where no other chain has it.

        Those of steps with one name, in bodies beside each other, are numbered.
        """
        prefix = f"{self.public_name(chain)}_" if self.homes[name] > 1 else ""
        wanted = f"_{prefix}{python_name(name)}"
        self.made[wanted] += 1
        number = f"_{self.made[wanted]}" if self.made[wanted] > 1 else ""
        return self.unique(f"{wanted}{number}")

    def recorded_line(self, step: Step) -> int:
        """The line in the record of a step whose place in the flow is known."""
        return self.recorded_lines.get(id(step)) or self.line(step.place)

    def function(self, dotted: str) -> Code:
        """The expression for a python target `package.module:function`."""
        module, attribute = target_parts(dotted)
        if module not in self.modules:
            root = root_module(module)
            clashes = self.names.has(root)
            alias = self.unique(f"_{python_name(module)}") if clashes else module
            self.modules[module] = alias
        return name(f"{self.modules[module]}.{attribute}")
