"""A `tell` step: a message is left in the mailbox of an actor."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.message_nodes import Message, RunMessage, message_parts
from n3gen.emit.step_form import STEP_FORMS
from n3gen.spec.model import TellStep

__all__ = ["tell"]


@STEP_FORMS.of(TellStep)
def tell(step: TellStep, asking: Asking) -> Message:
    known = asking.scope.module.actors.known[step.actor]
    node = RunMessage if known.scope == "run" else Message
    return node(**message_parts(step, asking))
