"""Variables from a file such as `.env`, as python-dotenv reads it."""

from __future__ import annotations

import os
from io import StringIO

from n3gen.project.errors import ProjectError
from n3gen.project.regular import read_regular

__all__ = ["load_env_file"]

SIZE_LIMIT = 1024 * 1024
"""Bytes of a file that are read at most."""


def load_env_file(path: str) -> None:
    """Set the variables of a file that the environment does not set, or leaves blank.

    Raises:
        ProjectError: the file cannot be read, or a line of it is no assignment. The
            message names the line, and shows nothing of what may be a secret.
    """
    from dotenv.parser import parse_stream

    found: dict[str, str] = {}
    for binding in parse_stream(StringIO(_text(path))):
        if binding.error or (binding.key and binding.value is None):
            written = binding.original.string
            blank = written[: len(written) - len(written.lstrip())].count("\n")
            line = binding.original.line + blank
            raise ProjectError(
                f"{path}:{line} is not `NAME=value` with its quotes closed"
            )
        if binding.key and binding.value:
            found[binding.key] = binding.value
    for name, value in found.items():
        if not os.environ.get(name, "").strip():
            os.environ[name] = value


def _text(path: str) -> str:
    data = read_regular(path, path, SIZE_LIMIT)
    if data is None:
        raise ProjectError(f"there is no file `{path}` for --env-file")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        # Raised here, as an error of the codec would hold the bytes.
        raise ProjectError(f"`{path}` is not a text in UTF-8")
    return text
