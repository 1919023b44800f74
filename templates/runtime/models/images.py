"""Pictures read from addresses and files, as models are sent them."""

from __future__ import annotations

import asyncio
import base64

from ..recovery.failures import ModelError
from .attached import bytes_in_address, bytes_of_file, type_in_address, within_bound
from .models import ModelImage

__all__ = ["read_image"]

IMAGE_MEGABYTES = 20


async def read_image(text: str) -> ModelImage:
    """Read the picture at an address, in a `data:` address or in a file.

    A web address is left for the provider to fetch. Raises `ModelError`, which
    names the file, for one that is not a PNG, JPEG, GIF or WebP, is larger than 20 MB or
    cannot be read.
    """
    scheme = text[:8].lower()
    if scheme.startswith(("http://", "https://")):
        return ModelImage(url=text)
    if scheme.startswith("data:"):
        return await asyncio.to_thread(read_data_address, text)
    return await asyncio.to_thread(read_image_file, text)


def read_data_address(address: str) -> ModelImage:
    """Read the picture in a `data:` address, of the type that it names."""
    named = f"the image {address!r:.60}"
    media_type = type_in_address(address)
    if not media_type.startswith("image/"):
        raise ModelError(f"{named} must begin as `data:image/png;base64,` does")
    content = bytes_in_address(address, named, IMAGE_MEGABYTES)
    return ModelImage(data=base64.b64encode(content).decode(), media_type=media_type)


def read_image_file(path: str) -> ModelImage:
    """Read the picture in a file, of the type of its first bytes."""
    named = f"the image {path!r:.200}"
    content = bytes_of_file(path, named, IMAGE_MEGABYTES)
    media_type = image_type(content)
    if media_type is None:
        raise ModelError(f"{named} is not a PNG, JPEG, GIF or WebP")
    within_bound(content, named, IMAGE_MEGABYTES)
    return ModelImage(data=base64.b64encode(content).decode(), media_type=media_type)


def image_type(content: bytes) -> str | None:
    """The type of a picture by its first bytes; `None` for an unknown one."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return "image/webp"
    return None
