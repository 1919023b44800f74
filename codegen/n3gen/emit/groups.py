"""Nodes of a plan that run together, each as soon as those before it are done."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from n3gen.emit.background import Tasks
from n3gen.emit.code import name
from n3gen.emit.nodes import Bind, Call, Group, Member, Node, Return
from n3gen.emit.scope import ChainScope
from n3gen.emit.task_reads import named_nodes
from n3gen.expressions import Code
from n3gen.names import outside, python_name
from n3gen.plan.model import Plan, PlanNode
from n3gen.spec.model import Entry, Step

__all__ = [
    "NONE",
    "SKIPPED",
    "ended_before",
    "group_of",
    "keeps_error",
    "start_of",
    "step_call",
]

SKIPPED = name("SKIPPED", "SKIPPED")
"""The value of a contender that is skipped."""

NONE = name("None")


class Members(Protocol):
    """What makes the calls of members: a flow."""

    scope: ChainScope
    tasks: Tasks

    def member(
        self, node: PlanNode, sources: Mapping[str, str], skipped: Code = NONE
    ) -> tuple[str, tuple[Code, ...]]: ...

    def call(
        self, step: Step, sources: Mapping[str, str], skipped: Code = NONE
    ) -> tuple[str, tuple[Code, ...]]: ...

    def function(
        self,
        wanted: str,
        reads: Sequence[str],
        sources: Mapping[str, str],
        write: Callable[[dict[str, str]], list[Node]],
        summary: str,
        returns: Code = ...,
    ) -> tuple[str, tuple[Code, ...]]: ...

    def returned(self, node: PlanNode, skipped: Code) -> Code: ...

    def reads(
        self, entries: Sequence[Entry], sources: Mapping[str, str]
    ) -> tuple[str, ...]: ...

    def member_variable(self, node: PlanNode) -> str: ...

    def add_records(self, entry: Entry, sources: dict[str, str]) -> None: ...

    def recorded(self, entry: Entry) -> dict[str, str]: ...


def group_of(
    flow: Members,
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
    ended = {index: ended_before(plan, index) & {*region} for index in region}
    has_ended = any(ended.values())
    group = _Members(flow, plan, region, sources, may_lack=has_ended)
    members = tuple(group.member(i, ended[i], keeps_errors) for i in region)
    group.settle()
    planned = (*group.planned.values(),)
    if not has_ended:
        return Group(name(scope, scope), members, planned=planned)
    in_order = _in_order(plan, region)
    if not any(node.is_loose for node in plan.nodes):
        return Group(name("EndedGroup", "EndedGroup"), members, in_order)
    scope, body = "EndedInBackground", flow.tasks.nurseries[-1].variable
    return Group(name(scope, scope), members, in_order, body, planned)


def start_of(flow: Members, plan: Plan, index: int, sources: dict[str, str]) -> Bind:
    """The start of a node that runs beside the rest of its body."""
    node, tasks = plan.nodes[index], flow.tasks
    joins = tasks.joins_of(plan, index)
    called = flow.member(node, sources, SKIPPED if joins else NONE)
    start = tasks.start(plan, index, called)
    variable = None
    if tasks.is_needed(plan, index):
        variable = tasks.variable(node)
        tasks.add(variable, sources, variable)
    else:
        flow.add_records(node.entry, sources)
    return Bind(variable, start)


def step_call(
    flow: Members, node: PlanNode, step: Step, sources: Mapping[str, str], skipped: Code
) -> tuple[str, tuple[Code, ...]]:
    """The call of a member that is a step; it gets a function if it waits for tasks."""
    tasks = flow.tasks
    if not tasks.has_to_wait(step, sources):
        return flow.call(step, sources, skipped)

    def write(given: dict[str, str]) -> list[Node]:
        waits, own = tasks.before(step, given)
        waits += tasks.noted(step)
        return [*waits, Return(Call(*flow.call(step, own, skipped)))]

    recorded = flow.recorded(step)
    reads = {*flow.reads([step], sources), *tasks.waited_for(step, sources), *recorded}
    wanted = f"{step.name}_when_ready"
    summary = f"Step `{step.name}`, once what it waits for has ended."
    own = {**sources, **recorded}
    names = flow.scope.reads(reads)
    returns = flow.returned(node, skipped)
    return flow.function(wanted, names, own, write, summary, returns)


class _Members:
    """The members of one group, which `may_lack` results where some are read."""

    def __init__(
        self,
        flow: Members,
        plan: Plan,
        region: Sequence[int],
        sources: dict[str, str],
        *,
        may_lack: bool,
    ) -> None:
        self.flow = flow
        self.may_lack = may_lack
        self.plan = plan
        self.region = region
        self.sources = sources
        nodes = [plan.nodes[index] for index in region]
        self.late = plan.begin_late(region)
        self.planned = {at: flow.tasks.planned(plan, at) for at in sorted(self.late)}
        self.followed = {at for node in nodes for at in self._before(node)}
        self.followed |= {at for index in region for at in ended_before(plan, index)}
        self.variables: dict[int, str] = {}
        self.bound: dict[str, str] = {}
        self.results: set[str] = set()

    def _before(self, node: PlanNode) -> set[int]:
        """The nodes that one starts after: those of its join that are late aside."""
        found = {*node.after, *node.begun, *node.members}
        return found - ({*node.members} & self.late - {*node.begun})

    def member(self, index: int, ended: set[int], keeps_errors: bool) -> Member:
        """A member; what follows it in the group may read its result."""
        node = self.plan.nodes[index]
        tasks = self.flow.tasks
        joins = tasks.joins_of(self.plan, index) if node.is_loose else ()
        skipped = SKIPPED if joins else NONE
        waits = self.may_lack and tasks.notes_begin(node.entry, self.sources)
        function, arguments = self.flow.member(node, self.sources, skipped)
        start = None
        if node.is_loose:
            called = function, arguments
            planned = self.planned.get(index)
            start = tasks.start(
                self.plan, index, called, in_group=True, planned=planned
            )
        reads_results = any(known.source in self.results for known in arguments)
        if node.is_loose:
            self._add_task(index, node)
        else:
            self.flow.add_records(node.entry, self.sources)
            self._add_result(index, node)
        before = sorted(self._before(node) & {*self.region} - ended)
        return Member(
            self.variables.get(index),
            function,
            arguments,
            tuple(self.variables[at] for at in before),
            reads_results,
            keeps_errors or (not node.is_loose and keeps_error(node.entry)),
            tuple(self.variables[at] for at in sorted(ended)),
            start,
            optional=self.may_lack and start is not None,
            waits=waits,
        )

    def _add_task(self, index: int, node: PlanNode) -> None:
        tasks = self.flow.tasks
        if index in self.planned:
            variable = self.planned[index].variable
            tasks.add(variable, self.sources, variable)
            if index in self.followed:
                wanted = f"{python_name(node.name)}_begun"
                self.variables[index] = self.flow.scope.fresh(wanted)
        elif index in self.followed or tasks.is_needed(self.plan, index):
            variable = self.variables[index] = tasks.variable(node)
            tasks.add(variable, self.sources, f"{variable}.result()")
            self.results.add(f"{variable}.result()")
        else:
            self.flow.add_records(node.entry, self.sources)

    def _add_result(self, index: int, node: PlanNode) -> None:
        scope = self.flow.scope
        given, is_used = scope.given(node.entry), scope.is_used(node.entry)
        if not (index in self.followed or is_used or given):
            return
        variable = self.variables[index] = self.flow.member_variable(node)
        own = self._results(node, given, variable, is_used=is_used)
        if index in self.followed:
            for known in own:
                scope.settle(known)
            self.sources.update(own)
            self.results.update(own.values())
        self.bound.update(own)

    def _results(
        self, node: PlanNode, given: tuple[str, ...], variable: str, *, is_used: bool
    ) -> dict[str, str]:
        """How the names of a member are read from its result."""
        names = (node.name, *given) if is_used or not given else given
        if len(names) == 1:
            return {names[0]: f"{variable}.result()"}
        if self.may_lack:
            part = outside("part_of")
            return {one: f"{part}({variable}, {at})" for at, one in enumerate(names)}
        return {one: f"{variable}.result()[{at}]" for at, one in enumerate(names)}

    def settle(self) -> None:
        """Read the names of the members as their results from now on."""
        for known in self.bound:
            self.flow.scope.settle(known)
        self.sources.update(self.bound)


def keeps_error(entry: Entry) -> bool:
    """Whether an entry is a step whose error's record is its value where it fails."""
    return isinstance(entry, Step) and entry.keeps_error


def ended_before(plan: Plan, index: int) -> set[int]:
    """The nodes of which one waits for the end, whatever becomes of them."""
    step = plan.nodes[index].entry
    if not isinstance(step, Step) or not step.waits_for_ends:
        return set()
    return {*named_nodes(plan, step)}


def _in_order(plan: Plan, region: Sequence[int]) -> bool:
    """Whether each node comes after the one before it, those in the background aside."""
    last = None
    for index in region:
        if last is not None and last not in plan.nodes[index].after:
            return False
        last = last if plan.nodes[index].is_loose else index
    return True
