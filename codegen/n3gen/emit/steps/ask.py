"""Ask steps: a method of an actor is called, and its answer awaited."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.message_nodes import Message
from n3gen.emit.messages import message
from n3gen.emit.step_form import STEP_FORMS
from n3gen.spec.model import AskStep

__all__ = ["ask"]


@STEP_FORMS.of(AskStep)
def ask(step: AskStep, asking: Asking) -> Message:
    return message(step, asking, "ask_actor")
