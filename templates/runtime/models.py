"""Takes a call to a model; hands on its answer: what every connection shares."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Env", "ModelCall", "ModelError", "read_setting"]


@dataclass(frozen=True)
class ModelCall:
    """What a model is asked; `options` go to the provider as they are."""

    prompt: str
    system: str | None = None
    model: str | None = None
    options: dict[str, Any] = field(default_factory=dict[str, Any])


class ModelError(Exception):
    """A model call that brought no answer."""


@dataclass(frozen=True)
class Env:
    """An environment variable, read when a run needs it and kept nowhere."""

    name: str
    default: str | None = None


def read_setting(value: Env | str | None) -> str | None:
    """A setting of a connection; raises `ModelError` where its variable is not set."""
    if not isinstance(value, Env):
        return value
    text = os.environ.get(value.name, value.default)
    if text is None:
        raise ModelError(f"the environment variable {value.name} is not set")
    return text
