"""What servers say of a failure, and how they ask for another try."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from ..providers.json_parts import text_in
from ..recovery.failures import ModelError
from ..run.inputs import is_dict, is_list

__all__ = [
    "LARGEST_ERROR",
    "error_words",
    "is_too_long",
    "reported_error",
    "retry_after_of",
    "should_retry_of",
]

LARGEST_ERROR = 64 * 1024
"""Bytes of a failed response that are read for the words of its error."""

TOO_LONG = (
    "context_length_exceeded",
    "exceed context limit",
    "exceed context window",
    "exceed_context_size",
    "exceeds the available context size",
    "exceeds the context",
    "input is too long",
    "input token count",
    "maximum context length",
    "maximum prompt length",
    "prompt is too long",
)
"""By these words providers say that a prompt is too long for a model."""

STATUS_OF_CODE = {
    "authentication_error": 401,
    "billing_error": 402,
    "insufficient_quota": 429,
    "not_found_error": 404,
    "overloaded_error": 529,
    "permission_error": 403,
    "rate_limit_error": 429,
    "rate_limit_exceeded": 429,
    "request_too_large": 413,
    "timeout_error": 504,
}
"""The statuses of errors inside of answers, by their codes and types."""


def is_too_long(words: str) -> bool:
    """Whether a provider says that a prompt is too long for a model."""
    folded = words.lower()
    return any(words in folded for words in TOO_LONG)


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


def reported_error(name: str, error: Any) -> ModelError:
    """Return the failure that an answer, or an event of a stream, reports.

    `error` is a text, or an object with a `message` and maybe a `type` and a `code`,
    which may be a status.
    """
    code = str(error.get("code")) if is_dict(error) else ""
    words = text_in(error, "message") or text_in(error, "code")
    if not words:
        words = error if isinstance(error, str) else json.dumps(error)
    message = f"`{name}` failed while it answered: {' '.join(words.split())}"
    if is_too_long(f"{code} {words}"):
        return ModelError(message, "context_length")
    status = 500
    if code.isdecimal() and 400 <= int(code) <= 599:
        status = int(code)
    else:
        for word in (code, text_in(error, "type")):
            if word.startswith(("invalid", "image")):
                status = 400
            status = STATUS_OF_CODE.get(word, status)
    should_retry = False if code == "insufficient_quota" else None
    return ModelError(message, "status", status=status, should_retry=should_retry)


def retry_after_of(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `retry-after`, a number or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        if text is None:
            continue
        try:
            seconds = float(text) * unit
        except ValueError:
            seconds = seconds_until(text)
        if 0 < seconds < math.inf:
            return seconds
    return None


def seconds_until(date: str) -> float:
    """Seconds until an HTTP date; 0 for what is none."""
    try:
        return parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError):
        return 0.0


def should_retry_of(headers: Mapping[str, str]) -> bool | None:
    """The server's own word in `x-should-retry`."""
    stated = headers.get("x-should-retry", "").lower()
    return {"true": True, "false": False}.get(stated)
