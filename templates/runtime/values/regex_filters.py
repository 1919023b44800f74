"""Filters of regular expressions."""

from __future__ import annotations

import re
from typing import Any

from .lookups import MissingValue

__all__ = ["regex_find", "regex_findall", "regex_replace", "regex_test"]


def compiled(pattern: Any, ignorecase: bool, multiline: bool) -> re.Pattern[str]:
    """Return a pattern, which `re` keeps; raise `ValueError` for one that is none."""
    flags = (re.IGNORECASE if ignorecase else 0) | (re.MULTILINE if multiline else 0)
    try:
        return re.compile(pattern, flags)
    except (re.error, TypeError, OverflowError, RecursionError) as error:
        raise ValueError(f"the pattern is not a regular expression: {error}") from None


def regex_find(
    value: Any, pattern: Any, ignorecase: bool = False, multiline: bool = False
) -> Any:
    """Return the first match: its text, its group, or a list of its groups.

    Raises `MissingValue` where there is none.
    """
    found = compiled(pattern, ignorecase, multiline).search(str(value))
    if found is None:
        raise MissingValue("the text has no match of the pattern")
    return matched(found)


def regex_findall(
    value: Any, pattern: Any, ignorecase: bool = False, multiline: bool = False
) -> list[Any]:
    """Return all matches, each as `regex_find` does."""
    known = compiled(pattern, ignorecase, multiline)
    return [matched(found) for found in known.finditer(str(value))]


def matched(found: re.Match[str]) -> Any:
    """Return the text of a match, of its one group, or a list of those of its groups."""
    groups = list(found.groups())
    if not groups:
        return found[0]
    return groups[0] if len(groups) == 1 else groups


def regex_replace(
    value: Any,
    pattern: Any,
    replacement: Any,
    ignorecase: bool = False,
    multiline: bool = False,
    count: int = 0,
) -> str:
    """Return the text with up to `count` matches replaced, or all; `\\1` is a group."""
    known = compiled(pattern, ignorecase, multiline)
    try:
        return known.sub(str(replacement), str(value), count=count)
    except (re.error, IndexError) as error:
        raise ValueError(f"the replacement does not fit: {error}") from None


def regex_test(
    value: Any, pattern: Any, ignorecase: bool = False, multiline: bool = False
) -> bool:
    """Say whether the pattern matches anywhere in the text."""
    return compiled(pattern, ignorecase, multiline).search(str(value)) is not None
