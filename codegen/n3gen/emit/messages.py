"""What the kinds of steps have in common that send messages to actors."""

from __future__ import annotations

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant, dict_of, name
from n3gen.emit.message_nodes import Message, RunMessage
from n3gen.spec.model import MessageStep

__all__ = ["message"]


def message(step: MessageStep, asking: Asking, send: str) -> Message:
    """Return the node of a message that the function `send` sends."""
    actors = asking.scope.module.actors
    known = actors.known[step.actor]
    given = (step.with_ or {}).items()
    arguments = dict_of({k: asking.fields.data("with", v, k) for k, v in given})
    node = RunMessage if known.scope == "run" else Message
    return node(
        key=(constant(step.message), arguments),
        permit=asking.permit(),
        summary=f"A message to actor `{known.name}`: `{step.method}`.",
        send=name(send, send),
        actor=actors.constants[known.name],
        method=step.method,
        arguments=arguments,
    )
