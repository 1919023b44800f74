"""Bodies with clauses: what these read of steps that may not have run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping
from dataclasses import dataclass, replace

from n3gen.emit.background import Tasks
from n3gen.emit.block_types import block_type, returned_by_member
from n3gen.emit.code import call, name, tuple_of
from n3gen.emit.fact_forms import RECORD, FactForm, fact_form
from n3gen.emit.guard_nodes import Kept, OnError
from n3gen.emit.nodes import Bind, Node
from n3gen.emit.scope import ANY, ChainScope
from n3gen.emit.types import optional
from n3gen.expressions import Code
from n3gen.names import outside
from n3gen.plan.model import Plan, PlanNode
from n3gen.spec.entries import known_after

__all__ = ["End", "Guard", "KeptNames", "with_bound"]

End = Callable[[Code | Node], Node]
"""Says what is done with the value of a body."""


@dataclass(frozen=True, slots=True)
class Guard:
    """A body that clauses stand behind: what `owner` is called, and how to `write` it.

    `end` is what is done with the value of a clause. `outcome` is a variable that both
    bind, and that is declared before. `also` are names that are read behind it all, which
    the body `binds` at its end, or which are read as it gives them. Where `is_together`, the steps of the body are members of one group; where it
    `notes_end`, the run notes how it has ended.
    """

    owner: str
    write: Callable[[], list[Node]]
    end: End | None
    outcome: str | None = None
    also: Collection[str] = ()
    binds: bool = False
    is_together: bool = False
    notes_end: bool = False


@dataclass(frozen=True, slots=True)
class KeptNames:
    """The names of a body that are read where it may not have run.

    `sources` says how each is read then; `nodes` give their variables values before.
    """

    sources: Mapping[str, str]
    nodes: tuple[Kept, ...]

    @classmethod
    def of(
        cls,
        tasks: Tasks,
        plan: Plan,
        guard: Guard,
        variable: Callable[[PlanNode], str],
        declared: Container[str],
    ) -> KeptNames:
        """The names of a plan's body; `variable` gives the variable of a node.

        Those that are `declared` already are not annotated again.
        """
        scope, main = tasks.scope, tuple(node.entry for node in plan.nodes)
        read = scope.reads_within(node.entry for node in plan.endings) | {*guard.also}
        scope.enter(main)
        # Clauses that are in the body read what may be none as it is.
        is_typed = not any(node.entry.has_value for node in plan.endings)
        members = {i for region in plan.regions if len(region) > 1 for i in region}
        if guard.is_together:
            members = {*range(len(main))}
        late = {i for region in plan.regions for i in plan.begin_late(region)}
        started = members - late
        sources: dict[str, str] = {}
        nodes: dict[str, Kept] = {}
        for known, index in known_after(main).items():
            if known not in read or known in scope.unread:
                continue
            form = fact_form(main[index], known)
            # Members of a block that goes on may give the records of their errors.
            has_type = is_typed and not guard.is_together
            value_type = (
                returned_by_member(scope, plan.nodes[index]) if has_type else ANY
            )
            if plan.nodes[index].is_loose and form is not RECORD:
                kept = _of_task(
                    tasks, plan.nodes[index], value_type, in_group=index in started
                )
                own = kept.variable
                sources[known] = tasks.kept_so_far(
                    own, known, in_group=index in started
                )
            elif index in members and form is not RECORD:
                own = variable(plan.nodes[index])
                sources[known] = _of_member(scope, plan, index, known, own)
                unstarted = call("unstarted", (), "unstarted")
                kept = Kept(own, unstarted, _holder("Member", value_type))
            else:
                node = plan.nodes[index].core
                kept = _of_value(scope, node, known, form, is_typed=is_typed)
                own = sources[known] = kept.variable
            nodes[own] = kept
        # A body that ends without a clause in its place has bound its variable.
        outcome = None if is_typed else guard.outcome
        if outcome is not None and outcome not in nodes:
            nodes[outcome] = Kept(outcome, name("None"), ANY)
        found = (
            replace(node, annotation=None) if node.variable in declared else node
            for node in nodes.values()
        )
        return cls(sources, tuple(found))

    @property
    def variables(self) -> set[str]:
        """The variables that have values before."""
        return {node.variable for node in self.nodes}


def with_bound(
    scope: ChainScope,
    clauses: Iterable[Node],
    given: Collection[str],
    sources: Mapping[str, str],
) -> list[Node]:
    """Clauses that first bind the names that their body gives, as its own end does."""
    variables = {known: scope.variables[known].name for known in given}
    bound = tuple(
        Bind(variable, name(sources[known]))
        for known, variable in variables.items()
        if sources.get(known, variable) != variable
    )
    return [
        (
            replace(clause, body=(*bound, *clause.body))
            if isinstance(clause, OnError)
            else clause
        )
        for clause in clauses
    ]


def _of_value(
    scope: ChainScope,
    node: PlanNode,
    known: str,
    form: FactForm | None,
    *,
    is_typed: bool,
) -> Kept:
    """The variable of what a statement of the body binds, which may not have run."""
    held = scope.result_of(known)
    if form is RECORD:
        return Kept(held.name, form.before, None)
    if form is not None:
        return Kept(held.name, form.before, optional(form.annotation))
    if known in scope.shared:
        return Kept(held.name, name("None"), None)
    type_ = held.annotation
    if known == node.entry.name:
        type_ = block_type(scope, node, type_)
    return Kept(held.name, name("None"), optional(type_) if is_typed else ANY)


def _of_task(tasks: Tasks, node: PlanNode, type_: Code, *, in_group: bool) -> Kept:
    """The variable of a task, which may not have begun."""
    own, task = tasks.reserve(node), _holder("BackgroundTask", type_)
    if in_group:
        member = _holder("Member", task)
        return Kept(own, call("unstarted", (), "unstarted"), member)
    return Kept(own, call("unbegun", (), "unbegun"), task)


def _holder(known: str, type_: Code) -> Code:
    """The annotation of a member or a task whose value is of a type."""
    return Code(f"{outside(known)}[{type_.source}]")


def _of_member(
    scope: ChainScope, plan: Plan, index: int, known: str, variable: str
) -> str:
    """How a name that a member of a group gives is read, whether or not it has ended."""
    entry = plan.nodes[index].entry
    given = scope.given(entry)
    names = (plan.nodes[index].name, *given) if scope.is_used(entry) else given
    if len(names) < 2:
        return f"{variable}.result()"
    forms = (fact_form(entry, one) for one in names)
    empty = tuple_of(name("None") if form is None else form.before for form in forms)
    return f"({variable}.result() or {empty.source})[{names.index(known)}]"
