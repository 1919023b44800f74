"""An `ask` step: a method of an actor is called, and its answer awaited."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.message_nodes import Question, RunQuestion, message_parts
from n3gen.emit.step_form import STEP_FORMS
from n3gen.spec.model import AskStep

__all__ = ["ask"]


@STEP_FORMS.of(AskStep)
def ask(step: AskStep, asking: Asking) -> Question:
    known = asking.scope.module.actors.known[step.actor]
    node = RunQuestion if known.scope == "run" else Question
    return node(**message_parts(step, asking))
