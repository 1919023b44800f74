"""A `python` step: the call of a function that is imported, or that the run is given."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import CallConnector, CallFunction
from n3gen.spec.model import PythonStep

__all__ = ["python"]


@STEP_FORMS.of(PythonStep)
def python(step: PythonStep, asking: Asking) -> CallFunction | CallConnector:
    target = step.target or ""
    if ":" not in target and "." not in target:
        return asking.given(step, asking.permit())
    function = asking.scope.module.function(target)
    return asking.function(step, function, asking.permit())
