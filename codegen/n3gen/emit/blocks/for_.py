"""`for`: one round after another, or a pool of workers."""

from __future__ import annotations

from functools import partial

from n3gen.emit.block_nodes import For as ForNode
from n3gen.emit.block_nodes import PooledFor, Tolerated
from n3gen.emit.branches import step_names
from n3gen.emit.changing import may_change
from n3gen.emit.code import constant, keyword, name, seconds, support_call
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Append, Bind, Node, Place
from n3gen.emit.rounds import (
    Counting,
    apart_until_ended,
    counting_of,
    has_group,
    pooled_call,
    round_call,
    round_of,
)
from n3gen.expressions import Code, literal, parse_expression
from n3gen.names import LAST_ROUND, python_name
from n3gen.semantics.reads import references_in
from n3gen.spec.model import For

__all__ = ["for_"]


@BLOCK_FORMS.of(For)
def for_(flow: Flow, block: For, context: BlockContext) -> list[Node]:
    if block.is_pooled:
        return _pooled(flow, block, context)
    context, last = apart_until_ended(flow, context)
    plan, outcome = context.node.bodies[0], context.outcome
    place = flow.place("for", block)
    before, items = _items(flow, block, context, place)
    variable = _item_variable(flow, block)
    counting = counting_of(flow, block, context)
    own = {**context.sources, block.variable: variable, **counting.sources()}
    if counting.function is not None:
        items = support_call(counting.function, items)
    if has_group(plan):
        call = round_call(flow, block, context, own, None if outcome else ())
        body: list[Node] = [Append(outcome, call) if outcome else Bind(None, call)]
    else:
        end = partial(_kept, outcome) if outcome else None
        body = flow.finished(context, plan, own, end)
    rounds = round_of(block, context, body)
    variables = counting.variables(variable)
    loop = ForNode(outcome, place, variables, items, rounds, context.declares)
    return [*before, loop, *last]


def _kept(items: str, value: Code | Node) -> Append:
    """The value of a round, in the parentheses of the call alone."""
    return Append(items, value.argument if isinstance(value, Code) else value)


def _item_variable(flow: Flow, block: For) -> str:
    """The variable of the items, which loops over the same ones share.

    Type checkers take `_` as one that nothing reads.
    """
    scope = flow.scope
    own = scope.reads_within(block.steps) | references_in(scope.inner_texts(block))
    if block.variable not in own:
        return scope.fresh("_")
    read = {known.name for known in parse_expression(block.items).references}
    steps = id(block) if read & scope.shared else None
    return scope.variable_of(block.variable, block.items, steps)


def _items(
    flow: Flow, block: For, context: BlockContext, place: Place
) -> tuple[list[Node], Code]:
    """The items, or the arguments of what makes them, behind statements that find them."""
    if block.channel is not None:
        return [], name("None")
    items = flow.code(parse_expression(block.items), context.sources)
    if block.key is None and may_change(flow.scope, block):
        items = support_call("renewing", items)
    if not items.fallible:
        return [], items
    found = flow.scope.fresh(f"{python_name(context.node.name)}_items")
    return [Bind(found, items, place)], name(found)


def _pooled(flow: Flow, block: For, context: BlockContext) -> list[Node]:
    """The loop as a pool of workers, with a function for a round."""
    place = flow.place("for", block)
    before, items = _items(flow, block, context, place)
    tolerated = _tolerated(flow, block, context, items)
    counting = counting_of(flow, block, context)
    if block.channel is not None:
        items = _received(block.channel, context, block, counting)
    elif block.stream is not None:
        items = _stream(flow, block, items, counting)
    elif block.batch is not None:
        items = support_call("batches", items, constant(block.batch))
    variable = flow.scope.variables[block.variable].name
    own = {**context.sources, block.variable: variable}
    if counting.function is not None:
        variable = flow.scope.fresh(f"{python_name(context.node.name)}_round")
        own |= _parts(block.variable, variable, counting)
        if not block.comes_over_time:
            items = support_call(counting.function, items)
    key = None
    if block.key is not None:
        key = flow.code(parse_expression(block.key), own)
    pool = "StreamPool" if block.comes_over_time else "Pool"
    return [
        *before,
        PooledFor(
            outcome=context.outcome,
            line=place.line,
            pool=name(pool, pool),
            name=context.node.name,
            steps=step_names(block.steps),
            workers=_workers(block),
            variable=variable,
            items=items,
            key=key,
            call=pooled_call(flow, block, context, own),
            keeps_errors=block.keeps_errors,
            tolerated=tolerated,
        ),
    ]


def _parts(item: str, variable: str, counting: Counting) -> dict[str, str]:
    """How a round reads its item and its place, which come in one variable."""
    read = {"loop": f"{variable}[1]", LAST_ROUND: f"{variable}[2]"}
    own = {known: read[known] for known in counting.sources()}
    return {item: f"{variable}[0]", **own}


def _workers(block: For) -> Code:
    """How many workers there are; `None` is as many as model calls may run."""
    return constant(None if block.workers == "max" else block.workers or 1)


def _stream(flow: Flow, block: For, arguments: Code, counting: Counting) -> Code:
    """The source that a function is."""
    function = flow.scope.module.function(block.stream or "")
    batch = [] if block.batch is None else [keyword("batch", constant(block.batch))]
    source = "Stream" if counting.function is None else "CountedStream"
    return support_call(source, function, arguments, *batch)


def _received(
    channel: str, context: BlockContext, block: For, counting: Counting
) -> Code:
    """The source that a channel is."""
    received = name(f"run.channels[{literal(channel)}].received")
    batch = [] if block.batch is None else [keyword("batch", constant(block.batch))]
    source = "Stream" if counting.function is None else "CountedStream"
    arguments = constant({"loop": context.node.name})
    return support_call(source, received, arguments, *batch)


def _tolerated(
    flow: Flow, block: For, context: BlockContext, items: Code
) -> Tolerated | None:
    if block.tolerate is None:
        return None
    variable = flow.scope.fresh(f"{python_name(context.node.name)}_tolerance")
    most, is_percent = block.tolerate
    are_counted = is_percent and not block.comes_over_time and block.batch is None
    of = items if are_counted else None
    return Tolerated(variable, seconds(most), is_percent, of)
