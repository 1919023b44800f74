"""A `value` step: an expression of its own."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Value
from n3gen.spec.model import Step

__all__ = ["value"]


@STEP_FORMS.of("value")
def value(step: Step, asking: Asking) -> Value:
    code = asking.fields.data("value", step.value)
    return Value(key=(code,), summary="A computed value.", value=code)
