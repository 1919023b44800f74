"""The nodes of steps that wait: for an answer, for room in a channel, for a time."""

from __future__ import annotations

from dataclasses import dataclass

from n3gen.emit.step_nodes import Work
from n3gen.expressions import Code

__all__ = ["Answer", "Send", "Wait"]


@dataclass(frozen=True, slots=True)
class Answer(Work):
    """The wait for an answer from outside.

    `asked` are the arguments of the question, `parts` those of the wait for it.
    """

    template = "steps/answer.py.j2"

    asked: tuple[Code, ...]
    parts: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Send(Work):
    """An item for a channel."""

    template = "steps/send.py.j2"
    is_worth_keeping = False

    channel: Code
    value: Code


@dataclass(frozen=True, slots=True)
class Wait(Work):
    """A pause."""

    template = "steps/wait.py.j2"
    is_statement = True

    seconds: Code
