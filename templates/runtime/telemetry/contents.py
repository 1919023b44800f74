"""What models are asked and answer, as the JSON of spans: only where it is asked for."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from typing import Any

from ..models.models import ChatTurn, ModelAnswer, ModelRequest

__all__ = [
    "answered_message",
    "asked_messages",
    "captures_content",
    "finish_reason",
    "system_instructions",
]

CAPTURE = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"
"""The variable that instrumentations of generative AI share."""


def captures_content() -> bool:
    """Say whether prompts and answers may be on spans; they are not unless asked for."""
    asked = os.environ.get(CAPTURE, "").strip().lower()
    return asked in ("true", "1", "span_only", "span_and_event")


def system_instructions(request: ModelRequest) -> str | None:
    """Return the system prompt of a request as JSON, `None` where it has none."""
    instructions = [turn for turn in request.messages if turn.role == "system"]
    return (
        json.dumps([text_part(turn.text) for turn in instructions])
        if instructions
        else None
    )


def asked_messages(request: ModelRequest) -> str:
    """Return the conversation of a request as JSON, its system prompt left out."""
    turns = (turn for turn in request.messages if turn.role != "system")
    return json.dumps([message for turn in turns for message in messages_of(turn)])


def messages_of(turn: ChatTurn) -> Iterable[dict[str, Any]]:
    """Yield a turn as messages: what tools have returned is a message by itself."""
    parts = [text_part(turn.text)] if turn.text else []
    parts += [described_image(image) for image in turn.images]
    parts += [call_part(call) for call in turn.calls]
    if parts:
        yield {"role": turn.role, "parts": parts}
    if turn.results:
        results = [
            {"type": "tool_call_response", "id": r.call.id, "response": r.text}
            for r in turn.results
        ]
        yield {"role": "tool", "parts": results}


def text_part(text: str) -> dict[str, Any]:
    """Return a text as a part of a message."""
    return {"type": "text", "content": text}


def described_image(image: Any) -> dict[str, Any]:
    """Return a picture or a file as a part of a message: its address, never its bytes."""
    if image.url is not None and not image.url.startswith("data:"):
        return {"type": "uri", "modality": "image", "uri": image.url}
    return {"type": "blob", "modality": "image", "mime_type": image.media_type}


def call_part(call: Any) -> dict[str, Any]:
    """Return a call of a tool as a part of a message."""
    arguments = {"arguments": dict(call.arguments)}
    return {"type": "tool_call", "id": call.id, "name": call.name, **arguments}


def finish_reason(answer: ModelAnswer) -> str:
    """Return why an answer ended, in the words of the conventions."""
    if answer.calls:
        return "tool_call"
    return "length" if answer.is_cut else "stop"


def answered_message(answer: ModelAnswer) -> str:
    """Return an answer as JSON."""
    turn = ChatTurn("assistant", answer.text, calls=answer.calls)
    ended = {"finish_reason": finish_reason(answer)}
    return json.dumps([{**message, **ended} for message in messages_of(turn)])
