"""A `chain` step: the run of another chain."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import SubChain
from n3gen.spec.model import Step

__all__ = ["chain"]


@STEP_FORMS.of("chain")
def chain(step: Step, asking: Asking) -> SubChain:
    fields = asking.fields
    callee = asking.scope.module.chain(step.target or "")
    payload = (
        fields.payload()
        if step.payload is None
        else fields.data("payload", step.payload)
    )
    return SubChain(
        key=(payload,),
        summary=f"Chain `{step.target}`.",
        chain=callee.chain.name,
        source=callee.chain.place.path,
        function=callee.function,
        check=callee.input.check if callee.input is not None else None,
        payload=payload,
    )
