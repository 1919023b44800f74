"""What makes two calls to models the same call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from ..run.run import Step
from .embed import EmbedCall
from .models import ModelCall, OutputType

__all__ = ["call_key", "embed_key"]


async def call_key(
    step: Step, call: ModelCall, output: OutputType | None = None
) -> Any:
    """What an answer depends on, as plain data: the connection and all that it is sent.

    Of pictures it is their bytes, of tools what the model reads of them. Where the run
    is given a callable in place of the call, nothing is asked, and there is no key.
    """
    if call.connector is not None and call.connector.is_replaced(step):
        return None
    return {
        "connection": call.connection.identity(),
        "model": call.model or call.connection.default_model(),
        "options": call.options,
        "schema": None if output is None else output.schema().schema,
        "system": call.system,
        "messages": call.messages,
        "prompt": call.prompt,
        "images": await images_of(call),
        "tools": [
            [tool.name, tool.description(), tool.parameters()] for tool in call.tools
        ],
        "rounds": call.rounds if call.tools else None,
    }


async def images_of(call: ModelCall) -> list[Any]:
    """The pictures of a call, those of its messages included."""
    if call.load_image is None:
        return []
    texts: list[str] = [*paths_of(call.images)]
    for message in cast("Sequence[object]", call.messages):
        if isinstance(message, dict):
            texts += paths_of(cast("dict[str, Any]", message).get("images") or ())
    images = [await call.load_image(text) for text in texts]
    return [[image.url, image.data, image.media_type] for image in images]


def paths_of(images: str | Sequence[str]) -> Sequence[str]:
    """The addresses or paths of pictures; one alone is a text."""
    return (images,) if isinstance(images, str) else images


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
