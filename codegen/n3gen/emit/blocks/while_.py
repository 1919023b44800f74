"""`while`, with a most of rounds."""

from __future__ import annotations

from n3gen.emit.block_nodes import While as WhileNode
from n3gen.emit.code import dict_of, name
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Bind, Node
from n3gen.emit.rounds import (
    apart_until_ended,
    counting_of,
    has_group,
    round_body,
    round_call,
    round_of,
    set_names,
)
from n3gen.emit.scope import ChainScope
from n3gen.expressions import Code, parse_expression
from n3gen.names import python_name
from n3gen.plan.model import Plan
from n3gen.semantics.reads import references_in
from n3gen.spec.model import Step, While
from n3gen.spec.texts import data_texts, expression

__all__ = ["while_"]


@BLOCK_FORMS.of(While)
def while_(flow: Flow, block: While, context: BlockContext) -> list[Node]:
    context, last = apart_until_ended(flow, context)
    plan, outcome = context.node.bodies[0], context.outcome
    condition = parse_expression(block.condition)
    texts = [expression(block.condition)]
    asked_after = references_in(texts) & set_names(plan) - flow.scope.unread
    flow.scope.enter(block.steps)
    earlier = sorted(_read_before_set(flow.scope, plan) - flow.scope.unread)
    counting = counting_of(flow, block, context)
    own = {**context.sources, **counting.sources()}
    before = flow.scope.read_from_round_before(earlier) if earlier else None
    if before is not None:
        own.update(dict.fromkeys(earlier, before))
    if has_group(plan):
        kept = {*earlier, *asked_after}
        if outcome and not plan.endings:
            kept |= _value_names(block, plan) - flow.scope.unread
        body = _kept_round(flow, block, context, own, sorted(kept))
    else:
        read = asked_after | {*earlier} if plan.endings else set[str]()
        body = round_body(flow, context, plan, own, read)
        body += flow.tasks.awaited({*earlier, *asked_after}, own)
    value = None
    if outcome and not plan.endings:
        made, value = flow.body_value(context, plan, own)
        body += made
    with flow.scope.doubting(asked_after if plan.endings else ()):
        asked = flow.code(condition, own if asked_after else context.sources)
    return [
        WhileNode(
            outcome,
            flow.place("while", block) if asked.fallible else None,
            asked,
            block.max,
            round_of(block, context, body),
            value,
            before,
            _kept(flow, earlier, own) if before else None,
            bool(asked_after),
            context.declares,
            counting.index,
            _exhausted(flow, block, context),
        ),
        *last,
    ]


def _exhausted(flow: Flow, block: While, context: BlockContext) -> str | None:
    """The variable of whether all rounds have run, if it is read."""
    fact = next(iter(flow.scope.given(block)), None)
    return None if fact is None else flow.scope.result_of(fact).name


def _kept(flow: Flow, earlier: list[str], own: dict[str, str]) -> Code:
    """What a round leaves for the next one."""
    facts = flow.scope.facts
    keys = {key: python_name(key) if key in facts else key for key in earlier}
    return dict_of({keys[key]: name(own[key]) for key in earlier})


def _value_names(block: While, plan: Plan) -> set[str]:
    """The names that make the value of a round."""
    if not block.has_result:
        return {*plan.value_names}
    return set_names(plan) & references_in(data_texts(block.result))


def _kept_round(
    flow: Flow,
    block: While,
    context: BlockContext,
    own: dict[str, str],
    kept: list[str],
) -> list[Node]:
    """The call of a function for one round, its names bound as the round ends."""
    call = round_call(flow, block, context, own, kept)
    own.update({key: flow.scope.settle(key) for key in kept})
    variables = [own[key] for key in kept]
    if context.node.bodies[0].endings and context.outcome is not None:
        variables.append(context.outcome)
    return [Bind(", ".join(variables) or None, call)]


def _read_before_set(scope: ChainScope, plan: Plan) -> set[str]:
    """The names that a round reads as the round before left them."""
    positions = {node.name: index for index, node in enumerate(plan.nodes)}
    for index, node in enumerate(plan.nodes):
        positions.update(dict.fromkeys(node.entry.gives, index))
    return {
        key
        for index, node in enumerate(plan.nodes)
        for key in scope.reads_within([node.entry])
        if positions.get(key, -1) > index
        or (positions.get(key) == index and isinstance(node.entry, Step))
    }
