"""Calls of tools as providers write them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..models.models import AnswerSchema, ModelAnswer, ToolCall
from ..recovery.failures import ModelError
from ..run.inputs import is_dict
from .json_parts import with_whole_characters

__all__ = [
    "ANSWER_TOOL",
    "answer_by_tool",
    "answer_tool",
    "arguments_text",
    "check_last_call",
    "numbered_calls",
    "used_arguments",
    "wanted_call",
]

ANSWER_TOOL = "give_answer"
"""The tool whose arguments are the answer, where a provider is asked for it by a tool."""


def answer_tool(schema: AnswerSchema) -> dict[str, Any]:
    """The tool by which an answer of a type is given."""
    return {
        "name": ANSWER_TOOL,
        "description": "Gives the answer.",
        "parameters": schema.schema,
    }


def answer_by_tool(answer: ModelAnswer) -> ModelAnswer:
    """The answer that was given by the call of a tool, if there is one."""
    for call in answer.calls:
        if call.name == ANSWER_TOOL:
            return replace(answer, text=call.text, calls=())
    return answer


def check_last_call(name: str, answer: ModelAnswer, reason: str) -> None:
    """Raise `ModelError` for a call without arguments that nothing says is whole.

    They may all have been cut off; where the answer gives a `reason` for its end, they
    are really none.
    """
    if answer.calls and not (reason or answer.calls[-1].arguments):
        last = answer.calls[-1]
        place = (
            "its answer" if last.name == ANSWER_TOOL else f"the call of `{last.name}`"
        )
        raise ModelError(f"`{name}` ended in the middle of {place} without a reason")


def arguments_text(arguments: Any) -> str:
    """The arguments of a tool's call as text; some servers write no text but JSON."""
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else json.dumps(arguments)


def used_arguments(arguments: Any) -> dict[str, Any]:
    """The arguments with which a tool is called, none where they are its fault."""
    return dict(wanted_call("", "", arguments).arguments)


def wanted_call(id_: str, name: str, arguments: Any) -> ToolCall:
    """A call of a tool; arguments that are not a JSON object are its fault."""
    text = "null" if arguments is None else arguments_text(arguments)
    try:
        read: Any = with_whole_characters(json.loads(text or "null"))
    except (ValueError, RecursionError) as error:
        fault = f"the arguments are not JSON: {error}"
        return ToolCall(id_, name, {}, fault, text)
    if is_dict(read):
        return ToolCall(id_, name, read, text=text)
    shown = text[:100] or "a blank text"
    fault = f"the arguments must be a JSON object, not {shown}"
    return ToolCall(id_, name, {}, fault, text)


def numbered_calls(calls: Sequence[ToolCall]) -> tuple[ToolCall, ...]:
    """The calls, each with an id."""
    return tuple(
        call if call.id else replace(call, id=f"call_{index}")
        for index, call in enumerate(calls)
    )
