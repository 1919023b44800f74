"""A `send` step."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.wait_nodes import Send
from n3gen.spec.model import SendStep

__all__ = ["send"]


@STEP_FORMS.of(SendStep)
def send(step: SendStep, asking: Asking) -> Send:
    value = asking.fields.data("value", step.value)
    return Send(
        key=(value,),
        permit=asking.permit(),
        summary=f"An item for channel `{step.channel}`.",
        channel=constant(step.channel),
        value=value,
    )
