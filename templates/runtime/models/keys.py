"""What makes two calls to models the same call."""

from __future__ import annotations

from typing import Any

from .embed import EmbedCall
from .models import ModelCall, OutputType

__all__ = ["call_key", "embed_key"]


async def call_key(call: ModelCall, output: OutputType | None = None) -> Any:
    """What an answer depends on, as plain data: the connection and all that it is sent.

    Of pictures it is their bytes, of tools what the model reads of them.
    """
    return {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
        "schema": None if output is None else output.schema().schema,
        "turns": [
            [turn.role, turn.text, [[i.url, i.data, i.media_type] for i in turn.images]]
            for turn in await call.turns()
        ],
        "tools": [
            [tool.name, tool.description(), tool.parameters()] for tool in call.tools
        ],
        "rounds": call.rounds if call.tools else None,
    }


def embed_key(call: EmbedCall) -> Any:
    """What vectors depend on, as plain data."""
    return {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
        "texts": call.texts,
    }
