"""Pictures read from addresses and files, as models are sent them."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
import stat
from urllib.parse import unquote_to_bytes

from ..recovery.failures import ModelError
from .models import ModelImage

__all__ = ["read_image"]

LARGEST_IMAGE = 20 * 1024 * 1024
"""In bytes."""


async def read_image(text: str) -> ModelImage:
    """Read the picture at an address, in a `data:` address or in a file.

    A web address is left for the provider to fetch. Raises `ModelError`, which
    names the file, for one that is no PNG, JPEG, GIF or WebP, is larger than 20 MB or
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
    head, comma, data = address[len("data:") :].partition(",")
    media_type, *parameters = [part.strip().lower() for part in head.split(";")]
    if not comma or not media_type.startswith("image/"):
        raise ModelError(
            f"the image {address!r:.60} must begin as `data:image/png;base64,` does"
        )
    content = unquote_to_bytes(data)
    if "base64" in parameters:
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except binascii.Error:
            raise ModelError(f"the image {address!r:.60} is no base64") from None
    if len(content) > LARGEST_IMAGE:
        raise ModelError(f"the image {address!r:.60} is larger than 20 MB")
    return ModelImage(data=base64.b64encode(content).decode(), media_type=media_type)


def read_image_file(path: str) -> ModelImage:
    """Read the picture in a file, of the type of its first bytes."""
    name = f"the image {path!r:.200}"
    try:
        # What is no file, such as a pipe, may never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ModelError(f"{name} is no file")
        with open(path, "rb") as file:
            content = file.read(LARGEST_IMAGE + 1)
    except OSError as error:
        raise ModelError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError:
        raise ModelError(f"{name} is no path of a file") from None
    media_type = image_type(content)
    if media_type is None:
        raise ModelError(f"{name} is no PNG, JPEG, GIF or WebP")
    if len(content) > LARGEST_IMAGE:
        raise ModelError(f"{name} is larger than 20 MB")
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
