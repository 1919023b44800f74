"""An `emit` step."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Emit
from n3gen.spec.model import EmitStep

__all__ = ["emit"]


@STEP_FORMS.of(EmitStep)
def emit(step: EmitStep, asking: Asking) -> Emit:
    value = asking.fields.data("emit", step.emit)
    return Emit(key=(value,), permit=asking.permit(), summary="An event.", value=value)
