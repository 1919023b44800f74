"""`match` on the value of an expression."""

from __future__ import annotations

from n3gen.emit.block_nodes import Match as MatchNode
from n3gen.emit.block_nodes import MatchCase
from n3gen.emit.branches import branches_of
from n3gen.emit.code import constant, name
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Bind, Node
from n3gen.expressions import parse_expression
from n3gen.spec.blocks.match import Case
from n3gen.spec.model import Match

__all__ = ["match"]


@BLOCK_FORMS.of(Match)
def match(flow: Flow, block: Match, context: BlockContext) -> list[Node]:
    subject = flow.code(parse_expression(block.subject), context.sources)
    before: list[Node] = []
    are_numbers = subject.kind in ("int", "float", "str")
    guarded = [() if are_numbers else _truths(case) for case in block.cases]
    if subject.fallible or (any(guarded) and not subject.source.isidentifier()):
        variable = flow.scope.fresh(f"{context.node.name}_subject")
        place = flow.place("match", block) if subject.fallible else None
        before.append(Bind(variable, subject, place))
        subject = name(variable)
    cases = tuple(
        MatchCase(tuple(map(constant, case.values)), tuple(map(constant, truths)))
        for case, truths in zip(block.cases, guarded, strict=True)
    )
    branches = branches_of(flow, context, len(cases))
    return [
        *before,
        MatchNode(
            context.outcome,
            context.untaken,
            subject,
            cases,
            branches,
            context.declares,
        ),
    ]


def _truths(case: Case) -> tuple[bool, ...]:
    """The truths that Python takes for numbers of a case, which does not mean them."""
    meant = {value for value in case.values if isinstance(value, bool)}
    numbers = [v for v in case.values if isinstance(v, int | float) and v not in meant]
    return tuple(truth for truth in (True, False) if truth in numbers)
