"""Names for the steps of imported flows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from n3gen.names import python_name

__all__ = ["free_name"]

_RESERVED: Final = frozenset(
    [
        "payload",
        "input",
        "steps",
        "options",
        "env",
        "run",
        "state",
        "loop",
        "row",
        "result",
        "value",
        "true",
        "false",
        "none",
        "True",
        "False",
        "None",
    ]
)


def free_name(text: str, taken: Iterable[str], fallback: str = "step") -> str:
    """A Python name for a text that is none of those taken."""
    base = python_name(text, _RESERVED) or fallback
    name, number = base, 2
    while name in taken:
        name, number = f"{base}_{number}", number + 1
    return name
