"""A `fail` step."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Fail
from n3gen.spec.model import FailStep

__all__ = ["fail"]


@STEP_FORMS.of(FailStep)
def fail(step: FailStep, asking: Asking) -> Fail:
    message = asking.fields.text("fail", step.fail)
    summary = "An error of the chain's own."
    return Fail(
        key=(message,), permit=asking.permit(), summary=summary, message=message
    )
