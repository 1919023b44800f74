"""How messages about what is read call its readers."""

from __future__ import annotations

from n3gen.semantics.reads import Text
from n3gen.semantics.tree import Spot
from n3gen.spec.model import Entry, Stage, Step
from n3gen.spec.values import shown

__all__ = ["key_of_text", "streams", "word_of", "word_of_text"]


def word_of(entry: Entry) -> str:
    """The word of a block, or `step`."""
    return "step" if isinstance(entry, Step) else entry.word


def streams(target: Spot) -> bool:
    """Whether a name is that of a stage that passes on its items."""
    parent = target.block.parent
    around = target.entry if parent is None else parent.entry
    return isinstance(around, Stage) and around.streams


def key_of_text(text: Text) -> str:
    """The key that a text stands under, whatever lists it is in."""
    return shown(next(key for key in reversed(text.keys) if isinstance(key, str)))


def word_of_text(text: Text) -> str:
    """What a text is: a condition, or the value of a key."""
    return "condition" if text.form == "expression" else f"`{text.keys[0]}`"
