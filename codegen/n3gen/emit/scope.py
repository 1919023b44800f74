"""Takes names of a spec; hands on the Python names that stand for them in one module."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from n3gen.emit.module import Function
from n3gen.expressions import Name, Shape
from n3gen.names import LOCALS, RESERVED, class_name, python_name
from n3gen.semantics.asked import called_connector, model_call
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import (
    Chain,
    Connector,
    For,
    Place,
    Spec,
    Step,
    TypeRef,
)

__all__ = ["Callee", "ChainScope", "ModuleScope", "Variable"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A Python variable of a chain: its name, its annotation, its fields if known.

    Where `is_mapping` is true it holds several names of the spec, or lacks them.
    """

    name: str
    annotation: str = "Any"
    shape: Shape | None = None
    is_mapping: bool = False


@dataclass(frozen=True, slots=True)
class Callee:
    """A chain as others call it: its function and that which checks its input."""

    chain: Chain
    function: str
    check: str | None


@dataclass(slots=True)
class ModuleScope:
    """The names of a module: functions for chains and steps, classes for inputs.

    `line` gives the line of a place; `modules` are what the chains' python targets
    are imported from.
    """

    spec: Spec
    line: Callable[[Place], int]
    taken: set[str] = field(default_factory=set)
    homes: Counter[str] = field(default_factory=Counter)
    modules: dict[str, str] = field(default_factory=dict)
    callees: dict[str, Callee] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)
    connectors: dict[str, Connector] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for chain in self.spec.chains:
            self.taken.add(self.public_name(chain))
            names = {entry.name for entry in every_entry(chain.steps) if entry.name}
            self.homes.update(names)
            self.taken.update(python_name(name, LOCALS) for name in names)
        self.connectors = {c.name: c for c in self.spec.connectors}
        for type_ in self.spec.types:
            self.types[type_.name] = self.unique(class_name(type_.name))

    def public_name(self, chain: Chain) -> str:
        return python_name(chain.name, RESERVED)

    def unique(self, wanted: str) -> str:
        """A module-level name that nothing else has: `wanted`, or with underscores."""
        while wanted in self.taken or wanted in RESERVED:
            wanted += "_"
        self.taken.add(wanted)
        return wanted

    def function_name(self, chain: Chain, name: str) -> str:
        """The function of a step: by the step's name, where no other chain has it."""
        prefix = f"{self.public_name(chain)}_" if self.homes[name] > 1 else ""
        return self.unique(f"_{prefix}{python_name(name)}")

    def class_name(self, chain: Chain, suffix: str) -> str:
        return self.unique(class_name(chain.name) + suffix)

    def target(self, dotted: str) -> str:
        """The expression for a python target `package.module:function`."""
        module, _, attribute = dotted.partition(":")
        if not attribute:
            module, _, attribute = dotted.rpartition(".")
        if module not in self.modules:
            root = module.partition(".")[0]
            clashes = root in self.taken or root in RESERVED
            alias = self.unique("_" + module.replace(".", "_")) if clashes else module
            self.modules[module] = alias
        return f"{self.modules[module]}.{attribute}"

    def chain(self, name: str) -> Callee:
        """The chain of that name; the checks have made sure that there is one."""
        return self.callees[name]

    def import_lines(self) -> list[str]:
        """The imports of the python targets' modules."""
        return [
            f"import {module}" if alias == module else f"import {module} as {alias}"
            for module, alias in sorted(self.modules.items())
        ]


@dataclass(slots=True)
class ChainScope:
    """The names inside one chain's functions.

    `variables` are those of steps, loops and named blocks; `used` the names that
    some expression of the chain reads; `waiting` the variables of names that are read
    as a loop's round before left them, until their steps have run; `functions` what is emitted for the chain.
    """

    module: ModuleScope
    chain: Chain
    payload: Variable
    variables: dict[str, Variable] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    waiting: dict[str, Variable] = field(default_factory=dict)
    functions: list[Function] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.variables["payload"] = self.variables["input"] = self.payload
        for entry in every_entry(self.chain.steps):
            if isinstance(entry, For):
                self.declare(entry.variable)
            if entry.name:
                self.declare(entry.name)

    @property
    def public_name(self) -> str:
        return self.module.public_name(self.chain)

    def declare(
        self, name: str, annotation: str = "Any", shape: Shape | None = None
    ) -> str:
        """Gives a name of the spec its variable."""
        variable = Variable(python_name(name, LOCALS), annotation, shape)
        self.variables[name] = variable
        return variable.name

    def read_from_round_before(self, names: Iterable[str]) -> str:
        """Has names read from a mapping until they are settled; gives its variable."""
        taken = {variable.name for variable in self.variables.values()}
        before = "before"
        while before in taken:
            before += "_"
        for name in names:
            self.waiting[name] = self.variables[name]
            annotation = "dict[str, Any]"
            self.variables[name] = Variable(before, annotation, is_mapping=True)
        return before

    def settle(self, name: str) -> str:
        """The variable that a name is bound to, from now on read as itself."""
        if name in self.waiting:
            self.variables[name] = self.waiting.pop(name)
        return self.variables[name].name

    def result_of(self, name: str) -> Variable:
        """The variable that the result of a step is bound to."""
        return self.waiting.get(name) or self.variables[name]

    def is_model_call(self, step: Step) -> bool:
        """Whether the step asks a model that the spec defines."""
        return model_call(step, self.module.connectors) is not None

    def gives_text(self, step: Step) -> bool:
        """Whether the step's result is a model's answer as it comes."""
        asked = model_call(step, self.module.connectors)
        return asked is not None and asked.embed is None

    def output(self, step: Step) -> TypeRef | None:
        """The type that the step's result is checked against."""
        type_ = step.output
        if type_ is None:
            defined = called_connector(step, self.module.connectors)
            type_ = defined.output if defined else None
        is_text = type_ is not None and type_.name == "str"
        return None if is_text and self.is_model_call(step) else type_

    def reads(self, references: Iterable[str]) -> tuple[str, ...]:
        """Those names that are handed to a function as parameters, sorted, payload first."""
        names = {"payload" if name == "input" else name for name in references}
        known = names & self.variables.keys()
        return tuple(sorted(known, key=lambda name: (name != "payload", name)))

    def parameters(self, names: Iterable[str]) -> list[str]:
        """Parameters for names, with their annotations."""
        found = [self.variables[name] for name in names]
        return [*dict.fromkeys(f"{v.name}: {v.annotation}" for v in found)]

    def names(self, sources: Mapping[str, str] | None = None) -> dict[str, Name]:
        """What expressions may read, as Python; `sources` say otherwise for some."""
        names = {
            name: Name(
                (sources or {}).get(name, variable.name),
                variable.shape,
                variable.is_mapping,
            )
            for name, variable in self.variables.items()
        }
        names["run"] = Name("run", Shape("model", {"id": None}))
        names["options"] = Name("options")
        return names
