"""Texts of the user's, made fit for a docstring, and the order of imported names."""

from __future__ import annotations

__all__ = ["doc", "sentence", "shown"]


def shown(text: str) -> str:
    """A text on one line, with what a terminal or an editor would not show escaped."""
    words = " ".join(text.split())
    if words.isprintable():
        return words
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
