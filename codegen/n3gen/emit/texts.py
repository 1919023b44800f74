"""Texts of the user's, made fit for a docstring, and the order of imported names."""

from __future__ import annotations

__all__ = ["doc", "member_order", "sentence", "shown"]


def shown(text: str) -> str:
    """A text on one line, with what a terminal or an editor would not show escaped."""
    words = " ".join(text.split())
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii")
        for c in words
    )


def doc(text: str) -> str:
    """A text that can stand inside a docstring's quotes."""
    return shown(text).translate(_ESCAPES)


_ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"'})


def sentence(text: str) -> str:
    """A description as a docstring: one line that ends as a sentence does."""
    ended = doc(text)
    return f"{ended}." if ended[-1:].isalnum() else ended


def member_order(name: str) -> tuple[int, str, str]:
    """isort's order of imported names: constants, classes, the rest."""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return (kind, name.lower(), name)
