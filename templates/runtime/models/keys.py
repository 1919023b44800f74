"""What makes two calls to models the same call."""

from __future__ import annotations

from typing import Any

from .embed import EmbedCall
from .models import ModelCall, OutputType

__all__ = ["call_key", "embed_key"]


def call_key(call: ModelCall, output: OutputType | None = None) -> Any:
    """What an answer depends on, as plain data: the connection and all that it is sent."""
    key: dict[str, Any] = {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
    }
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


def embed_key(call: EmbedCall) -> Any:
    """What vectors depend on, as plain data."""
    return {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
        "texts": call.texts,
    }
