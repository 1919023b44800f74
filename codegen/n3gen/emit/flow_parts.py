"""The parts of a flow that stand by themselves: steps, functions, expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeGuard

from n3gen.emit.background import Tasks
from n3gen.emit.block_nodes import PooledFor, Race
from n3gen.emit.block_types import returned_by_member
from n3gen.emit.channels import ChannelEnds, channel_ends
from n3gen.emit.code import call, dict_of, name
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.fact_forms import RECORD
from n3gen.emit.groups import NONE, SKIPPED
from n3gen.emit.guards import End
from n3gen.emit.nodes import (
    Bind,
    BlockFunction,
    Call,
    ComputedValue,
    InlineValue,
    Node,
    Place,
    Return,
)
from n3gen.emit.scope import ANY, ChainScope, Variable
from n3gen.emit.stage_nodes import Staged
from n3gen.emit.step_form import step_function
from n3gen.emit.task_nodes import AwaitTask, Background
from n3gen.emit.texts import sentence
from n3gen.emit.tries import passes_payload
from n3gen.expressions import Code, Parsed, Shape, data_to_python, to_python
from n3gen.names import own_record_of, python_name, task_of
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.skipped import cancelled_within
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import Block, Entry, Step, ValueStep

__all__ = ["FlowParts", "is_inline"]

_KINDS = frozenset(["str", "int", "float", "bool"])
"""The kinds of values whose type the variable of a `value` step is given."""


class FlowParts:
    """What the bodies of a chain are made of; functions go to the scope."""

    def __init__(self, scope: ChainScope, calls: ModelCalls) -> None:
        self.scope = scope
        self.calls = calls
        self.tasks = Tasks(scope)
        self.declared: set[str] = set()
        """The variables whose types the function has stated, which it may do once."""
        self._members: dict[int, str] = {}
        self.kept: set[str] = set()
        """The variables that have to be bound, as they are read where a body failed."""
        self.handed = set(_handed(scope))
        self.channel_ends = channel_ends(scope.channels)
        self.nested = self.caught = 0

    def own_failure(self) -> str | None:
        """The variable of an error, where clauses around have theirs."""
        number = self.caught + 1
        return self.scope.fresh(f"failure_{number}") if self.caught else None

    def owner(self, node: PlanNode) -> str:
        """What a clause belongs to, as docstrings call it."""
        return f"`{node.name}`" if node.name else f"chain `{self.scope.chain.name}`"

    @contextmanager
    def inside(self, levels: int) -> Iterator[None]:
        """Write what is inside of so many more blocks of Python, at most."""
        self.nested += levels
        try:
            yield
        finally:
            self.nested -= levels

    def value(self, plan: Plan, sources: Mapping[str, str]) -> Code:
        """The value of a block of steps: its last batch's, by name where it has several."""
        last = [plan.nodes[index] for index in plan.values]
        if not plan.is_mapping:
            return name(sources[last[0].name])
        return dict_of({node.name: name(sources[node.name]) for node in last})

    def ended(self, body: list[Node], value: Code, end: End) -> list[Node]:
        """The body and what is done with a value; it is not bound for that alone."""
        last = body[-1] if body else None
        if value.source in self.kept:
            return [*body, end(value)]
        if isinstance(last, ComputedValue):
            ending = self.ended([last.ending], value, end)
            if len(ending) == 1:
                return [*body[:-1], replace(last, ending=ending[0])]
        if isinstance(last, Staged | ChannelEnds):
            inside = self.ended([*last.body], value, end)
            return [*body[:-1], replace(last, body=tuple(inside))]
        if isinstance(last, Background) and _binds(last.body[-1], value):
            done = end(value)
            if isinstance(done, Bind) and done.variable in self.kept:
                return [*body, done]  # what fails beside it leaves it without a value
            inner = self.ended([*last.body], value, end)
            return [*body[:-1], replace(last, body=tuple(inner))]
        if _can_be_returned(last):
            if end is Return and last.outcome == value.source:
                return [*body[:-1], replace(last, is_returned=True)]
            return [*body, end(value)]
        if isinstance(last, AwaitTask) and last.variable == value.source:
            return [*body[:-1], end(replace(last, variable=None))]
        if not isinstance(last, Bind) or not _binds(last, value):
            return [*body, end(value)]
        is_typed = last.annotation is not None and end is Return
        if last.place is None and not is_typed:
            if isinstance(last.value, Code):
                return self.ended(body[:-1], last.value, end)
            return [*body[:-1], end(last.value)]
        if end is Return and last.annotation is None:
            return [*body[:-1], Return(last.value, last.place)]
        return [*body, end(value)]

    def bound(self, given: Iterable[str], sources: dict[str, str]) -> Iterator[Node]:
        """What binds the names that a body gives to the variables that all branches share."""
        for known in given:
            yield from self.tasks.awaited([known], sources)
            variable = self.scope.variables[known].name
            if sources[known] != variable:
                yield Bind(variable, name(sources[known]))
                sources[known] = variable

    def code(self, parsed: Parsed, sources: Mapping[str, str]) -> Code:
        """The Python of an expression, where `sources` says how each name is read."""
        return to_python(parsed, self.scope.names(sources))

    def place(self, what: str, entry: Block) -> Place:
        """The place of an expression between steps."""
        return Place(what, self.scope.module.line(entry.place))

    def function(
        self,
        wanted: str,
        reads: Sequence[str],
        sources: Mapping[str, str],
        write: Callable[[dict[str, str]], list[Node]],
        summary: str,
        returns: Code = ANY,
        *,
        is_needed: bool = False,
    ) -> tuple[str, tuple[Code, ...]]:
        """Add a function for a part of the flow; returns it and what it is called with.

        `write` gives its statements, with the names that it reads as parameters, and
        `summary` is its docstring. Where it would only return what another function
        does, under the same names, that one is called instead, unless it `is_needed`.
        """
        scope = self.scope
        own = wanted if wanted.isidentifier() else python_name(wanted)
        stem = scope.module.public_name(scope.chain)
        function = scope.module.unique(f"_{stem}_{own}")
        parameters = scope.parameters(reads)
        arguments = self._arguments(reads, sources)
        position = len(scope.functions)
        # What is bound around it is not bound in a function of its own.
        kept, self.kept = self.kept, set()
        declared, self.declared = self.declared, set()
        around, self.tasks.nurseries = self.tasks.nurseries, []
        nested, self.nested = self.nested, 0
        caught, self.caught = self.caught, 0
        body = write({name: scope.variables[name].name for name in reads})
        self.kept, self.tasks.nurseries = kept, around
        self.nested, self.caught = nested, caught
        self.declared = declared
        are_same = all(scope.variables[it].name == sources[it] for it in reads)
        match body:
            case [Return(Call() as only, None)] if are_same and not is_needed:
                return only.function, only.arguments
        node = BlockFunction(
            function, parameters, returns, sentence(summary), tuple(body)
        )
        scope.functions.insert(position, node)
        return function, arguments

    def _arguments(
        self, reads: Sequence[str], sources: Mapping[str, str]
    ) -> tuple[Code, ...]:
        variables = self.scope.variables
        given = {variables[known].name: sources[known] for known in reads}
        return (name("run"), *map(name, given.values()))

    def call(
        self, step: Step, sources: Mapping[str, str], skipped: Code = NONE
    ) -> tuple[str, tuple[Code, ...]]:
        position = len(self.scope.functions)
        node, reads = step_function(self.scope, step, self.calls, skipped)
        self.scope.functions.insert(position, node)
        own = {**sources, **self.recorded(step)}
        return node.function, self._arguments(reads, own)

    def watched(self, plan: Plan, region: Sequence[int]) -> list[Node]:
        """Statements that make the records which steps of a region fill and others read.

        Those that the surroundings make already, or that a block around passes to its
        bodies, are there.
        """
        made: list[Node] = []
        for index in region:
            entry = plan.nodes[index].entry
            for record in self.scope.records_of(entry):
                variable = self.scope.facts[record].name
                is_there = variable in self.kept or (id(entry), record) in self.handed
                if not is_there:
                    made.append(Bind(variable, RECORD.before))
        return made

    def recorded(self, entry: Entry) -> dict[str, str]:
        """What is passed to the function of an entry for the records that it fills."""
        return {
            own_record_of(record): self.scope.facts[record].name
            for record in self.scope.records_of(entry)
        }

    def add_records(self, entry: Entry, sources: dict[str, str]) -> None:
        """Read the records that an entry has filled as these from now on."""
        for record in self.scope.records_of(entry):
            sources[record] = self.scope.settle(record)

    def _bound(self, step: Step, sources: dict[str, str]) -> str | None:
        """The variable of a step's result, if anything reads it."""
        if not self.scope.is_used(step):
            return None
        sources[step.name] = self.scope.settle(step.name)
        return sources[step.name]

    def _inline(self, step: ValueStep, sources: dict[str, str]) -> Node:
        """A `value` step where it is in the flow."""
        value = data_to_python(step.value, self.scope.names(sources))
        line = self.scope.module.line(step.place / "value")
        self.scope.module.recorded_lines[id(step)] = line
        variable = self._bound(step, sources)
        if value.fallible:
            done = call("step.done", [value])
            return ComputedValue(step.name, line, Bind(variable, done))
        annotation = None
        is_shared = step.name in self.scope.shared
        is_typed = value.kind in _KINDS and not is_shared
        is_typed &= variable not in self.kept
        if variable is not None and is_shared and self.declares(variable):
            annotation = ANY
        if variable is not None and is_typed:
            annotation = name(value.kind, value.kind)
            known = Shape(value.kind)  # type: ignore[arg-type]
            self.scope.variables[step.name] = Variable(variable, annotation, known)
        return Bind(
            variable, InlineValue(step.name, line, value), annotation=annotation
        )

    def reads(
        self, entries: Sequence[Entry], sources: Mapping[str, str]
    ) -> tuple[str, ...]:
        """The names that a function of entries takes, the payload that steps pass on too."""
        names = set(self.scope.reads_within(entries))
        steps = (entry for entry in every_entry(entries) if isinstance(entry, Step))
        if any(passes_payload(self.scope.module, step) for step in steps):
            argument = self.scope.argument
            names.add("payload" if argument is None else argument.name)
        tasks = {task_of(known) for known in cancelled_within(entries)}
        return self.scope.reads(
            self.tasks.keys(names, sources) | tasks & sources.keys()
        )

    def returned(self, node: PlanNode, skipped: Code) -> Code:
        """The type of what the function of a node returns."""
        return ANY if skipped is SKIPPED else returned_by_member(self.scope, node)

    def variable(self, node: PlanNode) -> str:
        """The variable of a node; a block without a name gets one of its own."""
        if node.name not in self.scope.variables:
            return self.scope.declare(node.name)
        return self.scope.result_of(node.name).name

    def declares(self, variable: str) -> bool:
        """Whether the type of a variable is still to be stated: only the first time."""
        is_first = variable not in self.declared | self.kept
        self.declared.add(variable)
        return is_first

    def member_variable(self, node: PlanNode) -> str:
        """The variable of a member of a group.

        It is that of its value, unless other entries share this.
        """
        if node.name not in self.scope.shared:
            return self.variable(node)
        known = self._members.get(id(node.entry))
        if known is None:
            taken = self._members.values()
            known = self.scope.numbered(f"{python_name(node.name)}_member", taken)
            self._members[id(node.entry)] = known
        return known


def _can_be_returned(node: Node | None) -> TypeGuard[PooledFor | Race]:
    """Whether a block has an outcome, with which nothing is left to do."""
    return isinstance(node, PooledFor) or (
        isinstance(node, Race) and node.winner is None
    )


def _binds(node: Node, value: Code) -> bool:
    """Whether a statement binds the variable that a value is."""
    if _can_be_returned(node):
        return node.outcome == value.source
    return isinstance(node, Bind | AwaitTask) and node.variable == value.source


def _handed(scope: ChainScope) -> Iterator[tuple[int, str]]:
    """The records that entries fill for a block around them, which gives these too."""
    for block in every_entry(scope.chain.steps):
        for record in scope.records_of(block) if isinstance(block, Block) else ():
            for body in block.bodies:
                yield id(body[known_after(body)[record]]), record


def is_inline(step: Step) -> TypeGuard[ValueStep]:
    """Whether a step is a value of which nothing more is asked."""
    tried = step.retry or step.fallback or step.cache
    asked = step.when or step.output or step.timeout or step.options or tried
    is_plain = step.on_error == "stop" and step.on_skip == "run" and not step.endings
    return isinstance(step, ValueStep) and is_plain and not asked
