"""The model of a call, where a template gives it."""

from __future__ import annotations

from typing import Any

__all__ = ["model_name", "needed_model_name"]


def model_name(value: Any) -> str | None:
    """Return the model that a call names; `None` or a blank is its connection's.

    Raises `TypeError` for a value that is no text.
    """
    if value is None or isinstance(value, str):
        return value
    raise TypeError(f"the name of a model must be a text, not {value!r:.80}")


def needed_model_name(value: Any) -> str:
    """Return the model that a call names, where its connection has none."""
    if model := model_name(value):
        return model
    raise ValueError("it names no model, and the connection has none")
