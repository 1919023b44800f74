"""Parts of the JSON of answers, where they are present."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from ..run.inputs import is_dict, is_list

__all__ = [
    "count_in",
    "first_numbered",
    "letters_in",
    "object_in",
    "objects_in",
    "reason_in",
    "text_in",
    "with_whole_characters",
]

CALL_KEYS = ("arguments", "args", "input")
WRITTEN_KEYS = (*CALL_KEYS, "content", "text", "refusal", "thinking")


def letters_in(data: Any) -> int:
    """Return the letters of what a model wrote, texts and calls, in any answer's JSON."""
    letters, parts = 0, [("", data)]
    while parts:
        key, part = parts.pop()
        if isinstance(part, str) and key in WRITTEN_KEYS:
            letters += len(part)
        elif is_list(part):
            parts += [(key, item) for item in part]
        elif is_dict(part):
            parts += [(key if key in CALL_KEYS else k, v) for k, v in part.items()]
    return letters


def with_whole_characters(data: Any) -> Any:
    """Return JSON's data with halves of characters joined, or replaced if alone."""
    with suppress(RecursionError):
        text = json.dumps(data, ensure_ascii=False).encode("utf-16", "surrogatepass")
        return json.loads(text.decode("utf-16", "replace"))
    return data


def object_in(data: Any, key: str) -> dict[str, Any]:
    """Return the object under a key, an empty one where there is none."""
    found = data.get(key) if is_dict(data) else None
    return found if is_dict(found) else {}


def objects_in(data: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects in the list under a key."""
    found = data.get(key) if is_dict(data) else None
    return [item for item in found if is_dict(item)] if is_list(found) else []


def text_in(data: Any, key: str) -> str:
    """Return the text under a key, a blank one where there is none."""
    found = data.get(key) if is_dict(data) else None
    return found if isinstance(found, str) else ""


def count_in(data: Any, *keys: str) -> int:
    """Return the sum of the whole numbers under keys."""
    found = [data.get(key) for key in keys] if is_dict(data) else []
    return sum(item for item in found if type(item) is int)


def reason_in(data: Any, key: str) -> str:
    """Return why an answer ended, a blank text where nothing is said of it."""
    found = data.get(key) if is_dict(data) else None
    return found if isinstance(found, str) else json.dumps(found) if found else ""


def index_of(item: Any) -> int:
    """Return the number of a choice; some servers number none of theirs, or oddly."""
    return max(count_in(item, "index"), 0)


def first_numbered(data: Any, key: str, index: int | None = None) -> dict[str, Any]:
    """Return the object numbered `index` in a list, by default the lowest one.

    It is empty where there is none.
    """
    found = [o for o in objects_in(data, key) if index in (None, index_of(o))]
    return min(found, key=index_of, default=dict[str, Any]())
