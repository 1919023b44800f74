"""Takes calls of tools as providers write them; hands on calls that can be made."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..models.models import ToolCall
from ..recovery.failures import ModelError
from ..run.inputs import is_dict
from .structure import ANSWER_TOOL

__all__ = ["WantedCall", "answer_wanted", "arguments_text", "read_calls"]


class WantedCall(NamedTuple):
    """A call of a tool as it came; `id` may be blank, `arguments` text or JSON."""

    id: str
    name: str
    arguments: Any


def answer_wanted(wanted: Sequence[WantedCall]) -> str | None:
    """The answer among the calls of tools, as the model wrote it."""
    for call in wanted:
        if call.name == ANSWER_TOOL:
            return arguments_text(call.arguments)
    return None


def arguments_text(arguments: Any) -> str:
    """The arguments of a tool's call as text; some servers write no text but JSON."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments)


def read_calls(name: str, wanted: Sequence[WantedCall]) -> tuple[ToolCall, ...]:
    """The tools that a model wants called, each with an id."""
    return tuple(
        ToolCall(
            call.id or f"call_{index}", call.name, read_arguments(name, call.arguments)
        )
        for index, call in enumerate(wanted)
    )


def read_arguments(name: str, arguments: Any) -> Mapping[str, Any]:
    """The arguments of a tool's call; raises `ModelError` for what is no object."""
    try:
        read: Any = json.loads(arguments or "{}")
    except (TypeError, ValueError, RecursionError):
        read = arguments
    if not is_dict(read):
        message = f"`{name}` wants a tool called with arguments that are no JSON object"
        raise ModelError(message, "invalid_output")
    return read
