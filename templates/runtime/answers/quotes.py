"""What an answer quotes from the question."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ..run.inputs import is_dict, is_list
from .found_json import find_json

__all__ = ["is_quoted", "quotable_parts"]

JSON_MARKS = re.compile(r"[\s\\\"'\u2018-\u201e]+|,(?=\s*[\]}])")
"""White space, quotes, what escapes them, and trailing commas."""


def without_marks(text: str) -> str:
    """A text without what differs when JSON is quoted in another spelling."""
    return JSON_MARKS.sub("", text).casefold()


def quotable_parts(text: str) -> Iterator[Any]:
    """Yield a text and all that is inside of its JSON; texts without their marks."""
    found: list[Any] = [text]
    for part in found:
        yield without_marks(part) if isinstance(part, str) else part
        if isinstance(part, str):
            with suppress(RecursionError):
                for json_text in find_json(part).values:
                    found.append(json.loads(json_text, parse_int=float))
        elif is_dict(part) or is_list(part):
            found += part.values() if is_dict(part) else part


def is_quoted(value: str, parts: list[Any]) -> bool:
    """Whether JSON is in one of these texts, or is part of one of these values."""
    bare = without_marks(value)
    with suppress(RecursionError):
        data = json.loads(value, parse_int=float)
        return any(bare in p if isinstance(p, str) else is_part(data, p) for p in parts)
    return False


def is_part(data: Any, whole: Any) -> bool:
    """Whether data is other data, with some entries of its objects left out."""
    if is_dict(data) and is_dict(whole):
        return all(k in whole and is_part(v, whole[k]) for k, v in data.items())
    if is_list(data) and is_list(whole):
        return len(data) == len(whole) and all(map(is_part, data, whole))
    if isinstance(data, str) and isinstance(whole, str):
        return without_marks(data) == without_marks(whole)
    return bool(data == whole)
