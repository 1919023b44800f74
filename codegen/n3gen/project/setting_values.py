"""What the values of keys of the configuration may be."""

from __future__ import annotations

import os
from typing import Any

from n3gen.project.by_path import BY_PATH

__all__ = ["wanted_value"]

_SUCH_AS = {"specs": "chains", "exclude": "drafts", "embed": "README.md"}
_LONGEST = 1_000_000_000


def wanted_value(key: str, value: Any) -> str | None:
    """Say what the value of a key should have been; `None` where it is that."""
    if key in _SUCH_AS:
        is_list = isinstance(value, list) and (value != [] or key != "specs")
        if is_list and all(map(_is_inside, value)):
            return None
        return f'a list of paths inside the project, such as ["{_SUCH_AS[key]}"]'
    if key == "out":
        good = isinstance(value, str) and value.isprintable() and value.strip() != ""
        return None if good else "the path of a folder"
    if key == "runtime":
        good = value in ("standalone", "shared")
        return None if good else '"standalone" or "shared"'
    if key == "http":
        return None if value in ("httpx", "httpx2") else '"httpx" or "httpx2"'
    if key in ("enable_parallel_steps", "recordings", "handles", "trace"):
        return None if isinstance(value, bool) else "true or false"
    if (known := BY_PATH.get(key)) is not None:
        stated = value.items() if isinstance(value, dict) else ((".", value),)
        good = all(_is_inside(path) and name in known for path, name in stated)
        words = " or ".join(f'"{name}"' for name in known)
        return None if good else f"{words}, or a table of these by files and folders"
    if key in ("state", "runs"):
        good = isinstance(value, str) and value.isprintable() and value.strip() != ""
        good = good and "://" not in value
        way = (
            "the path of a file; the address of a database goes into "
            f"N3GEN_{key.upper()}"
        )
        return None if good else way
    if key == "max_concurrent_llm_calls":
        good = type(value) is int and value > 0
        return None if good else "a whole number from 1"
    good = type(value) in (int, float) and 0 < value <= _LONGEST
    return None if good else f"a number of seconds above 0, at most {_LONGEST:,}"


def _is_inside(path: object) -> bool:
    """Whether it is a relative path that stays inside the root."""
    if not isinstance(path, str) or not path.strip() or not path.isprintable():
        return False
    return not os.path.isabs(path) and ".." not in path.replace("\\", "/").split("/")
