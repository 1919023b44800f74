"""The nodes of steps that send messages to actors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from n3gen.emit.asking import Asking
from n3gen.emit.code import constant, dict_of
from n3gen.emit.step_nodes import Work
from n3gen.expressions import Code
from n3gen.spec.model import MessageStep

__all__ = ["Message", "Question", "RunMessage", "RunQuestion", "message_parts"]


@dataclass(frozen=True, slots=True)
class Message(Work):
    """A message to an actor, the constant `actor`, for whose answer nothing waits."""

    template = "steps/tell.py.j2"
    is_statement = True

    actor: str
    method: str
    arguments: Code


@dataclass(frozen=True, slots=True)
class RunMessage(Message):
    """A message to an actor of one run, which another run does not find again."""

    is_worth_keeping = False


@dataclass(frozen=True, slots=True)
class Question(Message):
    """A message to an actor whose answer is the result."""

    template = "steps/ask.py.j2"
    is_statement: ClassVar[bool] = False
    may_fail_anyhow = True


@dataclass(frozen=True, slots=True)
class RunQuestion(Question):
    """A question to an actor of one run, which another run does not find again."""

    is_worth_keeping = False


def message_parts(step: MessageStep, asking: Asking) -> dict[str, Any]:
    """Return what all nodes of messages are made with."""
    actors = asking.scope.module.actors
    given = (step.with_ or {}).items()
    arguments = dict_of({k: asking.fields.data("with", v, k) for k, v in given})
    return {
        "key": (constant(step.message), arguments),
        "permit": asking.permit(),
        "summary": f"A message to actor `{step.actor}`: `{step.method}`.",
        "actor": actors.constants[step.actor],
        "method": step.method,
        "arguments": asking.fresh(arguments, step.with_ or {}),
    }
