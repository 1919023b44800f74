"""The nodes of steps that send messages to actors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from n3gen.emit.step_nodes import Work
from n3gen.expressions import Code

__all__ = ["Message", "RunMessage"]


@dataclass(frozen=True, slots=True)
class Message(Work):
    """A message to an actor, the constant `actor`; `send` is what sends it."""

    template = "steps/message.py.j2"
    may_fail_anyhow = True

    send: Code
    actor: str
    method: str
    arguments: Code


@dataclass(frozen=True, slots=True)
class RunMessage(Message):
    """A message to an actor of one run, which another run does not find again."""

    is_worth_keeping: ClassVar[bool] = False
