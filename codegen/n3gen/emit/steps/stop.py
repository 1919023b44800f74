"""A `stop` step."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Stop
from n3gen.spec.model import StopStep

__all__ = ["stop"]


@STEP_FORMS.of(StopStep)
def stop(step: StopStep, asking: Asking) -> Stop:
    value = asking.fields.data("stop", step.stop)
    summary = "The end of the chain."
    return Stop(key=(value,), permit=asking.permit(), summary=summary, value=value)
