"""What kept results of steps without a type of their own must be: no cache knows."""

from __future__ import annotations

from typing import Any

from ..models.vectors import read_vector
from ..run.inputs import is_dict, is_list

__all__ = ["kept_response", "kept_text", "kept_vectors"]


def kept_response(data: Any) -> Any:
    """Return the kept response of a server; raise `ValueError` for what is none."""
    if not (is_dict(data) and data.keys() >= {"status", "headers", "body"}):
        raise ValueError("it is no response")
    return data


def kept_text(data: Any) -> Any:
    """Return the kept answer of a model; raise `ValueError` for what is no text."""
    if isinstance(data, str):
        return data
    raise ValueError("it is no text")


def kept_vectors(data: Any) -> Any:
    """Return a kept vector or a list of them; raise `ValueError` for what is neither.

    Of no texts there are none, which takes no request.
    """
    is_many = is_list(data) and len(data) > 0 and all(map(is_list, data))
    for vector in data if is_many else [data]:
        read_vector(vector)
    return data
