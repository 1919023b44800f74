"""A `chain` step: the run of another chain."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import SubChain
from n3gen.spec.model import ChainStep, Pipeline

__all__ = ["chain"]


@STEP_FORMS.of(ChainStep)
def chain(step: ChainStep, asking: Asking) -> SubChain:
    fields = asking.fields
    callee = asking.scope.module.callees[step.target or ""]
    payload = (
        fields.argument() or fields.payload()
        if step.payload is None
        else fields.data("payload", step.payload)
    )
    return SubChain(
        key=(payload,),
        permit=asking.permit(most=callee.chain.timeout),
        summary=f"Chain `{step.target}`.",
        facts=callee.facts,
        source=callee.chain.place.path,
        function=callee.function,
        check=callee.input.check if callee.input is not None else None,
        payload=asking.fresh(payload, step.payload),
        most=callee.chain.max_depth,
        is_pipeline=isinstance(callee.chain, Pipeline),
    )
