"""An `llm` step: the call of a model with a prompt of its own."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.step_form import STEP_FORMS
from n3gen.emit.step_nodes import Ask
from n3gen.expressions import Code
from n3gen.spec.model import Data, LlmStep

__all__ = ["llm"]

_TEXTS = ("prompt", "system", "model")


@STEP_FORMS.of(LlmStep)
def llm(step: LlmStep, asking: Asking) -> Ask:
    def render(field: str, value: Data) -> Code:
        if field in _TEXTS:
            return asking.fields.text(field, value)
        return asking.fields.data(field, value)

    summary = "A model call." if step.embed is None else "An embedding."
    return asking.model(asking.calls.call(step, render), step, summary)
