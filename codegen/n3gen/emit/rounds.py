"""What loops have in common: the function of a round, and what rounds read."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from n3gen.emit.block_nodes import ReturnUntil, Round
from n3gen.emit.branches import step_names
from n3gen.emit.code import name as variable
from n3gen.emit.code import tuple_of
from n3gen.emit.flow import BlockContext, Flow
from n3gen.emit.nodes import Call, Node, Place, Return
from n3gen.expressions import parse_expression
from n3gen.plan.model import Plan
from n3gen.semantics.reads import references_in
from n3gen.spec.entries import known_after
from n3gen.spec.model import For, While

__all__ = ["has_group", "round_call", "round_of", "set_names"]


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
    reads = flow.reads(entry.steps, sources)

    def write(own: dict[str, str]) -> list[Node]:
        body = flow.body(plan, own)
        if kept is None:
            return flow.result(context, plan, body, own, Return)
        if len(kept) == 1:
            body.append(Return(variable(own[kept[0]])))
        elif kept:
            body.append(Return(tuple_of(variable(own[name]) for name in kept)))
        return body

    return _round_function(flow, context, reads, sources, write)


def pooled_call(
    flow: Flow, entry: For, context: BlockContext, sources: dict[str, str]
) -> Call:
    """The call of a function for one round of a pool, which may say that it is the last."""
    plan = context.node.bodies[0]
    reads = set(flow.reads(entry.steps, sources))
    inner = references_in(entry.inner_texts()) & sources.keys()
    reads |= set(flow.scope.reads(inner - known_after(entry.steps).keys()))

    def write(own: dict[str, str]) -> list[Node]:
        body = flow.body(plan, own)
        if entry.until is None:
            if context.outcome is None:
                return body
            return flow.result(context, plan, body, own, Return)
        value = variable("None")
        if context.outcome is not None:
            made, value = flow.body_value(context, plan, own)
            body += made
        condition = flow.code(parse_expression(entry.until), own)
        line = flow.scope.module.line(entry.place / "until")
        place = Place("until", line) if condition.fallible else None
        return [*body, ReturnUntil(condition, place, value)]

    return _round_function(flow, context, flow.scope.reads(reads), sources, write)


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


def has_group(plan: Plan) -> bool:
    """Whether steps of the block run together, here or in a branch of it."""
    return any(len(region) > 1 for region in plan.regions) or any(
        node.entry.runs_together or has_group(body)
        for node in plan.nodes
        if not isinstance(node.entry, For | While)
        for body in node.bodies
    )


def set_names(plan: Plan) -> set[str]:
    """The names that a round sets."""
    return known_after(tuple(node.entry for node in plan.nodes)).keys() | {
        node.name for node in plan.nodes
    }
