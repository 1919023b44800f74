"""Files read from addresses and paths, as models are sent them."""

from __future__ import annotations

import asyncio
import base64
import mimetypes
import os
from dataclasses import dataclass, replace
from urllib.parse import unquote, urlsplit

from ..recovery.failures import ModelError
from .attached import bytes_in_address, bytes_of_file, type_in_address, within_bound
from .models import ChatTurn, ModelImage

__all__ = ["ModelFile", "parted", "read_file"]

FILE_MEGABYTES = 32

UNKNOWN_TYPE = "application/octet-stream"


@dataclass(frozen=True)
class ModelFile(ModelImage):
    """A file in a message: its address, or its bytes in base64 with their type; its name."""

    name: str = ""


async def read_file(text: str) -> ModelFile:
    """Read the file at an address, in a `data:` address or at a path.

    A web address is left for the provider to fetch. Raises `ModelError`, which names
    the file, for one that is larger than 32 MB or cannot be read.
    """
    scheme = text[:8].lower()
    if scheme.startswith(("http://", "https://")):
        path = urlsplit(text).path
        name = unquote(path.rpartition("/")[2])
        media_type = mimetypes.guess_type(path)[0] or ""
        return ModelFile(url=text, media_type=media_type, name=name)
    if scheme.startswith("data:"):
        return await asyncio.to_thread(file_in_address, text)
    return await asyncio.to_thread(file_at, text)


def file_in_address(address: str) -> ModelFile:
    """Read the file in a `data:` address, of the type that it names."""
    named = f"the file {address!r:.60}"
    media_type = type_in_address(address)
    if not media_type:
        raise ModelError(f"{named} must begin as `data:application/pdf;base64,` does")
    content = bytes_in_address(address, named, FILE_MEGABYTES)
    ending = mimetypes.guess_extension(media_type) or ""
    return sent_file(content, media_type, f"file{ending}")


def file_at(path: str) -> ModelFile:
    """Read a file, of the type by its first bytes or its name."""
    named = f"the file {path!r:.200}"
    content = bytes_of_file(path, named, FILE_MEGABYTES)
    within_bound(content, named, FILE_MEGABYTES)
    return sent_file(content, file_type(path, content), os.path.basename(path))


def sent_file(content: bytes, media_type: str, name: str) -> ModelFile:
    """Return a file with its bytes as they are sent."""
    data = base64.b64encode(content).decode()
    return ModelFile(data=data, media_type=media_type, name=name)


def file_type(path: str, content: bytes) -> str:
    """Return the media type of a file, a general one where nothing is known of it."""
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    guessed = mimetypes.guess_type(path)[0]
    if guessed is not None:
        return guessed
    try:
        content.decode()
    except UnicodeDecodeError:
        return UNKNOWN_TYPE
    return "text/plain"


def parted(turn: ChatTurn) -> tuple[list[ModelFile], ChatTurn]:
    """Return the files of a turn, and the turn without them."""
    files = [part for part in turn.images if isinstance(part, ModelFile)]
    others = tuple(part for part in turn.images if not isinstance(part, ModelFile))
    return files, replace(turn, images=others)
