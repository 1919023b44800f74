"""What servers say of a failure, and how they ask for another try."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from ..run.inputs import is_dict, is_list

LARGEST_ERROR = 64 * 1024
"""Bytes of a failed response that are read for the words of its error."""


def error_words(body: bytes) -> str:
    """What a provider says of a failure, in one line."""
    text = body.decode(errors="replace")
    with suppress(ValueError, RecursionError):
        found: Any = json.loads(text)
        if is_list(found) and found:
            found = found[0]
        for key in ("error", "message", "detail"):
            inner: Any = found.get(key) if is_dict(found) else None
            found = found if inner is None else inner
        text = found if isinstance(found, str) else json.dumps(found)
    return " ".join(text.split())
