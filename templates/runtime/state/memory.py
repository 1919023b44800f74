"""What calls of models remember: the turns of a conversation, in a state."""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import dropwhile
from typing import Any, Protocol, TypeVar

from ..models.chat_call import ChatCall, listed_messages
from ..models.models import ModelCall
from ..run.inputs import is_dict
from ..run.run import Run, Step
from ..values.json_data import json_data

__all__ = ["remembered", "with_memory"]

T = TypeVar("T")


class Memory(Protocol):
    """A state with a list of turns."""

    def change(self, run: Run, change: Callable[[Any], Any]) -> Any: ...


def with_memory(call: ModelCall, turns: Sequence[Any]) -> ChatCall:
    """Return a call with remembered turns before all of its own.

    Where the list was cut between a question and its answer, the answer is left out.
    """
    known = [*dropwhile(is_of_model, turns)]
    if isinstance(call, ChatCall):
        return replace(call, messages=[*known, *listed_messages(call.messages)])
    return ChatCall(**vars(call), messages=known)


def is_of_model(turn: Any) -> bool:
    """Say whether a turn is the model's."""
    return is_dict(turn) and turn.get("role") == "assistant"


async def remembered(step: Step, memory: Memory, prompt: str | None, result: T) -> T:
    """Add a prompt and its answer to the turns, in one change; return the answer.

    The answer is there by then: a change that fails asks no model again.
    """
    text = result if isinstance(result, str) else json.dumps(result, default=json_data)
    turns = [
        {"role": "user", "content": prompt},
        {"role": "assistant", "content": text},
    ]
    change = memory.change(step.run, lambda known: [*known, *turns])
    if inspect.isawaitable(change):
        await change
    return result
