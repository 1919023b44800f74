"""The Python names of what a spec names, in one module."""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from n3gen.emit.code import parameter
from n3gen.emit.givers import giver, names_of
from n3gen.emit.module_nodes import Callee
from n3gen.emit.module_scope import ModuleScope
from n3gen.emit.nodes import BlockFunction
from n3gen.emit.render import template_variables
from n3gen.emit.step_function import StepFunction
from n3gen.emit.variables import (
    ANY,
    LIST,
    MAPPING,
    DistinctVariables,
    NamesOfScope,
    Variable,
    optional,
)
from n3gen.expressions import Code, Name
from n3gen.names import (
    python_name,
    variable_name,
)
from n3gen.plan.model import Plan
from n3gen.semantics.asked import called_connector, model_call
from n3gen.semantics.channels import ChannelUse, channel_uses
from n3gen.semantics.read_entries import texts_of_rounds
from n3gen.semantics.reads import Text, reads_within, references_in
from n3gen.semantics.skipped import (
    cancelled_within,
    maybe_absent,
    maybe_replaced,
    maybe_skipped,
    unreached_names,
)
from n3gen.semantics.stage_types import argument_types
from n3gen.semantics.tree import Tree
from n3gen.spec.model import (
    Chain,
    Entry,
    For,
    InputField,
    Step,
    TypeRef,
)

__all__ = [
    "ANY",
    "LIST",
    "MAPPING",
    "Callee",
    "ChainScope",
    "Variable",
]

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


@dataclass(slots=True)
class ChainScope:
    """The names inside one chain's functions.

    `variables` are those of steps, loops and named blocks where the flow has come to;
    `entries` are those of all entries, by their `id`. `used` are the `id`s of entries
    whose values are read, `unread` the names of which at most facts are. `waiting` are
    the variables of names that are read as the round before left them, until their steps
    have run. `bound` are the variables of names that entries bind for their bodies,
    `shared` the names of several entries, `mixed` the variables that several of them give
    as any type; `facts` are those of facts about entries that are read, `records` the
    names of the records of steps among these. `distinct` are the
    variables of names that blocks bind. `functions` are those that the chain's flow
    calls, in its order; `skipped` the names whose step may be skipped, `late` those that
    may be read before their entry has ended. `bodies` are the plans of the bodies of
    steps, `forwarding` the steps that pass on their items as they come, `needed` what those with `on_skip: skip` need, all by `id`; `wanted` and
    `item_types` say what the next stage wants, `argument` is the parameter of this one. `channels`
    are the uses of those that the chain names.
    """

    module: ModuleScope
    chain: Chain
    payload: Variable
    variables: dict[str, Variable] = field(default_factory=dict)
    entries: dict[int, Variable] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    bound: dict[str, Variable] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    mixed: set[str] = field(default_factory=set)
    facts: dict[str, Variable] = field(default_factory=dict)
    records: set[str] = field(default_factory=set)
    waiting: dict[str, Variable] = field(default_factory=dict)
    distinct: DistinctVariables = field(default_factory=DistinctVariables)
    functions: list[StepFunction | BlockFunction] = field(default_factory=list)
    bodies: dict[int, Plan] = field(default_factory=dict)
    forwarding: set[int] = field(default_factory=set)
    wanted: Mapping[int, TypeRef] = field(default_factory=dict[int, TypeRef])
    item_types: Mapping[int, TypeRef] = field(default_factory=dict[int, TypeRef])
    argument: InputField | None = None
    skipped: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    cancelled: frozenset[str] = frozenset()
    needed: Mapping[int, list[Entry]] = field(default_factory=dict[int, list[Entry]])
    channels: Mapping[str, ChannelUse] = field(default_factory=dict[str, ChannelUse])

    def __post_init__(self) -> None:
        self.late = {*maybe_absent(self.chain), *unreached_names(self.chain)}
        self.cancelled = cancelled_within(self.chain.steps)
        skipped = maybe_skipped(self.chain, self.module.ends)
        self.skipped = {*skipped, *maybe_replaced(self.chain)}
        self.skipped |= self.late
        types = argument_types(self.chain, self.module.connectors)
        self.wanted, self.item_types = types
        if self.module.spec.channels:
            self.channels = channel_uses(Tree.of(self.chain, is_whole=False))
        self.variables["payload"] = self.variables["input"] = self.payload
        found = dict.fromkeys(names_of(self.chain))
        spelled = {python_name(known) for known in found}
        fixed = template_variables() | self.module.fixed | self.module.names.aliases
        for known in found:
            variable = variable_name(known)
            taken = fixed | _BUILTINS
            if variable != python_name(known):
                taken |= spelled
            if variable in taken:
                while variable in spelled | fixed:
                    variable += "_"
            spelled.add(variable)
            self.module.names.locals.add(variable)
            self.variables[known] = Variable(variable)

    @property
    def is_slotted(self) -> bool:
        """Whether a run of the chain may have a most of steps that work at once."""
        return self.chain.name in self.module.slotted

    def declare(self, name: str) -> str:
        """Give a block without a name a variable."""
        self.variables[name] = Variable(self.module.names.own(variable_name(name)))
        return self.variables[name].name

    def enter(self, body: Iterable[Entry]) -> None:
        """Read the names that the entries of a body give as these from now on."""
        for entry in body:
            for given in (entry.name, *entry.gives):
                if given is None or given in self.waiting:
                    continue
                if given in self.facts:
                    self.variables[given] = self.facts[given]
                elif given not in giver(entry, given).facts:
                    self.variables[given] = self.entries[id(giver(entry, given))]

    def bind(self, entry: Entry) -> None:
        """Read the names that an entry binds for its bodies as these from now on."""
        for bound in entry.binds:
            self.variables[bound] = self.bound[bound]

    def variable_of(self, bound: str, *about: object) -> str:
        """The variable of a name that a block binds to a value of what it is `about`."""
        return self.distinct.of(self.variables[bound].name, about, self.numbered)

    @contextmanager
    def doubting(self, names: Iterable[str]) -> Iterator[None]:
        """Read names as those of steps that may not have run, for a while."""
        before, skipped = dict(self.variables), self.skipped
        self.skipped = skipped | {*names}
        for known in names:
            variable = self.variables[known]
            if known not in self.facts:
                self.variables[known] = Variable(variable.name)
            elif known not in self.records:
                may_be = optional(variable.annotation)
                self.variables[known] = Variable(variable.name, may_be)
        try:
            yield
        finally:
            self.skipped = skipped
            self.variables.update(before)

    def is_used(self, entry: Entry) -> bool:
        """Whether the value of an entry is read."""
        return id(entry) in self.used

    def inner_texts(self, entry: Entry) -> Iterator[Text]:
        """What an entry reads at the end of its bodies, but for a result nobody reads."""
        return entry.inner_texts() if self.is_used(entry) else texts_of_rounds(entry)

    def references_of(self, entry: Entry) -> frozenset[str]:
        """The names that the code of an entry itself reads."""
        return references_in((*entry.outer_texts(), *self.inner_texts(entry)))

    def reads_within(self, entries: Iterable[Entry]) -> frozenset[str]:
        """The names that the code of entries reads from around them."""
        return reads_within(entries, self.inner_texts)

    def value_type(self, entry: Entry) -> Code:
        """The type of the value of an entry."""
        if isinstance(entry, Step):
            return self.result_of(entry.name).annotation
        return LIST if isinstance(entry, For) else ANY

    def given(self, entry: Entry) -> tuple[str, ...]:
        """The names that an entry gives, beside its own, and that are read behind it."""
        others = (name for name in entry.gives if name not in self.records)
        return tuple(name for name in others if self._is_read(entry, name))

    def records_of(self, entry: Entry) -> tuple[str, ...]:
        """The records of steps that an entry gives and that are read."""
        return tuple(name for name in entry.gives if name in self.records)

    def _is_read(self, entry: Entry, name: str) -> bool:
        owner = giver(entry, name)
        return name in self.facts if name in owner.facts else self.is_used(owner)

    def read_from_round_before(self, names: Iterable[str]) -> str:
        """Read names from a mapping until they are settled; returns its variable."""
        before = self.fresh("before")
        for key in names:
            self.waiting[key] = self.variables[key]
            self.variables[key] = Variable(before, MAPPING, is_mapping=True)
        return before

    def fresh(self, wanted: str) -> str:
        """A variable that is none of a step, a loop or a block."""
        known = (
            *self.variables.values(),
            *self.entries.values(),
            *self.facts.values(),
        )
        taken = {variable.name for variable in known}
        while wanted in taken:
            wanted += "_"
        return wanted

    def numbered(self, wanted: str, taken: Collection[str]) -> str:
        """A `fresh` variable that is none of those taken: as wanted, or with a number."""
        found, number = wanted, 1
        while found in taken or self.fresh(found) != found:
            number += 1
            found = f"{wanted}_{number}"
        return found

    def settle(self, name: str) -> str:
        """Read a name as itself from now on; returns its variable."""
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
        defined = called_connector(step, self.module.connectors)
        type_ = step.output or (defined.output if defined else None)
        type_ = type_ or self.wanted.get(id(step))
        is_text = type_ is not None and type_.name == "str"
        return None if is_text and self.is_model_call(step) else type_

    def reads(self, references: Iterable[str]) -> tuple[str, ...]:
        """The names that a function takes as parameters, sorted, the payload first."""
        names = {"payload" if name == "input" else name for name in references}
        known = {name for name in names if name in self.variables} - self.unread
        return tuple(sorted(known, key=lambda name: (name != "payload", name)))

    def parameters(self, names: Iterable[str]) -> tuple[Code, ...]:
        """Parameters for names, with their annotations."""
        found = [self.variables[name] for name in names]
        return (*dict.fromkeys(parameter(v.name, v.annotation) for v in found),)

    def names(self, sources: Mapping[str, str] | None = None) -> Mapping[str, Name]:
        """What expressions may read, as Python; `sources` say otherwise for some."""
        states = self.module.states.names
        may_be_none = self.module.value_types[self.chain.name].optional
        names = self.variables, sources or {}
        return NamesOfScope(*names, self.skipped, may_be_none, states)
