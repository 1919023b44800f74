"""A `wait` step."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import seconds
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Wait
from n3gen.spec.model import WaitStep

__all__ = ["wait"]


@STEP_FORMS.of(WaitStep)
def wait(step: WaitStep, asking: Asking) -> Wait:
    pause = seconds(step.wait)
    return Wait(key=(pause,), permit=asking.permit(), summary="A pause.", seconds=pause)
