"""A `cancel` step."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Cancel
from n3gen.spec.model import CancelStep

__all__ = ["cancel"]


@STEP_FORMS.of(CancelStep)
def cancel(step: CancelStep, asking: Asking) -> Cancel:
    task = asking.fields.task(step.cancelled or "")
    summary = f"The cancellation of `{step.cancelled}`."
    return Cancel(key=(task,), permit=asking.permit(), summary=summary, task=task)
