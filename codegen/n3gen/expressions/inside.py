"""Templates in the texts of expressions, where nothing reads them."""

from __future__ import annotations

import re

__all__ = ["is_joined", "without_template"]

_TEMPLATE = re.compile(r"(\{\{[ \t]*(?:[^\W\d]|[(\['\"])[^{}]*\}\})")
"""A value in the braces of a template."""

_ONE = re.compile(r"""'[^']*'|"[^"]*"|\w+(?:\.\w+|\[[^\[\]]*\])*""")
"""What needs no brackets to be joined: a text, or the path of a value."""

_SIGN = r"\s=<>!|()\[\]{}'\"~+*%"
_TEXT = re.compile(rf"[^{_SIGN}]*|[ \t]+")
"""What is no operator between two values, but a text."""

_BEHIND = re.compile(rf"(?:[-:/#](?!\d)|\w)[^{_SIGN}]*")
"""What is a text behind one value."""


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
        written = [part if _ONE.fullmatch(part) else f"({part})" for part in written]
    return " ~ ".join(written)


def is_joined(text: str) -> bool:
    """Whether values, the first one at the beginning, have no operator beside them."""
    _, *others = _TEMPLATE.split(text.strip())[::2]
    if len(others) == 1:
        return bool(_BEHIND.fullmatch(others[0]))
    return len(others) > 1 and all(map(_TEXT.fullmatch, others))
