"""`stage`: its step where it stands, or in a line of stages that run at once."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.code import constant, keyword
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import AddStage, Bind, LineResults, Node, OpenLine, Staged
from n3gen.emit.scope import LIST, Variable
from n3gen.emit.step_form import OUTLET
from n3gen.emit.types import annotation
from n3gen.expressions import Code, Shape, literal
from n3gen.semantics.shapes import shape_of
from n3gen.spec.model import Stage

__all__ = ["stage"]

_ITEM = "_"
"""The variable of an item that a stage does not read."""


@BLOCK_FORMS.of(Stage)
def stage(flow: Flow, block: Stage, context: BlockContext) -> list[Node]:
    core = context.node.core
    if core.bodies:
        flow.scope.bodies[id(block.step)] = core.bodies[0]
    own = _with_parameters(flow, block, context)
    if block.streams or block.per_item:
        return _in_line(flow, block, context, own)
    (body,) = flow.body(context.node.bodies[0], own)
    return [Staged(block.step.name, body)]


def _with_parameters(
    flow: Flow, block: Stage, context: BlockContext
) -> dict[str, str]:
    """How each name is read in the stage, its parameters included."""
    scope, own = flow.scope, dict(context.sources)
    for parameter in block.parameters:
        known = scope.bound[parameter.name].name
        scope.variables[parameter.name] = Variable(
            known,
            annotation(scope.module, parameter.type),
            shape_of(parameter.type, scope.module.spec),
        )
        if block.per_item:
            own[parameter.name] = known
        elif block.before is None:
            own[parameter.name] = f"payload[{literal(parameter.key)}]"
        else:
            own[parameter.name] = own[block.before]
    return own


def _in_line(
    flow: Flow, block: Stage, context: BlockContext, own: dict[str, str]
) -> list[Node]:
    """The stage as one that runs at the same time as those beside it."""
    scope, step, is_source = flow.scope, block.step, not block.per_item
    scope.enter([step])
    if is_source:
        scope.handing_on.add(id(step))
    function, arguments = flow.member(context.node.core, own)
    variable = own[block.parameters[0].name] if block.parameters else _ITEM
    if is_source:
        hands_on = id(step) in scope.handing_on
        variable = OUTLET.source if hands_on else _ITEM
        arguments = (*arguments, OUTLET) if hands_on else arguments
    stage = AddStage(
        step.name, is_source, variable, function, arguments, tuple(_parts(block))
    )
    before: list[Node] = [OpenLine()] if is_source else []
    if block.streams:
        return [*before, stage]
    results = scope.variables[step.name].name
    scope.variables[step.name] = Variable(results, LIST, Shape("list"))
    bound = results if scope.is_used(step) else None
    return [stage, Bind(bound, LineResults())]


def _parts(block: Stage) -> Iterator[Code]:
    """How many items the stage works on at once, and how many may wait behind it."""
    if block.workers != 1:
        count = None if block.workers == "max" else block.workers
        yield keyword("workers", constant(count))
    if block.streams:
        yield keyword("buffer", constant(block.buffer))
