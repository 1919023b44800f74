"""Data that steps emit or ask with, as everybody may see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from ..run.inputs import is_dict, is_list
from ..run.records import data_or_text, written_json
from .secrets import secret_hider, secret_values

__all__ = ["shown_data"]

SHORTEST_EMITTED = 8
"""Characters from which a secret is hidden in data, of which a short one may be a word."""


def shown_data(data: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of an event with secrets hidden; those that have none, as they are.

    What has one becomes plain data, as JSON has it.
    """
    hide = hider_of(tuple(secret_values()))
    return {name: shown_value(value, hide) for name, value in data.items()}


@lru_cache(8)
def hider_of(secrets: tuple[str, ...]) -> Callable[[str], str]:
    """Return what hides secrets in texts; a step may emit very often."""
    return secret_hider(secrets, SHORTEST_EMITTED)


def shown_value(value: Any, hide: Callable[[str], str]) -> Any:
    """Return a value without the secrets in its texts, or itself where it has none."""
    if value is None or isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return hide(value)
    text = written_json(value)
    return value if hide(text) == text else hidden(data_or_text(value), hide)


def hidden(part: Any, hide: Callable[[str], str]) -> Any:
    """Return plain data without the secrets in its texts and keys."""
    if is_list(part):
        return [hidden(one, hide) for one in part]
    if is_dict(part):
        return {hide(key): hidden(value, hide) for key, value in part.items()}
    return hide(part) if isinstance(part, str) else part
