"""The function of a step: its condition, what it renders, its permit, its work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from n3gen.emit.asking import Asking
from n3gen.emit.connectors import ModelCalls
from n3gen.emit.scope import ChainScope
from n3gen.emit.step_nodes import Ask, Rendered, StepFunction, Work
from n3gen.emit.texts import sentence
from n3gen.emit.types import step_annotation
from n3gen.expressions import Code
from n3gen.registration import Forms
from n3gen.semantics.reads import references_of
from n3gen.spec.model import Step

__all__ = ["STEP_FORMS", "step_function"]

StepForm = Callable[[Any, Asking], Work]
"""Says what the work of a step is."""

STEP_FORMS: Forms[type[Step], StepForm] = Forms("n3gen.emit.steps")
"""The forms of the kinds of steps."""


def step_function(
    scope: ChainScope, step: Step, calls: ModelCalls, skipped: Code
) -> tuple[StepFunction, tuple[str, ...]]:
    """The function of a step, and the names of the chain that it takes.

    It returns `skipped` where the step is skipped.
    """
    asking = Asking(scope, step, calls)
    fields = asking.fields
    if "options" in references_of(step) or asking.needs_options:
        fields.bind_options()
    condition, condition_place = None, None
    early: tuple[Rendered, ...] = ()
    if step.when is not None:
        condition, condition_place = fields.condition("when", step.when)
        early = fields.take_rendered()
    work = STEP_FORMS[type(step)](step, asking)
    tries = asking.tried(work)
    cached = asking.cached(work, tries)
    is_model = isinstance(work, Ask)
    rendered = fields.take_rendered()
    if isinstance(work, Ask):
        rendered = (*rendered, Rendered("model_call", work.call, None))
    is_bare = not (early or rendered or condition or cached) and tries is None
    node = StepFunction(
        function=scope.module.function_name(scope.chain, step.name),
        parameters=scope.parameters(fields.reads),
        returns=scope.result_of(step.name).annotation,
        doc=sentence(step.description or work.summary),
        name=step.name,
        line=scope.module.line(step.place),
        early=early,
        condition=condition,
        condition_place=condition_place,
        rendered=rendered,
        work=work,
        spare_functions=tuple(asking.spare_functions),
        tries=tries,
        cached=cached,
        permit=work.permit,
        held=work.permit.limiter if is_bare and not work.permit.timeout else None,
        is_all_work=is_bare and bool(work.permit),
        result=step_annotation(scope, step),
        type=None if is_model else asking.type,
        skipped=skipped,
        is_watched=scope.is_watched(step),
    )
    return node, fields.reads
