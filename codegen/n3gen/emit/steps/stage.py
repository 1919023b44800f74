"""The step of a stage with a body: a function of its own for the body."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.fields import PLAIN
from n3gen.emit.flow import Flow
from n3gen.emit.nodes import Node, Return
from n3gen.emit.stage_nodes import CallStage
from n3gen.emit.step_form import STEP_FORMS
from n3gen.names import own_record_of
from n3gen.spec.entries import known_after
from n3gen.spec.model import StageStep

__all__ = ["stage"]


@STEP_FORMS.of(StageStep)
def stage(step: StageStep, asking: Asking) -> CallStage:
    scope = asking.scope
    flow, plan = Flow(scope, asking.calls), scope.bodies[id(step)]
    inner = known_after(step.steps)
    own = {*inner, *map(own_record_of, inner)}
    around = {name: one for name, one in scope.variables.items() if name not in own}
    sources = {name: variable.name for name, variable in around.items()}
    reads = flow.reads(step.steps, sources)
    asking.fields.read(reads)

    def write(own: dict[str, str]) -> list[Node]:
        return flow.closed(plan, own, Return, f"{step.name}_steps")

    summary = f"The steps of stage `{step.name}`."
    function, arguments = flow.function(
        f"{step.name}_steps", reads, sources, write, summary
    )
    plain = {one.name for one in around.values() if one.annotation.source in PLAIN}
    given = (one if one.source in plain else asking.fresh(one) for one in arguments[1:])
    return CallStage(
        key=arguments[1:],
        permit=asking.permit(),
        summary=f"Stage `{step.name}`.",
        function=function,
        arguments=tuple(given),
    )
