"""The flow of a chain: the statements of its function, in running order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from n3gen.emit.channels import ChannelEnds
from n3gen.emit.code import name, tuple_of
from n3gen.emit.flow_parts import FlowParts, is_inline
from n3gen.emit.groups import (
    NONE,
    SKIPPED,
    ended_before,
    group_of,
    keeps_error,
    start_of,
    step_call,
)
from n3gen.emit.guard_nodes import Guarded, OrError
from n3gen.emit.guards import End, Guard, KeptNames, with_bound
from n3gen.emit.nodes import Bind, Call, Declare, Node, Place, Return
from n3gen.emit.scope import ANY
from n3gen.emit.task_nodes import Background
from n3gen.emit.task_reads import asked_before
from n3gen.expressions import Code, data_to_python
from n3gen.plan.model import Plan, PlanNode
from n3gen.registration import Forms
from n3gen.semantics.reads import references_in
from n3gen.spec.model import Block, Entry, Step

__all__ = ["BLOCK_FORMS", "BlockContext", "Flow"]

_DEEPEST = 15
"""How many blocks of Python stand inside each other, at most, before a block gets a
function: Python allows 20, and what a block itself may add is left free."""

_CLAUSE = 3
"""The blocks of Python that a clause adds: around its body an error is handled."""


@dataclass(frozen=True, slots=True)
class BlockContext:
    """A block where it stands: its plan, and how each name is read there.

    `outcome` is the variable of its value, `None` where nothing reads it, and `untaken`
    its value where no branch is taken. The block `declares` the variable, unless that is
    done already. `end` is what is done with the value of a clause. A form adds to
    `sources` what it binds for what follows the block.
    """

    node: PlanNode
    block: Block
    outcome: str | None
    sources: dict[str, str]
    untaken: Code = NONE
    end: End | None = None
    declares: bool = True


class Flow(FlowParts):
    """Write the blocks of steps of one chain; their functions go to the scope."""

    def body(self, plan: Plan, sources: dict[str, str]) -> list[Node]:
        """The statements of a block of steps.

        `sources` says how each name is read at this point; the names of the block's
        own steps are added to it.
        """
        self.scope.enter(node.entry for node in plan.nodes)
        if not any(node.is_loose for node in plan.nodes):
            return self._regions(plan, sources)
        has_ended = any(ended_before(plan, index) for index in range(len(plan.nodes)))
        scope = "EndedBackground" if has_ended else "Background"
        nursery = self.tasks.nursery(plan, sources, scope)
        self.tasks.nurseries.append(nursery)
        with self.inside(1):
            body = self._regions(plan, sources)
        self.tasks.nurseries.pop()
        joins = (*nursery.joins.values(),)
        return [Background(name(scope, scope), nursery.variable, joins, tuple(body))]

    def _regions(self, plan: Plan, sources: dict[str, str]) -> list[Node]:
        body: list[Node] = []
        for region in plan.regions:
            node = plan.nodes[region[0]]
            body += self.watched(plan, region)
            if len(region) > 1:
                body.append(group_of(self, plan, region, sources))
            elif node.is_loose:
                body.append(start_of(self, plan, region[0], sources))
            elif self.is_deep and (node.clauses or isinstance(node.entry, Block)):
                body += self._apart(node, node.entry, sources)
            elif isinstance(node.entry, Step):
                body += self.step(node, node.entry, sources)
            else:
                body += self._block(node, node.entry, sources)
        return body

    @property
    def is_deep(self) -> bool:
        """Whether a block, or a clause, would be too deep here for Python."""
        return self.nested + _CLAUSE > _DEEPEST

    def _apart(
        self, node: PlanNode, entry: Entry, sources: dict[str, str]
    ) -> list[Node]:
        """The call of a function for an entry that is too deep inside of others."""
        called = Call(*self.member(node, sources, in_group=False))
        names = [*self.scope.given(entry)]
        if self.scope.is_used(entry):
            self.variable(node)
            names.insert(0, node.name)
        sources.update({known: self.scope.settle(known) for known in names})
        self.add_records(entry, sources)
        return [Bind(", ".join(sources[known] for known in names) or None, called)]

    def closed(
        self, plan: Plan, sources: dict[str, str], end: End | None, owner: str
    ) -> list[Node]:
        """The statements of a body, and what is done with its value, clauses included."""

        def write() -> list[Node]:
            body = self.body(plan, sources)
            if end is None:
                return body
            body += self.tasks.awaited(plan.value_names, sources)
            return self.ended(body, self.value(plan, sources), end)

        return self.guarded(plan, sources, Guard(owner, write, end))

    def finished(
        self,
        context: BlockContext,
        plan: Plan,
        sources: dict[str, str],
        end: End | None,
        declared: str | None = None,
    ) -> list[Node]:
        """The statements of a body of a block, and what is done with the block's value.

        A variable of the value that is `declared` nowhere else is so before its clauses.
        """

        given = self.scope.given(context.block)

        def write() -> list[Node]:
            body = [*self.body(plan, sources), *self.bound(given, sources)]
            if end is None:
                return body
            return self.result(context, plan, body, sources, end)

        guard = Guard(context.node.name, write, end, declared, given, binds=True)
        return self.guarded(plan, sources, guard)

    def guarded(
        self, plan: Plan, sources: Mapping[str, str], guard: Guard
    ) -> list[Node]:
        """The statements of a body inside its clauses, where it has any."""
        if not plan.endings:
            return guard.write()
        outer, before = dict(sources), self.kept
        kept = KeptNames.of(self.tasks, plan, guard, self.member_variable, before)
        self.kept = before | kept.variables
        with self.inside(2):
            body = guard.write()
        clauses: list[Node] = []
        last: list[Node] = []
        with self.scope.doubting(kept.sources), self.inside(_CLAUSE):
            for node in plan.endings:
                named = replace(node, name=guard.owner)
                ending = self._ending(named, {**outer, **kept.sources}, guard.end)
                if guard.binds:
                    ending = with_bound(self.scope, ending, guard.also, kept.sources)
                found = clauses if node.entry.has_value else last
                found += ending
        self.kept = before
        end = next(iter(last), None)
        parts = tuple(body), tuple(clauses), end
        returns = guard.end is Return
        failure = self.own_failure()
        return [Guarded(kept.nodes, *parts, guard.notes_end, returns, failure)]

    def _ending(
        self, node: PlanNode, sources: dict[str, str], end: End | None
    ) -> list[Node]:
        assert isinstance(node.entry, Block)
        context = BlockContext(node, node.entry, None, sources, end=end)
        return BLOCK_FORMS[type(node.entry)](self, node.entry, context)

    def result(
        self,
        context: BlockContext,
        plan: Plan,
        body: list[Node],
        sources: dict[str, str],
        end: End,
    ) -> list[Node]:
        """The statements of a body of a block, and what is done with its value."""
        before, value = self.body_value(context, plan, sources)
        # Facts of a loop itself, such as `NAME.exhausted`, are not known in its rounds.
        given = {sources.get(known) for known in self.scope.given(context.block)}
        if value.source in given:
            return [*body, *before, end(value)]
        return self.ended([*body, *before], value, end)

    def body_value(
        self, context: BlockContext, plan: Plan, sources: dict[str, str]
    ) -> tuple[list[Node], Code]:
        """The value of a body of a block, behind statements that make it."""
        block = context.block
        before: list[Node] = [
            *self.tasks.awaited(self._value_names(plan, block), sources)
        ]
        if not block.has_result:
            return before, self.value(plan, sources)
        value = data_to_python(block.result, self.scope.names(sources))
        if not value.fallible:
            return before, value
        variable = self.scope.fresh(f"{context.node.name}_result")
        line = self.scope.module.line(block.place / "result")
        return [*before, Bind(variable, value, Place("result", line))], name(variable)

    def _value_names(self, plan: Plan, block: Block) -> Iterable[str]:
        """The names that make the value of a body of a block."""
        if block.has_result:
            return references_in(block.inner_texts())
        return plan.value_names

    def step(
        self, node: PlanNode, step: Step, sources: dict[str, str], skipped: Code = NONE
    ) -> list[Node]:
        """A step and its clauses, behind what waits for the tasks that it needs."""
        ends = self.channel_ends.get(id(step))
        if ends is not None:
            body = self._step(node, step, sources, skipped)
            return [ChannelEnds(ends.sends, ends.reads, tuple(body))]
        return self._step(node, step, sources, skipped)

    def _step(
        self, node: PlanNode, step: Step, sources: dict[str, str], skipped: Code
    ) -> list[Node]:
        waits, own = self.tasks.before(step, sources)
        waits += self.tasks.noted(step)
        if is_inline(step) and not self.scope.records_of(step):
            done = self._inline(step, own)
            sources.update({step.name: own[step.name]} if step.name in own else {})
            return [*waits, done]
        work = Call(*self.call(step, own, skipped))
        value = OrError(work, skipped is SKIPPED) if step.keeps_error else work
        variable = self._bound(step, sources)
        self.add_records(step, sources)
        if node.clauses is None:
            return [*waits, Bind(variable, value)]
        end = None if variable is None else partial(Bind, variable)
        body: list[Node] = [Bind(variable, value)]
        guard = Guard(step.name, lambda: body, end, variable)
        return [*waits, *self.guarded(node.clauses, sources, guard)]

    def member(
        self,
        node: PlanNode,
        sources: Mapping[str, str],
        skipped: Code = NONE,
        *,
        in_group: bool = True,
    ) -> tuple[str, tuple[Code, ...]]:
        """The call that runs a member of a group; a block gets a function for it.

        So does a step that waits for tasks or has clauses, or whose error no group keeps.
        It gives `skipped` where it is skipped.
        """
        entry = node.entry
        is_alone = node.is_loose or not in_group
        is_plain = node.clauses is None and not (is_alone and keeps_error(entry))
        is_plain &= id(entry) not in self.channel_ends
        if isinstance(entry, Step) and is_plain:
            return step_call(self, node, entry, sources, skipped)
        recorded = self.recorded(entry)
        reads = self.scope.reads({*self.reads([entry], sources), *recorded})
        if isinstance(entry, Step):
            waited_for = self.tasks.waited_for(entry, sources)
            reads = self.scope.reads({*reads, *waited_for})
        given = self.scope.given(entry)

        def write(own: dict[str, str]) -> list[Node]:
            if isinstance(entry, Step):
                body = self.step(node, entry, own, skipped)
            else:
                body = self._block(node, entry, own, skipped)
            names = (node.name, *given) if self.scope.is_used(entry) else given
            values = [name(own[known]) for known in names]
            if len(values) > 1:
                return [*body, Return(tuple_of(values))]
            return self.ended(body, values[0] if values else NONE, Return)

        described = None if isinstance(entry, Step) else entry.description
        summary = described or f"Block `{node.name}`."
        own = {**sources, **recorded}
        returns = self.returned(node, skipped)
        # That of a step inside of it gives no none where the block is cancelled.
        own_one = isinstance(entry, Block) and node.name in self.scope.cancelled
        rest = write, summary, returns
        return self.function(node.name, reads, own, *rest, is_needed=own_one)

    def _block(
        self,
        node: PlanNode,
        block: Block,
        sources: dict[str, str],
        untaken: Code = NONE,
    ) -> list[Node]:
        outcome = self.variable(node) if self.scope.is_used(block) else None
        declares = outcome is not None and self.declares(outcome)
        context = BlockContext(
            node, block, outcome, sources, untaken, declares=declares
        )
        given = self.scope.given(block)
        around = dict(self.scope.variables)
        self.scope.enter([block])
        body: list[Node] = [
            Declare(self.scope.variables[known].name, ANY)
            for known in given
            if self.scope.variables[known].name in self.scope.mixed
            and self.declares(self.scope.variables[known].name)
        ]
        self.scope.bind(block)
        body += self.tasks.awaited(asked_before(block), sources)
        body += self.tasks.noted(block)
        with self.inside(2):
            inside = BLOCK_FORMS[type(block)](self, block, context)
        if (ends := self.channel_ends.get(id(block))) is not None:
            inside = [ChannelEnds(ends.sends, ends.reads, tuple(inside))]
        body += inside
        # Inside of the block, names that are known around it may be those of others.
        others = around.keys() - {*block.gives}
        self.scope.variables.update({known: around[known] for known in others})
        for known in (*given, *([node.name] if outcome is not None else [])):
            sources[known] = self.scope.settle(known)
        self.add_records(block, sources)
        return body


BlockForm = Callable[[Flow, Any, BlockContext], list[Node]]
"""Says what the statements of a block are."""

BLOCK_FORMS: Forms[type[Block], BlockForm] = Forms("n3gen.emit.blocks")
"""The forms of blocks."""
