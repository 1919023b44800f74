"""Templates in the texts of expressions, where nothing reads them."""

from __future__ import annotations

import re

__all__ = ["without_template"]

_TEMPLATE = re.compile(r"(\{\{[ \t]*(?:[^\W\d]|[(\['\"])[^{}]*\}\})")
"""A value in the braces of a template."""


def without_template(value: object) -> str:
    """Return the expression that a text with a template means; empty for what is none."""
    if not isinstance(value, str) or not _TEMPLATE.search(value):
        return ""
    parts = [part for part in _TEMPLATE.split(value) if part]
    written = [
        part[2:-2].strip() if _TEMPLATE.fullmatch(part) else repr(part)
        for part in parts
    ]
    if len(written) > 1:
        written = [f"({part})" if "|" in part else part for part in written]
    return " ~ ".join(written)
