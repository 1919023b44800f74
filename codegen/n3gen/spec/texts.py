"""The texts of a spec that are expressions or templates, with their places."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from n3gen.source import Loc

__all__ = ["Text", "data_texts", "expression"]


class Text(NamedTuple):
    """A text with its keys below the place of the part that contains it.

    An `expression` is bare, as in `if` and `when`; a `template` has `{{ }}`. The names in
    `own` are those of the text alone.
    """

    keys: Loc
    text: str
    form: Literal["expression", "template"]
    own: tuple[str, ...] = ()


def expression(text: str, *keys: str | int) -> Text:
    """Return the text of a condition or of another bare expression."""
    return Text(keys, text, "expression")


def data_texts(value: Any, *keys: str | int) -> Iterator[Text]:
    """Yield the templates among plain data, in its own order; keys of mappings are none."""
    waiting: list[tuple[Loc, Any]] = [(keys, value)]
    while waiting:
        at, item = waiting.pop()
        if isinstance(item, str):
            yield Text(at, item, "template")
        elif isinstance(item, dict):
            pairs = [(key, found) for key, found in item.items() if _holds_texts(found)]
            waiting.extend(((*at, key), found) for key, found in reversed(pairs))
        elif isinstance(item, list | tuple):
            items = [(i, found) for i, found in enumerate(item) if _holds_texts(found)]
            waiting.extend(((*at, index), found) for index, found in reversed(items))


def _holds_texts(value: Any) -> bool:
    """Whether data is a text, or may have one inside."""
    return isinstance(value, str | dict | list | tuple)
