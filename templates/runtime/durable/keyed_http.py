"""Requests of `http` steps with a key by which a server knows those of an earlier life."""

from __future__ import annotations

from typing import Any, cast
from urllib.parse import quote

from ..run.run import Step
from .durable_steps import DurableStep

__all__ = ["keyed"]

HEADER = "Idempotency-Key"

PLAIN = "!#$&'()*+,/:;=?@[] "
"""What may be in a header as it is, beside letters and digits."""


def keyed(step: Step, **parts: Any) -> dict[str, Any]:
    """Return the parts of a request that changes something, with a key among its headers.

    The key is that of the run, the step and its round: the same in all tries and all
    lives. A header of that name in the spec wins; where its value is none, there is none.
    """
    headers: dict[Any, Any] = parts.get("headers") or {}
    if any(str(name).lower() == HEADER.lower() for name in headers):
        return parts
    place = cast(DurableStep, step).place
    key = quote(f"{step.run.id}:{place}:1", safe=PLAIN)
    return {**parts, "headers": {HEADER: key, **headers}}
