"""Pictures and files in messages of OpenAI's chat completions."""

from __future__ import annotations

from typing import Any

from ..models.files import parted
from ..models.models import ChatTurn, ModelImage
from ..recovery.failures import ModelError

__all__ = ["chat_files", "chat_images", "image_address"]


def chat_images(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with pictures as a message."""
    parts: list[dict[str, Any]] = []
    if turn.text:
        parts.append({"type": "text", "text": turn.text})
    parts += [
        {"type": "image_url", "image_url": {"url": image_address(image)}}
        for image in turn.images
    ]
    return [{"role": turn.role, "content": parts}]


def chat_files(turn: ChatTurn) -> list[dict[str, Any]]:
    """A turn with files, and maybe pictures, as a message."""
    files, rest = parted(turn)
    if any(file.url is not None for file in files):
        raise ModelError(
            "chat completions take files as data: they fetch none from an address"
        )
    parts = [
        {
            "type": "file",
            "file": {"filename": file.name, "file_data": image_address(file)},
        }
        for file in files
    ]
    return [{**m, "content": [*parts, *m["content"]]} for m in chat_images(rest)]


def image_address(image: ModelImage) -> str:
    """The address of a picture, which may contain the picture itself."""
    return image.url or f"data:{image.media_type};base64,{image.data}"
