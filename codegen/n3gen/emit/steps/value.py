"""A `value` step: an expression of its own."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Value
from n3gen.spec.model import ValueStep

__all__ = ["value"]


@STEP_FORMS.of(ValueStep)
def value(step: ValueStep, asking: Asking) -> Value:
    code = asking.fields.data("value", step.value)
    return Value(
        key=(code,), permit=asking.permit(), summary="A computed value.", value=code
    )
