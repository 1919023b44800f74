"""The types of what blocks, computed values and chains give, as far as they follow.

They are worked out as they are asked for. What may be none, as a step may be skipped,
counts as its value here: whether it is there is asked elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property, singledispatchmethod
from typing import Final

from n3gen.expressions import parse_expression
from n3gen.semantics.depth import Depth
from n3gen.semantics.field_types import (
    RESPONSE,
    item_type,
    mapping_of,
    or_error,
    type_of_any,
    with_none,
)
from n3gen.semantics.node_types import NodeTypes
from n3gen.semantics.order import block_order
from n3gen.semantics.python_calls import PythonCalls
from n3gen.semantics.stage_types import whole_argument
from n3gen.semantics.value_types import ValueTypes, given_type, state_type
from n3gen.semantics.walk import are_branches, every_entry
from n3gen.spec.entries import split_body
from n3gen.spec.model import (
    Block,
    Chain,
    ChainStep,
    EmitStep,
    Entries,
    Entry,
    FailStep,
    For,
    HttpStep,
    Parallel,
    Pipeline,
    Race,
    SendStep,
    Spec,
    Stage,
    Step,
    StopStep,
    TypeRef,
    ValueStep,
)

__all__ = ["Flow", "flow_types"]

_ANY: Final = TypeRef(name="any")
_Each = Callable[[TypeRef | None], TypeRef | None]
_NEVER: Final = TypeRef(name="union")
"""The type of what never gives a value: none of all types."""


def flow_types(spec: Spec, python: PythonCalls | None = None) -> dict[str, ValueTypes]:
    """The types of each chain's values, those that follow from its flow included.

    With `python` those that its functions give are among them.
    """
    flows: dict[str, Flow] = {}
    depth = Depth()
    for chain in spec.chains:
        flows[chain.name] = Flow(chain, spec, flows, depth, python)
    return {name: flow.known for name, flow in flows.items()}


class _Names(Mapping[str, TypeRef]):
    """The types of a chain's names, each worked out when it is read."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def __getitem__(self, name: str) -> TypeRef:
        found = self._flow.of_name(name)
        if found is None:
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._flow.givers if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Branched(_Names):
    """The types of names that the branches of one block give as different types."""

    def __getitem__(self, name: str) -> TypeRef:
        found = self._flow.of_branches(name)
        if found is None:
            raise KeyError(name)
        return found


class _Optional(Container[str]):
    """The names in a chain of which any is given a value of a type with none."""

    def __init__(self, flow: Flow) -> None:
        self._flow = flow

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._flow.may_be_none(name)


class Flow:
    """What the entries of one chain give; `flows` are those of all chains of the spec."""

    def __init__(
        self,
        chain: Chain,
        spec: Spec,
        flows: Mapping[str, Flow],
        depth: Depth,
        python: PythonCalls | None = None,
    ) -> None:
        self.chain = chain
        self.python = python
        self.flows = flows
        self.depth = depth
        self.is_whole = chain.name not in spec.rejected
        self.connectors = {
            one.name: one for one in spec.connectors if one.name not in spec.rejected
        }
        self.known = ValueTypes.of(chain, spec)
        if self.is_whole:
            names, none, each = _Names(self), _Optional(self), _Branched(self)
            self.known = replace(self.known, names=names, optional=none, branched=each)
        self.nodes = NodeTypes(self.known.of_path, self.known.records)
        self._waiting = True
        self._found: dict[str, TypeRef | None] = {}
        self._optional: dict[str, bool] = {}
        self._begun: set[object] = set()

    @cached_property
    def givers(self) -> dict[str, list[tuple[Entry, bool]]]:
        """What gives each name: an entry its own, or, where true, what it binds."""
        found: dict[str, list[tuple[Entry, bool]]] = {}
        for entry in every_entry(self.chain.steps):
            if entry.name is not None:
                found.setdefault(entry.name, []).append((entry, False))
            for name in entry.binds:
                found.setdefault(name, []).append((entry, True))
        return found

    @cached_property
    def repeated(self) -> set[int]:
        """The steps of stages that run once for each item."""
        stages = (one for one in self.chain.steps if isinstance(one, Stage))
        return {id(stage.step) for stage in stages if stage.per_item}

    def of_name(self, name: str) -> TypeRef | None:
        """The type of a name that has one type wherever it stands.

        All are worked out in the order of the spec, as most read what stands before
        them, so that none is followed far.
        """
        if self._waiting:
            waiting, self._waiting = [*self.givers], False
            for one in waiting:
                self.of_name(one)
        if name not in self._found:
            if name in self._begun or self.depth.is_reached:
                return None  # it follows from itself, or from too much
            self._begun.add(name)
            with self.depth:
                self._found[name] = self._of_givers(name)
            self._begun.discard(name)
        return self._found[name]

    def may_be_none(self, name: str) -> bool:
        """Whether a name may be none by the type of any of what gives it."""
        if (found := self.of_name(name)) is not None or name in self._begun:
            return found is not None and found.may_be_none
        if name not in self._optional:
            types = self._types_of(name)
            self._optional[name] = any(one and one.may_be_none for one in types)
        return self._optional[name]

    def of_branches(self, name: str) -> TypeRef | None:
        """The type of a name that steps in different branches of one block give alone."""
        givers = [e for e, is_bound in self.givers.get(name, ()) if not is_bound]
        is_one = len(givers) == len(self.givers.get(name, ())) > 1
        if not is_one or not are_branches(name, givers, self.chain):
            return None
        return type_of_any(map(self.given_by, givers))

    def _types_of(self, name: str) -> set[TypeRef | None]:
        """The types of all that gives a name its value."""
        return {
            self._bound(entry, name) if is_bound else self.given_by(entry)
            for entry, is_bound in self.givers.get(name, ())
        }

    def _of_givers(self, name: str) -> TypeRef | None:
        types = self._types_of(name)
        found = next(iter(types)) if len(types) == 1 else None
        return None if found in (_NEVER, _ANY) else found

    def _bound(self, entry: Entry, name: str) -> TypeRef | None:
        if isinstance(entry, Stage) and entry.bound_types[name] == _ANY:
            return whole_argument(entry, self.of_name, self.givers)
        if name in entry.bound_types:
            return entry.bound_types[name]
        if not isinstance(entry, For):
            return None
        if entry.comes_over_time:
            items = self.python.returned(entry) if self.python is not None else None
            if items is None or items.name != "list":
                return None
        else:
            tree = parse_expression(entry.items).tree
            items = self.nodes.type_of(tree) if tree is not None else None
        item = item_type(items)
        if entry.batch is not None:
            return TypeRef(name="list", args=(item or _ANY,))
        return item

    @cached_property
    def result(self) -> TypeRef | None:
        """The type of the chain's result."""
        if isinstance(self.chain, Pipeline) or not self.is_whole:
            return None
        found = self._body(self.chain.steps, None, self.chain)
        stops = (e for e in every_entry(self.chain.steps) if isinstance(e, StopStep))
        return type_of_any([found, *(self.nodes.of_data(one.stop) for one in stops)])

    def _called(self, name: str | None) -> TypeRef | None:
        """The type of the result of a chain that a step runs; open in a circle."""
        flow = self.flows.get(name or "")
        if flow is None or flow in self._begun:
            return None
        self._begun.add(flow)
        found = flow.result
        self._begun.discard(flow)
        return found

    def given_by(self, entry: Entry) -> TypeRef | None:
        """The type of what an entry gives."""
        return self.of_entry(entry)

    @singledispatchmethod
    def of_entry(self, entry: Entry) -> TypeRef | None:
        """The type of what one does that runs; a block that says nothing else ends in a body."""
        bodies = (self._body(body, entry, entry) for body in entry.bodies)
        return type_of_any(bodies)

    @of_entry.register
    def _(self, entry: Step) -> TypeRef | None:
        if id(entry) in self.repeated:
            return None
        given = self._given(entry)
        if entry.keeps_error:
            given = or_error(given)
        clauses = [one for one in entry.endings if one.has_value]
        return type_of_any([given, *(self._clause(clause) for clause in clauses)])

    def _given(self, step: Step) -> TypeRef | None:
        found = state_type(step, self.known.states)
        found = found or given_type(step, self.connectors)
        if found is not None:
            return found
        match step:
            case ValueStep() | SendStep():
                return self.nodes.of_data(step.value)
            case EmitStep():
                return self.nodes.of_data(step.emit)
            case ChainStep():
                return self._called(step.target)
            case FailStep() | StopStep():
                return _NEVER
            case HttpStep() if not step.fallback:
                return RESPONSE
            case _:
                return None if self.python is None else self.python.returned(step)

    @of_entry.register
    def _(self, entry: For) -> TypeRef | None:
        item = self._body(entry.steps, entry, entry)
        if entry.keeps_errors or entry.tolerate is not None:
            item = or_error(item)
        item = None if item == _NEVER else item
        return TypeRef(name="list", args=(item or _ANY,))

    @of_entry.register
    def _(self, entry: Race) -> TypeRef | None:
        contenders, clauses = split_body(entry.steps)
        if entry.count > 1:
            own = self._members(contenders, lambda given: with_none(given or _ANY))
        else:
            own = type_of_any(self.given_by(one) for one in contenders)
        return self._with_clauses(own, clauses)

    @of_entry.register
    def _(self, entry: Parallel) -> TypeRef | None:
        members, clauses = split_body(entry.steps)
        if entry.has_result:
            return self._with_clauses(self.nodes.of_data(entry.result), clauses)
        own = self._members(members, or_error if entry.keeps_errors else None)
        return self._with_clauses(own, clauses)

    @of_entry.register
    def _(self, entry: Stage) -> TypeRef | None:
        return None

    def _body(
        self, body: Entries, owner: Entry | None, says: Entry | Chain
    ) -> TypeRef | None:
        """The type of what a body of steps in order gives, which `says` may have a result."""
        main, clauses = split_body(body)
        if isinstance(says, Block | Chain) and says.has_result:
            return self._with_clauses(self.nodes.of_data(says.result), clauses)
        try:
            order = block_order(main, self.chain.schedule, owner)
        except ValueError:  # reported elsewhere
            return None
        last = [main[order.sequence[at]] for at in order.values]
        if self.depth.is_reached:
            return None
        with self.depth:
            own = self.given_by(last[0]) if len(last) == 1 else self._members(last)
            return self._with_clauses(own, clauses)

    def _members(
        self, entries: Iterable[Entry], each: _Each | None = None
    ) -> TypeRef | None:
        """The type of a mapping of values by name; open where an entry has no name."""
        types: dict[str, TypeRef | None] = {}
        for entry in entries:
            if entry.name is None:
                return None
            given = self.given_by(entry)
            given = None if given == _NEVER else given
            types[entry.name] = given if each is None else each(given)
        return mapping_of(types) if types else None

    def _with_clauses(self, own: TypeRef | None, clauses: Entries) -> TypeRef | None:
        with_value = [clause for clause in clauses if clause.has_value]
        return type_of_any([own, *(self._clause(clause) for clause in with_value)])

    def _clause(self, clause: Entry) -> TypeRef | None:
        (steps,) = clause.bodies
        return self._body(steps, clause, clause)
