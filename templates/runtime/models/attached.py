"""Bytes of pictures and files that go with a prompt."""

from __future__ import annotations

import base64
import binascii
import os
import stat
from urllib.parse import unquote_to_bytes

from ..recovery.failures import ModelError

__all__ = ["bytes_in_address", "bytes_of_file", "type_in_address"]


def type_in_address(address: str) -> str:
    """Return the media type that a `data:` address names; empty where it has none."""
    head, comma, _ = address[len("data:") :].partition(",")
    return head.partition(";")[0].strip().lower() if comma else ""


def bytes_in_address(address: str, name: str, megabytes: int) -> bytes:
    """Return the bytes in a `data:` address; raise `ModelError`, which begins with `name`."""
    head, _, data = address[len("data:") :].partition(",")
    parameters = [part.strip().lower() for part in head.split(";")[1:]]
    content = unquote_to_bytes(data)
    if "base64" in parameters:
        try:
            content = base64.b64decode(b"".join(content.split()), validate=True)
        except binascii.Error:
            raise ModelError(f"{name} is not base64") from None
    return within_bound(content, name, megabytes)


def bytes_of_file(path: str, name: str, megabytes: int) -> bytes:
    """Return the bytes of a file; raise `ModelError`, which begins with `name`."""
    try:
        # What is not a file, such as a pipe, may never end.
        if not stat.S_ISREG(os.stat(path).st_mode):
            raise ModelError(f"{name} is not a file")
        with open(path, "rb") as file:
            return file.read(megabytes * 1024 * 1024 + 1)
    except OSError as error:
        raise ModelError(f"{name} cannot be read: {error.strerror}") from error
    except ValueError:
        raise ModelError(f"{name} is not a path of a file") from None


def within_bound(content: bytes, name: str, megabytes: int) -> bytes:
    """Return the bytes; raise `ModelError` for more than so many megabytes."""
    if len(content) > megabytes * 1024 * 1024:
        raise ModelError(f"{name} is larger than {megabytes} MB")
    return content
