"""Parts of the JSON of answers, where they are present."""

from __future__ import annotations

from typing import Any

from ..run.inputs import is_dict, is_list

__all__ = ["count_in", "object_in", "objects_in", "text_in"]


def object_in(data: Any, key: str) -> dict[str, Any]:
    """The object under a key; an empty one where there is none."""
    found = data.get(key) if is_dict(data) else None
    return found if is_dict(found) else {}


def objects_in(data: Any, key: str) -> list[dict[str, Any]]:
    """The objects in the list under a key."""
    found = data.get(key) if is_dict(data) else None
    return [item for item in found if is_dict(item)] if is_list(found) else []


def text_in(data: Any, key: str) -> str:
    """The text under a key; a blank one where there is none."""
    found = data.get(key) if is_dict(data) else None
    return found if isinstance(found, str) else ""


def count_in(data: Any, *keys: str) -> int:
    """The sum of the whole numbers under keys."""
    found = [data.get(key) for key in keys] if is_dict(data) else []
    return sum(item for item in found if type(item) is int)
