"""Data of which each call of a function has its own lists and mappings."""

from __future__ import annotations

from typing import Any

__all__ = ["fresh"]


def fresh(value: Any) -> Any:
    """Return data whose lists and mappings are new; all else in it is what it was."""
    found: Any = value
    if type(value) is dict:
        return {key: fresh(one) for key, one in found.items()}
    return [fresh(one) for one in found] if type(value) is list else found
