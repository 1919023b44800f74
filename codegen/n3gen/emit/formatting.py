"""Python text as black leaves it."""

from __future__ import annotations

from functools import lru_cache

import black
from black.mode import TargetVersion

__all__ = ["format_once", "format_python"]

_MODE = black.Mode(target_versions={TargetVersion.PY311})


def format_python(text: str) -> str:
    """Format a text as black does."""
    return black.format_str(text, mode=_MODE)


@lru_cache(maxsize=16)
def format_once(text: str) -> str:
    """Format a text that many modules have alike."""
    return format_python(text)
