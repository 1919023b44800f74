"""Vectors that do not come from a model as it was asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from ..recovery.failures import ModelError

__all__ = ["given_vectors", "read_vector"]


def read_vector(value: Any) -> list[float]:
    """Return a vector as a list of numbers; raise `ValueError` for what is none."""
    if not isinstance(value, str | bytes | Mapping) and hasattr(value, "__iter__"):
        numbers = [*cast("Sequence[Any]", value)]
        if numbers and not any(isinstance(one, str | bytes | bool) for one in numbers):
            try:
                return [float(one) for one in numbers]
            except TypeError:
                pass
    raise ValueError("it is no vector")


def given_vectors(name: str, value: Any, texts: str | Sequence[str]) -> Any:
    """Return what a callable gives for texts in place of connector `name`.

    Raises `ModelError` unless it is a vector for one text, a list of as many for a list.
    """
    wanted = "a vector, which is a list of numbers"
    try:
        if isinstance(texts, str):
            return read_vector(value)
        wanted = f"a list of {len(texts)} vectors"
        vectors = [read_vector(one) for one in value]
        if len(vectors) == len(texts):
            return vectors
    except (TypeError, ValueError):
        pass
    raise ModelError(f"connector '{name}' must return {wanted}")
