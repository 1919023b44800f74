"""What loops have in common: the function of a round, and what rounds read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from n3gen.emit.block_nodes import ReturnUntil, Round
from n3gen.emit.branches import step_names
from n3gen.emit.code import name as variable
from n3gen.emit.code import tuple_of
from n3gen.emit.flow import BlockContext, Flow
from n3gen.emit.nodes import Call, Node, Place, Return
from n3gen.expressions import parse_expression
from n3gen.names import LAST_ROUND, python_name
from n3gen.plan.model import Plan
from n3gen.semantics.reads import reads_within, references_in
from n3gen.spec.entries import known_after
from n3gen.spec.model import For, While

__all__ = [
    "Counting",
    "counting_of",
    "has_group",
    "pooled_call",
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
    read = reads_within(entry.steps) | references_in(entry.inner_texts())
    stem = python_name(context.node.name)
    index = flow.scope.fresh(f"{stem}_index") if "loop" in read else None
    last = flow.scope.fresh(f"{stem}_last") if LAST_ROUND in read else None
    return Counting(index, last)


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
    reads = _reads(flow, entry, sources)

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
    # The condition of a `while` is asked outside of its rounds.
    texts = entry.inner_texts() if isinstance(entry, For) else ()
    inner = references_in(texts) & sources.keys()
    reads |= inner - known_after(entry.steps).keys()
    return flow.scope.reads(reads)


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
