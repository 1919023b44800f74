"""What loops have in common: the function of a round, and what rounds read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import partial

from n3gen.emit.block_nodes import ReturnUntil, Round
from n3gen.emit.branches import step_names
from n3gen.emit.code import name as variable
from n3gen.emit.code import tuple_of
from n3gen.emit.flow import BlockContext, Flow
from n3gen.emit.guards import Guard
from n3gen.emit.nodes import Bind, Call, Node, Place, Return
from n3gen.expressions import parse_expression
from n3gen.names import LAST_ROUND, python_name
from n3gen.plan.model import Plan, PlanNode
from n3gen.semantics.reads import references_in
from n3gen.spec.entries import known_after, split_body
from n3gen.spec.model import For, While
from n3gen.spec.texts import data_texts, expression

__all__ = [
    "Counting",
    "apart_until_ended",
    "counting_of",
    "has_group",
    "pooled_call",
    "round_body",
    "round_call",
    "round_of",
    "set_names",
]


@dataclass(frozen=True, slots=True)
class Counting:
    """The variables of a round's number and of whether it is the last, if they are read."""

    index: str | None
    last: str | None

    @property
    def function(self) -> str | None:
        """What yields the items with what is read of their rounds."""
        if self.last is not None:
            return "counted_to_last"
        return None if self.index is None else "counted"

    def variables(self, item: str) -> tuple[str, ...]:
        """The variables that an item and its place are bound to; `_` for what is not read."""
        if self.last is not None:
            return item, self.index or "_", self.last
        return (item,) if self.index is None else (item, self.index)

    def sources(self) -> dict[str, str]:
        """How expressions of a round read them."""
        found = {"loop": self.index, LAST_ROUND: self.last}
        return {known: source for known, source in found.items() if source is not None}


def counting_of(flow: Flow, entry: For | While, context: BlockContext) -> Counting:
    """What the rounds of a loop read of `loop`."""
    scope = flow.scope
    read = scope.reads_within(entry.steps) | references_in(scope.inner_texts(entry))
    stem = python_name(context.node.name)
    index = scope.fresh(f"{stem}_index") if "loop" in read else None
    last = scope.fresh(f"{stem}_last") if LAST_ROUND in read else None
    return Counting(index, last)


def apart_until_ended(
    flow: Flow, context: BlockContext
) -> tuple[BlockContext, list[Bind]]:
    """The context of a loop whose value others may read after a failure, and its binding.

    Such a loop gathers in a variable of its own: one that has failed has no value.
    """
    if context.outcome is None or context.declares:
        return context, []
    gathered = flow.scope.fresh(f"{python_name(context.node.name)}_rounds")
    bound = Bind(context.outcome, variable(gathered))
    return replace(context, outcome=gathered, declares=True), [bound]


def round_of(entry: For | While, context: BlockContext, body: Sequence[Node]) -> Round:
    """The round of a loop."""
    return Round(context.node.name, step_names(entry.steps), tuple(body))


def round_call(
    flow: Flow,
    entry: For | While,
    context: BlockContext,
    sources: dict[str, str],
    kept: Sequence[str] | None,
) -> Call:
    """The call of a function for one round; it returns `kept` or, without, its value.

    A body with steps in parallel needs one: what a group starts must not close over a
    variable that the next round changes.
    """
    plan = context.node.bodies[0]
    reads = _reads(flow, entry, sources)

    def write(own: dict[str, str]) -> list[Node]:
        if kept is None:
            return flow.finished(context, plan, own, Return)
        body = round_body(flow, context, plan, own, kept, context.outcome)
        body += flow.tasks.awaited(kept, own)
        variables = [own[name] for name in kept]
        if plan.endings and context.outcome is not None:
            variables.append(context.outcome)
        if len(variables) == 1:
            return flow.ended(body, variable(variables[0]), Return)
        if variables:
            body.append(Return(tuple_of(map(variable, variables))))
        return body

    return _round_function(flow, context, reads, sources, write)


def round_body(
    flow: Flow,
    context: BlockContext,
    plan: Plan,
    own: dict[str, str],
    kept: Collection[str],
    declared: str | None = None,
) -> list[Node]:
    """The statements of a round of which names are `kept` for what comes after it.

    Where it has clauses they bind its value too, if that is read; its variable is to be
    `declared` here in a function of its own.
    """
    outcome = context.outcome if plan.endings else None

    def write() -> list[Node]:
        body = flow.body(plan, own)
        if outcome is None:
            return body
        return flow.result(context, plan, body, own, partial(Bind, outcome))

    end = None if outcome is None else partial(Bind, outcome)
    guard = Guard(context.node.name, write, end, declared, also=kept)
    return flow.guarded(plan, own, guard)


def pooled_call(
    flow: Flow, entry: For, context: BlockContext, sources: dict[str, str]
) -> Call:
    """The call of a function for one round of a pool, which may say that it is the last."""
    plan = context.node.bodies[0]
    reads = _reads(flow, entry, sources)

    def write(own: dict[str, str]) -> list[Node]:
        is_read = context.outcome is not None
        if entry.until is None:
            return flow.finished(context, plan, own, Return if is_read else None)
        end = Return if is_read else None
        guard = Guard(context.node.name, lambda: until(own), end)
        return flow.guarded(plan, own, guard)

    def until(own: dict[str, str]) -> list[Node]:
        body = flow.body(plan, own)
        value = variable("None")
        if context.outcome is not None:
            made, value = flow.body_value(context, plan, own)
            body += made
        asked = parse_expression(entry.until or "")
        body += flow.tasks.awaited(references_in([expression(entry.until or "")]), own)
        condition = flow.code(asked, own)
        line = flow.scope.module.line(entry.place / "until")
        place = Place("until", line) if condition.fallible else None
        return [*body, ReturnUntil(condition, place, value)]

    return _round_function(flow, context, reads, sources, write)


def _round_function(
    flow: Flow,
    context: BlockContext,
    reads: Sequence[str],
    sources: dict[str, str],
    write: Callable[[dict[str, str]], list[Node]],
) -> Call:
    loop = context.node.name
    summary = f"One round of `{loop}`."
    return Call(*flow.function(f"{loop}_round", reads, sources, write, summary))


def _reads(flow: Flow, entry: For | While, sources: dict[str, str]) -> tuple[str, ...]:
    """The names that the function of a round takes."""
    reads = set(flow.reads(entry.steps, sources))
    texts = flow.scope.inner_texts(entry)
    if isinstance(entry, While):
        # Its condition is asked outside of its rounds, and so is its result where no
        # clause may replace it.
        is_inside = bool(split_body(entry.steps)[1])
        is_read = is_inside and flow.scope.is_used(entry)
        texts = data_texts(entry.result) if is_read else iter(())
    inner = references_in(texts) - known_after(entry.steps).keys()
    reads |= flow.tasks.keys(inner, sources)
    return flow.scope.reads(reads)


def has_group(plan: Plan) -> bool:
    """Whether steps or rounds of the block run together, here or in a branch of it."""
    return any(len(region) > 1 for region in plan.regions) or any(
        entry.is_pooled if isinstance(entry, For) else _has_group(node)
        for node in (*plan.nodes, *plan.endings)
        if not isinstance(entry := node.entry, While)
    )


def _has_group(node: PlanNode) -> bool:
    """Whether bodies of a block other than a loop run together, or what is in them."""
    return any(node.entry.runs_together or has_group(body) for body in node.bodies)


def set_names(plan: Plan) -> set[str]:
    """The names that a round sets."""
    return known_after(tuple(node.entry for node in plan.nodes)).keys() | {
        node.name for node in plan.nodes
    }
