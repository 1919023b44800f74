"""Takes calls to models; hands on what makes two of them the same call."""

from __future__ import annotations

from typing import Any

from .models import EmbedCall, ModelCall, OutputType

__all__ = ["call_key"]


def call_key(call: ModelCall | EmbedCall, output: OutputType | None = None) -> Any:
    """What an answer depends on, as plain data: the connection and all that it is sent."""
    key: dict[str, Any] = {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
    }
    if isinstance(call, EmbedCall):
        return {**key, "texts": call.texts}
    if output is not None:
        key["schema"] = output.schema().schema
    return {
        **key,
        "system": call.system,
        "messages": call.messages,
        "prompt": call.prompt,
        "images": call.images,
        "tools": [tool.name for tool in call.tools],
    }
