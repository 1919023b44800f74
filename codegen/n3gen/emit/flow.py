"""The flow of a chain: the statements of its function, in running order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from n3gen.emit.code import name, tuple_of
from n3gen.emit.flow_parts import NONE, FlowParts, is_inline
from n3gen.emit.guard_nodes import Guarded, OrError
from n3gen.emit.guards import End, Guard, KeptNames
from n3gen.emit.nodes import (
    Bind,
    Call,
    Group,
    Member,
    Node,
    Place,
    Return,
)
from n3gen.emit.scope import ANY
from n3gen.emit.texts import sentence
from n3gen.expressions import Code, data_to_python
from n3gen.plan.model import Plan, PlanNode
from n3gen.registration import Forms
from n3gen.spec.model import Block, Step

__all__ = ["BLOCK_FORMS", "BlockContext", "Flow"]

SKIPPED = name("SKIPPED", "SKIPPED")
"""The value of a contender that is skipped."""


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
        body: list[Node] = []
        self.scope.enter(node.entry for node in plan.nodes)
        for region in plan.regions:
            nodes = [plan.nodes[index] for index in region]
            if len(nodes) > 1:
                body.append(self.group(plan, region, sources))
            elif isinstance(nodes[0].entry, Step):
                body += self.step(nodes[0], nodes[0].entry, sources)
            else:
                body += self._block(nodes[0], nodes[0].entry, sources)
        return body

    def closed(
        self, plan: Plan, sources: dict[str, str], end: End | None, owner: str
    ) -> list[Node]:
        """The statements of a body, and what is done with its value, clauses included."""

        def write() -> list[Node]:
            body = self.body(plan, sources)
            if end is None:
                return body
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

        def write() -> list[Node]:
            body = self.body(plan, sources)
            if end is None:
                return body
            return self.result(context, plan, body, sources, end)

        guard = Guard(context.node.name, write, end, declared)
        return self.guarded(plan, sources, guard)

    def guarded(
        self, plan: Plan, sources: Mapping[str, str], guard: Guard
    ) -> list[Node]:
        """The statements of a body inside its clauses, where it has any."""
        if not plan.endings:
            return guard.write()
        outer, before = dict(sources), self.kept
        kept = KeptNames.of(self.scope, plan, guard, self._variable, before)
        self.kept = before | kept.variables
        body = guard.write()
        clauses: list[Node] = []
        last: list[Node] = []
        with self.scope.doubting(kept.sources):
            for node in plan.endings:
                named = replace(node, name=guard.owner)
                found = clauses if node.entry.has_value else last
                found += self._ending(named, {**outer, **kept.sources}, guard.end)
        self.kept = before
        end = next(iter(last), None)
        parts = tuple(body), tuple(clauses), end
        returns = guard.end is Return
        return [Guarded(kept.nodes, *parts, guard.notes_end, returns)]

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

    def step(
        self, node: PlanNode, step: Step, sources: dict[str, str], skipped: Code = NONE
    ) -> list[Node]:
        """The statements of a step, its clauses included."""
        if is_inline(step):
            return [self._inline(step, sources)]
        work = Call(*self._call(step, sources, skipped))
        value = OrError(work) if step.keeps_error else work
        variable = self._bound(step, sources)
        if not node.bodies:
            return [Bind(variable, value)]
        end = None if variable is None else partial(Bind, variable)
        body: list[Node] = [Bind(variable, value)]
        guard = Guard(step.name, lambda: body, end, variable)
        return self.guarded(node.bodies[0], sources, guard)

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
            function, arguments = self.member(node, sources)
            after = [plan.nodes[at] for at in node.after if at in region]
            variable = None
            given = self.scope.given(node.entry)
            is_used = self.scope.is_used(node.entry)
            own: dict[str, str] = {}
            if index in followed or is_used or given:
                variable = self._variable(node)
                own = _results(node, given, f"{variable}.result()", is_used=is_used)
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
                    keeps_errors or _keeps_error(node),
                )
            )
        for bound_name in bound:
            self.scope.settle(bound_name)
        sources.update(bound)
        return Group(name(scope, scope), tuple(members))

    def member(
        self, node: PlanNode, sources: Mapping[str, str], skipped: Code = NONE
    ) -> tuple[str, tuple[Code, ...]]:
        """The call that runs a member of a group; a block gets a function for it.

        It gives `skipped` where it is skipped.
        """
        entry = node.entry
        if isinstance(entry, Step) and not node.bodies:
            return self._call(entry, sources, skipped)
        reads = self.reads([entry], sources)
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
        summary = sentence(described or f"Block `{node.name}`.")
        return self.function(node.name, reads, sources, write, summary)

    def _block(
        self,
        node: PlanNode,
        block: Block,
        sources: dict[str, str],
        untaken: Code = NONE,
    ) -> list[Node]:
        outcome = self._variable(node) if self.scope.is_used(block) else None
        declares = outcome not in self.kept
        context = BlockContext(
            node, block, outcome, sources, untaken, declares=declares
        )
        given = self.scope.given(block)
        body: list[Node] = [
            Bind(self.scope.variables[known].name, NONE, annotation=ANY)
            for known in given
            if known in self.scope.mixed
            and self.scope.variables[known].name not in self.kept
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


def _keeps_error(node: PlanNode) -> bool:
    """Whether a member is a step whose error's record is its value where it fails."""
    return isinstance(node.entry, Step) and node.entry.keeps_error


def _results(
    node: PlanNode, given: tuple[str, ...], result: str, *, is_used: bool
) -> dict[str, str]:
    """How the names of a member of a group are read from its result."""
    names = (node.name, *given) if is_used or not given else given
    if len(names) == 1:
        return {names[0]: result}
    return {known: f"{result}[{index}]" for index, known in enumerate(names)}
