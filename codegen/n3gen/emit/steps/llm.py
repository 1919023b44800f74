"""An `llm` step: the call of a model with a prompt of its own."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Ask
from n3gen.spec.model import LlmStep

__all__ = ["llm"]


@STEP_FORMS.of(LlmStep)
def llm(step: LlmStep, asking: Asking) -> Ask:
    summary = "A model call." if step.embed is None else "An embedding."
    return asking.model(asking.model_call(step), step, summary)
