"""How messages about what is read call its readers."""

from __future__ import annotations

from n3gen.semantics.field_types import ERROR_RECORD, MAPPING, RESPONSE
from n3gen.semantics.reads import Text
from n3gen.semantics.tree import Spot
from n3gen.spec.model import Entry, Stage, Step, TypeRef
from n3gen.spec.types import spelled
from n3gen.spec.values import shown

__all__ = ["key_of_text", "of_type", "streams", "word_of", "word_of_text"]


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


def of_type(type_: TypeRef) -> str:
    """What a value is, to go behind `is`: of a type, or what no spec can write as one."""
    members = type_.args if type_.name == "union" else (type_,)
    others = [one for one in members if one.name != MAPPING]
    words = [_mapping(one) for one in members if one.name == MAPPING]
    if others:
        known = (
            others[0] if len(others) == 1 else TypeRef(name="union", args=(*others,))
        )
        words.append(f"of type `{shown(spelled(known))}`")
    return " or ".join(words)


def _mapping(type_: TypeRef) -> str:
    if type_ == ERROR_RECORD:
        return "the record of an error"
    if type_ == RESPONSE:
        return "an HTTP response"
    return f"a mapping of {', '.join(f'`{shown(key)}`' for key in type_.values)}"
