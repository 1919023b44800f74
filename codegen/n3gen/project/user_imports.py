"""Code of the user's that raises while it is imported: what became of it, and where."""

from __future__ import annotations

import importlib
import os
import traceback

from n3gen.project.errors import ProjectError

__all__ = ["failed_import", "place_in_words"]

_OURS = (
    os.path.dirname(os.path.dirname(__file__)),
    os.path.dirname(importlib.__file__),
)


def failed_import(what: str, error: Exception) -> ProjectError:
    """The error for what cannot be imported, with the traceback of the user's code."""
    message = f"cannot import {what}: {type(error).__name__}: {error}"
    lines = "".join(traceback.format_list(_frames(error)))
    return ProjectError(f"{message}\n{lines}".rstrip())


def place_in_words(error: Exception) -> str:
    """Where an error comes from in the user's code, to go behind its words."""
    frames = _frames(error)
    if not frames:
        return ""
    return f" at {os.path.relpath(frames[-1].filename)}:{frames[-1].lineno}"


def _frames(error: Exception) -> list[traceback.FrameSummary]:
    """The frames that are neither of n3gen nor of the import system."""
    return [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith(("<", *_OURS))
    ]
