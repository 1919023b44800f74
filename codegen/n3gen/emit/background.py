"""Entries that run beside the rest of their body: their tasks, and what waits for these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from n3gen.emit.code import name
from n3gen.emit.nodes import Node, PlannedTask
from n3gen.emit.scope import ChainScope, Variable
from n3gen.emit.task_nodes import AwaitJoin, AwaitTask, Join, NoteBegin, StartTask
from n3gen.emit.task_reads import asked_before, read_by_results
from n3gen.expressions import Code
from n3gen.names import (
    join_of,
    outside,
    own_record_of,
    python_name,
    record_of,
    task_of,
)
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.reads import references_of
from n3gen.semantics.walk import every_entry
from n3gen.spec.entries import known_after
from n3gen.spec.model import Entry, Step

__all__ = ["Nursery", "Tasks"]

_TASK = name("BackgroundTask[Any]", "BackgroundTask", "Any")
_JOIN = name("Join", "Join")


@dataclass(frozen=True, slots=True)
class Nursery:
    """A body with tasks: its variable, and its joins by the indexes of their nodes.

    `named` are the nodes that steps of the body wait for by their names.
    """

    variable: str
    joins: Mapping[int, Join]
    named: frozenset[int]


class Tasks:
    """The tasks of one chain.

    What a name's task is called is kept among the sources under `task_of` the name;
    there is none for the name itself until the task has been awaited.
    """

    def __init__(self, scope: ChainScope) -> None:
        self.scope = scope
        self.nurseries: list[Nursery] = []
        self._names: dict[str, tuple[str, ...]] = {}
        self._records: dict[str, tuple[str, ...]] = {}
        self._unread: set[str] = set()
        self._backgrounds: dict[tuple[int, str], str] = {}
        self._entries: dict[str, str] = {}
        self._reserved: dict[int, str] = {}
        # What has ended before each join, of its members.
        self._ended: dict[str, tuple[str, ...]] = {}
        self._cancelled = scope.cancelled
        self._around = frozenset[str]()
        self._noting: set[int] = set()
        self._results = [*read_by_results(scope)]

    def nursery(self, plan: Plan, sources: dict[str, str], scope: str) -> Nursery:
        """The nursery of a body, with the joins of its steps, which are known from now on.

        A variable has one type, that of a `scope` of the run-time support.
        """
        kind = len(self.nurseries), scope
        if kind not in self._backgrounds:
            taken = self._backgrounds.values()
            self._backgrounds[kind] = self.scope.numbered("background", {*taken})
        joins: dict[int, Join] = {}
        indexes = known_after(tuple(node.entry for node in plan.nodes))
        for index, node in enumerate(plan.nodes):
            if (
                isinstance(node.entry, Step)
                and node.entry.join
                and node.count is not None
            ):
                variable = self.scope.fresh(f"{python_name(node.name)}_join")
                line = self.scope.module.line(node.entry.place / "depends_on")
                names = dict.fromkeys(node.entry.depends_on)
                ended = (n for n in names if indexes.get(n) not in node.members)
                self._ended[node.name] = (*ended,)
                members = len(node.members) + len(self._ended[node.name])
                count = node.entry.join.count or 0
                joins[index] = Join(variable, node.name, count, members, line)
                self.scope.variables[join_of(node.name)] = Variable(variable, _JOIN)
                sources[join_of(node.name)] = variable
        named: set[int] = set()
        for node in plan.nodes:
            # What a join needs is counted by the join, not awaited.
            if isinstance(node.entry, Step) and node.count is None:
                found = (indexes.get(name) for name in node.entry.depends_on)
                named.update(index for index in found if index is not None)
        return Nursery(self._backgrounds[kind], joins, frozenset(named))

    def joins_of(self, plan: Plan, member: int) -> tuple[str, ...]:
        """The variables of the joins that a node is a member of."""
        return tuple(
            join.variable
            for index, join in self.nurseries[-1].joins.items()
            if member in plan.nodes[index].members
        )

    def start(
        self,
        plan: Plan,
        index: int,
        called: tuple[str, tuple[Code, ...]],
        *,
        in_group: bool = False,
        planned: PlannedTask | None = None,
    ) -> StartTask:
        """The start of the task of a node, which may be `planned` already."""
        return StartTask(
            self.nurseries[-1].variable if planned is None else planned.variable,
            *called,
            joins=self.joins_of(plan, index) if planned is None else (),
            in_background=plan.nodes[index].entry.background,
            in_group=in_group,
        )

    def planned(self, plan: Plan, index: int) -> PlannedTask:
        """The task of a node that may begin after a join of which it is a member."""
        joins = self.joins_of(plan, index)
        background = self.nurseries[-1].variable
        return PlannedTask(self.variable(plan.nodes[index]), background, joins)

    def names_of(self, node: PlanNode) -> tuple[str, ...]:
        """The names that what a node returns is made of."""
        given = self.scope.given(node.entry)
        is_used = self.scope.is_used(node.entry) or not given
        return (node.name, *given) if is_used else given

    def is_needed(self, plan: Plan, index: int) -> bool:
        """Whether something reads the task of a node, waits for it or cancels it."""
        node = plan.nodes[index]
        entry = node.entry
        scope = self.scope
        is_read = bool(scope.given(entry)) or scope.is_used(entry)
        if not is_read and (records := scope.records_of(entry)):
            read = self._reads_beside(plan, index) | self._read_by_results(plan)
            is_read = not read.isdisjoint(records)
        is_read |= id(entry) in self._reserved
        is_named = index in self.nurseries[-1].named or node.name in self._cancelled
        return is_read or is_named

    def _read_by_results(self, plan: Plan) -> frozenset[str]:
        """What results read, but for those in clauses of the plan, whose tasks have ended."""
        clauses = {id(one) for one in every_entry(n.entry for n in plan.endings)}
        results = (read for owner, read in self._results if id(owner) not in clauses)
        return frozenset[str]().union(*results)

    def _reads_beside(self, plan: Plan, index: int) -> frozenset[str]:
        """What the others of a plan read, but for those whose join a node is a member of.

        These wait for the join, and read the records of its members as they are by then.
        """
        nodes = (node for node in plan.nodes if node is not plan.nodes[index])
        return self.scope.reads_within(
            node.entry for node in nodes if index not in node.members
        )

    def reserve(self, node: PlanNode) -> str:
        """A variable for the task of a node, which is read where it may not have begun."""
        self._reserved[id(node.entry)] = variable = self.variable(node)
        return variable

    def variable(self, node: PlanNode) -> str:
        """A variable for the task of a node: a new one, unless it is reserved."""
        if (reserved := self._reserved.pop(id(node.entry), None)) is not None:
            return reserved
        found = self.scope.numbered(f"{python_name(node.name)}_task", self._names)
        self._names[found] = self.names_of(node)
        self._records[found] = self.scope.records_of(node.entry)
        if not (self.scope.is_used(node.entry) or self.scope.given(node.entry)):
            self._unread.add(found)
        self._entries[found] = node.name
        return found

    def add(self, variable: str, sources: dict[str, str], source: str) -> None:
        """Read the task that is bound to a variable as `source` from now on."""
        records = self._records[variable]
        names = {*self._names[variable], *records, self._entries[variable]}
        for known in sorted(names):
            self.scope.variables[task_of(known)] = Variable(variable, _TASK)
            if known in self.scope.variables:
                self.scope.settle(known)
            sources.pop(known, None)
            sources[task_of(known)] = source
        for record in records:
            sources[own_record_of(record)] = self.scope.facts[record].name

    def pending(self, known: str, sources: Mapping[str, str]) -> str | None:
        """The task of a name whose value is not known yet."""
        return None if known in sources else sources.get(task_of(known))

    def keys(self, names: Iterable[str], sources: Mapping[str, str]) -> set[str]:
        """What a function takes for names: their tasks where these are pending.

        With the task of a step it takes the record that is read once that has ended.
        """
        later = {n for n in names if n not in sources}
        found = {*names, *map(task_of, later)}
        found.update(own_record_of(n) for n in later & self.scope.records)
        return found & sources.keys()

    def before(
        self, step: Step, sources: dict[str, str]
    ) -> tuple[list[Node], dict[str, str]]:
        """What a step waits for of tasks, and how names are read where it then stands."""
        reads = references_of(step)
        join = sources.get(join_of(step.name))
        members = [] if join is None else self._given_with(step.depends_on, sources)
        joined = frozenset() if join is None else {*step.depends_on}
        others = set[str]()
        if join is None:
            others = {n for n in step.depends_on if not reads & {n, record_of(n)}}
        waits: list[Node] = [
            *self.waits(sorted(others), sources),
            *self.awaited(reads - {*members} - joined, sources),
        ]
        if join is not None:
            waits.append(AwaitJoin(join, self._ended[step.name]))
        return waits, self.so_far(members, sources)

    def _given_with(
        self, names: Iterable[str], sources: Mapping[str, str]
    ) -> list[str]:
        """All names that the tasks of some names give."""
        given: list[str] = []
        for known in names:
            if self.pending(known, sources) is not None:
                task = self.scope.variables[task_of(known)].name
                given += (*self._names[task], *self._records[task])
        return given

    def has_to_wait(self, step: Step, sources: Mapping[str, str]) -> bool:
        """Whether a step waits for tasks before it starts."""
        names = {*references_of(step), *step.depends_on}
        is_pending = any(self.pending(known, sources) for known in names)
        return is_pending or join_of(step.name) in sources

    def notes_begin(self, entry: Entry, sources: Mapping[str, str]) -> bool:
        """Whether an entry waits before it begins, and so has to say when it does."""
        if isinstance(entry, Step):
            waits = self.has_to_wait(entry, sources)
        else:
            asked = asked_before(entry)
            waits = any(self.pending(known, sources) for known in asked)
        if waits:
            self._noting.add(id(entry))
        return waits

    def noted(self, entry: Entry) -> list[Node]:
        """What an entry says as it begins."""
        return [NoteBegin()] if id(entry) in self._noting else []

    def waited_for(self, step: Step, sources: Mapping[str, str]) -> set[str]:
        """What a function that runs a step takes, of what the step depends on."""
        own = {join_of(step.name)} & sources.keys()
        return own | {task_of(n) for n in step.depends_on if self.pending(n, sources)}

    def awaited(
        self, names: Iterable[str], sources: dict[str, str]
    ) -> Iterator[AwaitTask]:
        """Statements that wait for the values of names, and bind them.

        Of a task that gives several names, its parts are read where they are needed.
        """
        for known in sorted(names):
            source = self.pending(known, sources)
            if source is None:
                continue
            task = self.scope.variables[task_of(known)].name
            given = self._names[task]
            sources.update(self.so_far(self._records[task], sources))
            variable = None
            if task in self._unread:
                sources.pop(task_of(known))
            elif known not in self.scope.records and given == (known,):
                sources[known] = variable = self.scope.settle(known)
            elif known not in self.scope.records and len(given) == 1:
                # It is a fact, and the value is read by nobody.
                sources[given[0]] = variable = self.scope.settle(given[0])
            elif known not in self.scope.records:
                sources.update(self.so_far(given, sources))
            yield AwaitTask(variable, source, task_of(known) in self._around)

    def waits(
        self, names: Iterable[str], sources: Mapping[str, str]
    ) -> Iterator[AwaitTask]:
        """Statements that wait for the tasks of names, whatever they give."""
        pending = {self.pending(known, sources): known for known in names}
        for source, known in pending.items():
            if source is not None:
                yield AwaitTask(None, source, task_of(known) in self._around)

    @contextmanager
    def finishing(self, sources: Mapping[str, str]) -> Iterator[None]:
        """Wait for the ends of the tasks in `sources`, whatever became of them.

        Nothing cancels what runs last when one of them fails.
        """
        before, self._around = self._around, frozenset(sources)
        variables = self.scope.variables
        with self.scope.doubting([n for n in variables if task_of(n) in sources]):
            yield
        self._around = before

    def so_far(
        self, names: Iterable[str], sources: Mapping[str, str]
    ) -> dict[str, str]:
        """How names are read where their tasks need not have ended."""
        found = dict(sources)
        for known in names:
            source = self.pending(known, sources)
            if source is not None and known in self.scope.records:
                found[known] = self.scope.facts[known].name
            elif source is not None:
                variable = self.scope.variables[task_of(known)].name
                found[known] = f"{source}.{self._part(variable, known)}"
        return found

    def kept_so_far(self, variable: str, known: str, *, in_group: bool) -> str:
        """How a name is read where the task of that variable may not have begun."""
        begun = f"({variable}.result() or {outside('unbegun')}())"
        task = begun if in_group else variable
        return f"{task}.{self._part(variable, known)}"

    def _part(self, variable: str, known: str) -> str:
        """How what there is of a name is read of its task."""
        names = self._names[variable]
        return "value" if len(names) == 1 else f"part({names.index(known)})"
