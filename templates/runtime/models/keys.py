"""What makes two calls to models the same call."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from ..run.run import Step
from .embed import EmbedCall
from .models import ModelCall, ModelTool, OutputType

__all__ = ["call_key", "embed_key", "tool_key"]


async def call_key(
    step: Step, call: ModelCall, output: OutputType | None = None
) -> Any:
    """What an answer depends on, as plain data: the connection and all that it is sent.

    Of pictures and files it is their bytes, of tools what the model reads of them. Where the run
    is given a callable in place of the call, nothing is asked, and there is no key.
    """
    if call.connector is not None and call.connector.is_replaced(step):
        return None
    return {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
        "schema": None if output is None else output.schema().schema,
        "turns": [
            [turn.role, turn.text, [[*astuple(image)] for image in turn.images]]
            for turn in await call.turns()
        ],
        "tools": [*map(tool_key, call.tools)],
        "rounds": call.rounds if call.tools else None,
    }


def tool_key(tool: ModelTool) -> list[Any]:
    """What a model reads of a tool."""
    return [tool.name, tool.description(), tool.parameters()]


def embed_key(step: Step, call: EmbedCall) -> Any:
    """What vectors depend on, as plain data; nothing where a callable gives them."""
    if call.connector is not None and call.connector.is_replaced(step):
        return None
    return {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
        "texts": call.texts,
    }
