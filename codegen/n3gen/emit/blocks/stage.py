"""`stage`: its step where it stands, or in a line of stages that run at once."""

from __future__ import annotations

from collections.abc import Iterator

from n3gen.emit.code import constant, keyword, name, support_call
from n3gen.emit.flow import BLOCK_FORMS, BlockContext, Flow
from n3gen.emit.nodes import Bind, Call, Node
from n3gen.emit.scope import LIST, ChainScope, Variable
from n3gen.emit.stage_nodes import AddStage, LineResults, OpenLine, Staged
from n3gen.emit.step_form import OUTLET
from n3gen.emit.types import annotation, checked_type
from n3gen.expressions import Code, Shape, literal
from n3gen.plan.model import PlanNode
from n3gen.semantics.arguments import passes_argument, takes_argument
from n3gen.semantics.reads import references_of
from n3gen.semantics.shapes import shape_of
from n3gen.spec.entries import split_body
from n3gen.spec.model import Stage, Step

__all__ = ["stage"]

_ITEM = "_"
"""The variable of an item that a stage does not read."""


@BLOCK_FORMS.of(Stage)
def stage(flow: Flow, block: Stage, context: BlockContext) -> list[Node]:
    scope, step = flow.scope, block.step
    core = context.node.core
    if core.own_bodies:
        scope.bodies[id(step)] = core.own_bodies[0]
    own = _with_parameters(flow, block, context)
    scope.argument = block.parameters[0] if block.before and block.parameters else None
    if block.is_in_line:
        return _in_line(flow, block, context, own)
    if scope.argument is None or not passes_argument(step):
        return [Staged(step.name, tuple(flow.body(context.node.bodies[0], own)))]
    scope.enter([step])
    work = Call(*_call(flow, block, core, own))
    bound = scope.settle(step.name) if scope.is_used(step) else None
    return [Staged(step.name, (Bind(bound, work),))]


def _call(
    flow: Flow, block: Stage, core: PlanNode, own: dict[str, str]
) -> tuple[str, tuple[Code, ...]]:
    """The call of the stage's step, with the argument where what it calls finds it."""
    function, arguments = flow.member(core, own, in_group=False)
    argument = flow.scope.argument
    if argument is None or not passes_argument(block.step):
        return function, arguments
    run, *others = arguments
    value = name(own[argument.name])
    staged = support_call("with_argument", run, constant(argument.key), value)
    return function, (staged, *others)


def _with_parameters(flow: Flow, block: Stage, context: BlockContext) -> dict[str, str]:
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
        elif block.before in own:
            own[parameter.name] = own[block.before]
    return own


def _in_line(
    flow: Flow, block: Stage, context: BlockContext, own: dict[str, str]
) -> list[Node]:
    """The stage as one that runs at the same time as those beside it."""
    scope, step, is_source = flow.scope, block.step, not block.per_item
    core = context.node.core
    scope.enter([step])
    if is_source and core.clauses is None and not step.keeps_error:
        scope.forwarding.add(id(step))
    function, arguments = _call(flow, block, core, own)
    is_read = block.streams or _is_read(flow.scope, block)
    forwards = id(step) in scope.forwarding
    if is_source:
        variable = OUTLET.source if forwards else _ITEM
        arguments = (*arguments, OUTLET) if forwards else arguments
    else:
        variable = own[block.parameters[0].name] if block.parameters else _ITEM
    stage = AddStage(
        step.name,
        is_source,
        variable,
        function,
        arguments,
        tuple(_parts(block, keeps=is_read)),
        _item_type(flow, step, forwards=forwards) if block.streams else None,
    )
    before: list[Node] = [OpenLine()] if is_source else []
    if block.streams:
        return [*before, stage]
    results = scope.variables[step.name].name
    scope.variables[step.name] = Variable(results, LIST, Shape("list"))
    bound = results if is_read else None
    return [stage, Bind(bound, LineResults())]


def _is_read(scope: ChainScope, block: Stage) -> bool:
    """Whether anything reads the list of a stage's results."""
    chain, reads = scope.chain, scope.reads_within
    stages, _ = split_body(chain.steps)
    if stages[-1] is block and not chain.has_result:
        return True
    read = set(references_of(chain))
    for entry in chain.steps:
        takes_none = isinstance(entry, Stage) and not takes_argument(entry, reads)
        bodies = entry.bodies if takes_none else ((entry,),)
        read.update(*map(reads, bodies))
    return block.step.name in read


def _item_type(flow: Flow, step: Step, *, forwards: bool) -> Code | None:
    """The type of items that are not checked as a part of the step's result before."""
    wanted, output = flow.scope.item_types.get(id(step)), flow.scope.output(step)
    if forwards and output is not None and output.name == "list":
        (wanted,) = output.args
    if wanted is None or wanted.name == "any":
        return None
    return checked_type(flow.scope.module, wanted)


def _parts(block: Stage, *, keeps: bool) -> Iterator[Code]:
    """How many items it works on at once, how many may wait, whether its values stay."""
    if block.workers != 1:
        count = None if block.workers == "max" else block.workers
        yield keyword("workers", constant(count))
    if block.streams:
        yield keyword("buffer", constant(block.buffer))
    if not keeps:
        yield keyword("keeps", constant(False))
