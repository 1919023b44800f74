"""The methods of values that expressions can call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["METHODS"]

METHODS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ["capitalize", "casefold", "lower", "lstrip", "removeprefix", "removesuffix"],
        "str",
    ),
    **dict.fromkeys(
        ["replace", "rstrip", "strip", "swapcase", "title", "upper", "zfill"], "str"
    ),
    **dict.fromkeys(["split", "splitlines", "rsplit"], "list"),
    **dict.fromkeys(["count", "find", "index"], "int"),
    **dict.fromkeys(
        ["startswith", "endswith", "isdigit", "isalpha", "isnumeric"], "bool"
    ),
    **dict.fromkeys(["date", "isoformat", "strftime", "timestamp", "weekday"], ""),
    "total_seconds": "float",
    **dict.fromkeys(["get", "items", "keys", "values"], ""),
    "join": "str",
}
"""The methods that expressions can call, and what a text's gives."""
