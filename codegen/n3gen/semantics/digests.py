"""Nodes of a spec as data, without what their results do not depend on."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, Final

from pydantic import BaseModel

from n3gen.spec.model import Step, Tool, TypeField

__all__ = ["LEFT_OUT", "OF_FAILED", "digest", "written"]

LEFT_OUT: Final = frozenset(
    (
        *("place", "description", "parallel", "depends_on"),
        *("timeout", "timeouts", "retry", "cache", "rate_limit"),
        *("limited", "limits", "priority", "workers", "buffer"),
        *("mailbox", "runs"),
        *("api_key", "idempotency_header"),
    )
)
"""Fields of nodes that results do not depend on."""

OF_FAILED: Final = frozenset(("on_error", "on_skip"))
"""Fields of steps that say what becomes of those that have no result of their own."""


def written(node: BaseModel) -> list[Any]:
    """A node as data: what is not its default, and of the steps inside their names."""
    fields = type(node).model_fields
    left_out = _left_out(node)
    values = ((key, getattr(node, key)) for key in fields if key not in left_out)
    return [
        type(node).__name__,
        {k: _data(value) for k, value in values if value != fields[k].default},
    ]


def _left_out(node: BaseModel) -> frozenset[str]:
    """The fields of a node that its result does not depend on."""
    if isinstance(node, TypeField | Tool):
        return LEFT_OUT - {"description"}  # which a model reads
    if isinstance(node, Step):
        is_join = node.join is not None  # and what is read depends on what has ended
        return (LEFT_OUT | OF_FAILED) - ({"depends_on"} if is_join else set())
    return LEFT_OUT


def _data(value: Any) -> Any:
    if isinstance(value, Step):
        return value.name
    if isinstance(value, BaseModel):
        return written(value)
    if isinstance(value, dict):
        return {str(key): _data(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_data(part) for part in value]
    return value


def digest(data: Any) -> str:
    """Eight hexadecimal digits that change with the data."""
    text = json.dumps(data, sort_keys=True, default=str)
    return sha256(text.encode()).hexdigest()[:8]
