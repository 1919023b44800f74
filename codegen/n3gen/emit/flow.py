"""The flow of a chain: the statements of its function, in running order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from n3gen.emit.block_nodes import PooledFor, Race
from n3gen.emit.code import call, dict_of, name, tuple_of
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.nodes import (
    Bind,
    BlockFunction,
    Call,
    ComputedValue,
    Group,
    InlineValue,
    Member,
    Node,
    Place,
    Return,
    Watch,
)
from n3gen.emit.scope import ANY, ChainScope, Variable
from n3gen.emit.step_calls import StepCall, is_inline, results_of
from n3gen.emit.step_form import step_function
from n3gen.emit.texts import doc, sentence
from n3gen.emit.tries import passes_payload
from n3gen.expressions import Code, Parsed, Shape, data_to_python, to_python
from n3gen.names import python_name, record_of
from n3gen.plan.model import Plan, PlanNode
from n3gen.registration import Forms
from n3gen.semantics.reads import reads_within
from n3gen.semantics.walk import every_entry
from n3gen.spec.model import Block, Entry, Step, ValueStep

__all__ = ["BLOCK_FORMS", "BlockContext", "Flow"]

NONE = name("None")
SKIPPED = name("SKIPPED", "SKIPPED")
"""The value of a contender that is skipped."""

_KINDS = frozenset(["str", "int", "float", "bool"])
"""The kinds of values whose type the variable of a `value` step is given."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """A block where it stands: its plan, and how each name is read there.

    `outcome` is the variable of its value, `None` where nothing reads it, and `untaken`
    its value where no branch is taken. A form adds to `sources` what it binds for what
    follows the block.
    """

    node: PlanNode
    block: Block
    outcome: str | None
    sources: dict[str, str]
    untaken: Code = NONE


class Flow:
    """Writes the blocks of steps of one chain; their functions go to the scope."""

    def __init__(self, scope: ChainScope, calls: ModelCalls) -> None:
        self.scope = scope
        self.calls = calls

    def body(self, plan: Plan, sources: dict[str, str]) -> list[Node]:
        """The statements of a block of steps.

        `sources` says how each name is read at this point; the names of the block's
        own steps are added to it.
        """
        body: list[Node] = []
        self.scope.enter(node.entry for node in plan.nodes)
        for region in plan.regions:
            nodes = [plan.nodes[index] for index in region]
            if len(nodes) > 1:
                body.append(self.group(plan, region, sources))
            elif isinstance(nodes[0].entry, Step):
                body += self._step(nodes[0].entry, sources)
            else:
                body += self._block(nodes[0], nodes[0].entry, sources)
        return body

    def value(self, plan: Plan, sources: Mapping[str, str]) -> Code:
        """The value of a block of steps: its last batch's, by name where it has several."""
        last = [plan.nodes[index] for index in plan.values]
        if not plan.is_mapping:
            return name(sources[last[0].name])
        return dict_of({node.name: name(sources[node.name]) for node in last})

    def result(
        self,
        context: BlockContext,
        plan: Plan,
        body: list[Node],
        sources: dict[str, str],
        end: Callable[[Code | Node], Node],
    ) -> list[Node]:
        """The statements of a body of a block, and what is done with its value."""
        before, value = self.body_value(context, plan, sources)
        given = {sources[known] for known in self.scope.given(context.block)}
        if before or value.source in given:
            return [*body, *before, end(value)]
        return self.ended(body, value, end)

    def body_value(
        self, context: BlockContext, plan: Plan, sources: Mapping[str, str]
    ) -> tuple[list[Node], Code]:
        """The value of a body of a block, behind statements that make it."""
        block = context.block
        if not block.has_result:
            return [], self.value(plan, sources)
        value = data_to_python(block.result, self.scope.names(sources))
        if not value.fallible:
            return [], value
        variable = self.scope.fresh(f"{context.node.name}_result")
        line = self.scope.module.line(block.place / "result")
        return [Bind(variable, value, Place("result", line))], name(variable)

    def ended(
        self, body: list[Node], value: Code, end: Callable[[Code | Node], Node]
    ) -> list[Node]:
        """The body and what is done with a value; it is not bound for that alone."""
        last = body[-1] if body else None
        if isinstance(last, ComputedValue):
            ending = self.ended([last.ending], value, end)
            if len(ending) == 1:
                return [*body[:-1], replace(last, ending=ending[0])]
        if isinstance(last, PooledFor | Race) and last.can_be_returned:
            if end is Return and last.outcome == value.source:
                return [*body[:-1], replace(last, is_returned=True)]
            return [*body, end(value)]
        if not isinstance(last, Bind) or last.variable != value.source:
            return [*body, end(value)]
        is_typed = last.annotation is not None and end is Return
        if last.place is None and not is_typed:
            return [*body[:-1], end(last.value)]
        return [*body, end(value)]

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
    ) -> tuple[str, tuple[Code, ...]]:
        """Add a function for a part of the flow; returns it and what it is called with.

        `write` gives its statements, with the names that it reads as parameters, and
        `summary` is its docstring.
        """
        scope = self.scope
        function = scope.module.unique(f"_{scope.public_name}_{python_name(wanted)}")
        parameters = scope.parameters(reads)
        position = len(scope.functions)
        body = write({name: scope.variables[name].name for name in reads})
        node = BlockFunction(function, parameters, doc(summary), tuple(body))
        scope.functions.insert(position, node)
        return function, self._arguments(reads, sources)

    def _arguments(
        self, reads: Sequence[str], sources: Mapping[str, str]
    ) -> tuple[Code, ...]:
        given = dict.fromkeys(sources[name] for name in reads)
        return (name("run"), *map(name, given))

    def _step(self, step: Step, sources: dict[str, str]) -> list[Node]:
        if is_inline(step) and not self.scope.is_watched(step):
            return [self._inline(step, sources)]
        function, arguments, watch = self._call(step, sources)
        bound = Bind(self._bound(step, sources), Call(function, arguments))
        if watch is None:
            return [bound]
        sources[record_of(step.name)] = watch.variable
        return [watch, bound]

    def _call(
        self, step: Step, sources: Mapping[str, str], skipped: Code = NONE
    ) -> StepCall:
        node, reads = step_function(self.scope, step, self.calls, skipped)
        self.scope.functions.append(node)
        arguments = self._arguments(reads, sources)
        if not node.is_watched:
            return StepCall(node.function, arguments)
        variable = self.scope.settle(record_of(step.name))
        watch = Watch(variable, step.name, node.line, node.held)
        arguments = (arguments[0], name(variable), *arguments[1:])
        return StepCall(node.function, arguments, watch)

    def _bound(self, step: Step, sources: dict[str, str]) -> str | None:
        """The variable of a step's result, if anything reads it."""
        if not self.scope.is_used(step):
            return None
        sources[step.name] = self.scope.settle(step.name)
        return sources[step.name]

    def _inline(self, step: ValueStep, sources: dict[str, str]) -> Node:
        """A `value` step where it stands in the flow."""
        value = data_to_python(step.value, self.scope.names(sources))
        line = self.scope.module.line(step.place / "value")
        variable = self._bound(step, sources)
        if value.fallible:
            done = call("step.done", [value])
            return ComputedValue(step.name, line, Bind(variable, done))
        annotation = None
        is_typed = value.kind in _KINDS and step.name not in self.scope.shared
        if variable is not None and is_typed:
            annotation = name(value.kind)
            known = Shape(value.kind)  # type: ignore[arg-type]
            self.scope.variables[step.name] = Variable(variable, annotation, known)
        return Bind(
            variable, InlineValue(step.name, line, value), annotation=annotation
        )

    def group(
        self,
        plan: Plan,
        region: Sequence[int],
        sources: dict[str, str],
        scope: str = "Group",
        *,
        keeps_errors: bool = False,
    ) -> Group:
        """Nodes of a plan that run together, in a `scope` of the run-time support.

        With `keeps_errors` the value of one that fails is the record of its error.
        """
        followed = {earlier for index in region for earlier in plan.nodes[index].after}
        members: list[Member] = []
        bound: dict[str, str] = {}
        results: set[str] = set()
        for index in region:
            node = plan.nodes[index]
            function, arguments, watch = self.member(node, sources)
            sources |= {} if watch is None else {record_of(node.name): watch.variable}
            after = [plan.nodes[at] for at in node.after if at in region]
            variable = None
            is_step = isinstance(node.entry, Step)
            given = () if is_step else self.scope.given(node.entry)
            is_used = self.scope.is_used(node.entry)
            own: dict[str, str] = {}
            if index in followed or is_used or given:
                variable = self._variable(node)
                own = results_of(node, given, f"{variable}.result()", is_used=is_used)
            if index in followed:
                for known in own:
                    self.scope.settle(known)
                sources.update(own)
                results.update(own.values())
            bound.update(own)
            members.append(
                Member(
                    variable,
                    function,
                    arguments,
                    tuple(map(self._variable, after)),
                    any(argument.source in results for argument in arguments),
                    keeps_errors,
                    watch,
                )
            )
        for bound_name in bound:
            self.scope.settle(bound_name)
        sources.update(bound)
        return Group(name(scope, scope), tuple(members))

    def member(
        self, node: PlanNode, sources: Mapping[str, str], skipped: Code = NONE
    ) -> StepCall:
        """The call that runs a member of a group; a block gets a function for it.

        It gives `skipped` where it is skipped.
        """
        if isinstance(node.entry, Step):
            return self._call(node.entry, sources, skipped)
        block = node.entry
        reads = self.reads([node.entry], sources)
        given = self.scope.given(block)

        def write(own: dict[str, str]) -> list[Node]:
            body = self._block(node, block, own, skipped)
            names = (node.name, *given) if self.scope.is_used(block) else given
            values = [name(own[known]) for known in names]
            if len(values) > 1:
                return [*body, Return(tuple_of(values))]
            return self.ended(body, values[0] if values else NONE, Return)

        summary = sentence(block.description or f"Block `{node.name}`.")
        made = self.function(node.name, reads, sources, write, summary)
        return StepCall(*made)

    def reads(
        self, entries: Sequence[Entry], sources: Mapping[str, str]
    ) -> tuple[str, ...]:
        """The names that a function of entries takes, the payload that steps pass on too."""
        names = set(reads_within(entries))
        steps = (entry for entry in every_entry(entries) if isinstance(entry, Step))
        if any(passes_payload(self.scope.module, step) for step in steps):
            names.add("payload")
        return self.scope.reads(names & sources.keys())

    def _variable(self, node: PlanNode) -> str:
        """The variable of a node; a block without a name gets one of its own."""
        if node.name not in self.scope.variables:
            return self.scope.declare(node.name)
        return self.scope.result_of(node.name).name

    def _block(
        self,
        node: PlanNode,
        block: Block,
        sources: dict[str, str],
        untaken: Code = NONE,
    ) -> list[Node]:
        outcome = self._variable(node) if self.scope.is_used(block) else None
        context = BlockContext(node, block, outcome, sources, untaken)
        given = self.scope.given(block)
        body: list[Node] = [
            Bind(self.scope.variables[known].name, name("None"), annotation=ANY)
            for known in given
            if known in self.scope.mixed
        ]
        self.scope.bind(block)
        body += BLOCK_FORMS[type(block)](self, block, context)
        for known in (*given, *([node.name] if outcome is not None else [])):
            sources[known] = self.scope.settle(known)
        return body


BlockForm = Callable[[Flow, Any, BlockContext], list[Node]]
"""Says what the statements of a block are."""

BLOCK_FORMS: Forms[type[Block], BlockForm] = Forms("n3gen.emit.blocks")
"""The forms of blocks."""
