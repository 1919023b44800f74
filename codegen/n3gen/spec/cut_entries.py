"""Texts of YAML that a comma within braces ends, and the keys that it makes of the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from n3gen.diagnostics import Diagnostic
from n3gen.names import is_name
from n3gen.source import Loc
from n3gen.spec.key_shapes import ListOf
from n3gen.spec.keys import Key
from n3gen.spec.value_rules import CutText
from n3gen.spec.values import shown
from n3gen.syntax.document import Document
from n3gen.syntax.writer import quoted

__all__ = ["CutEntry", "cut_data", "cut_entry", "way_of_cut"]

_ENCLOSED: Final = ("'", '"', "|", ">", "&", "*", "{", "[")
"""What a value begins with in the source that no comma in it can end."""

_COMMA: Final = re.compile(r"\s*,\s*")
_NO_COLON: Final = re.compile(r"\s*[,}]")


_OF_NAMES: Final = ("mock", "send", "state")
"""Mappings whose keys have to be names, which other messages report."""


class CutEntry(NamedTuple):
    """The key whose text was cut, the whole text, and whether its rest begins there."""

    key: str
    text: str
    is_first: bool


def cut_entry(document: Document, loc: Loc, data: Any, key: Any) -> CutEntry | None:
    """Return the text that goes on in `key`, one of the items `data` at `loc`.

    `None` where something is behind `key` or no text without quotes is before it.
    """
    names = [*data]
    at = names.index(key)
    if not _is_alone(document, loc, data, key):
        return None
    first = at - 1
    while first > 0 and _is_alone(document, loc, data, names[first]):
        first -= 1
    begin = document.values.get((*loc, names[first])) if first >= 0 else None
    if begin is None or not isinstance(data[names[first]], str):
        return None
    source = document.source.text
    rest = document.keys[(*loc, names[first + 1])]
    if source.startswith(_ENCLOSED, begin.start):
        return None
    if not _COMMA.fullmatch(source, begin.end, rest.start):
        return None
    end = rest.end
    for more in names[first + 2 :]:
        if not _is_alone(document, loc, data, more):
            break
        end = document.keys[(*loc, more)].end
    text = " ".join(source[begin.start : end].split())
    return CutEntry(names[first], text, first == at - 1)


def cut_data(document: Document, loc: Loc, data: Any) -> Iterator[Diagnostic]:
    """Tell the texts at `loc`, and within the lists and mappings there, that are cut."""
    waiting: list[tuple[Loc, Any]] = [(loc, data)]
    while waiting:
        place, item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(((*place, at), inner) for at, inner in enumerate(item))
        elif isinstance(item, dict):
            waiting.extend(((*place, key), inner) for key, inner in item.items())
            for key, inner in item.items():
                is_reported = place == loc and _is_reported(loc[-1], key)
                if inner is None and not is_reported:
                    yield from _cut(document, place, item, key)


def way_of_cut(cut: CutEntry, keys: Iterable[Key]) -> str:
    """Return what to write in place of a value that was cut, as its key takes it."""
    shape = next((key.shape for key in keys if key.name == cut.key), None)
    if shape is not None and any(isinstance(one, ListOf) for one in shape.parts()):
        return f"write a list in brackets: `[{shown(cut.text)}]`"
    return f"a comma ends a text without quotes: write `{shown(quoted(cut.text))}`"


def _cut(document: Document, loc: Loc, data: Any, key: Any) -> Iterator[Diagnostic]:
    cut = cut_entry(document, loc, data, key)
    if cut is not None and cut.is_first:
        label = document.key_label((*loc, key))
        text = shown(quoted(cut.text))
        yield CutText.at_comma(shown(cut.key), shown(key), text, label)


def _is_reported(section: str | int, key: Any) -> bool:
    """Whether a key that was made of a rest is an error of its own."""
    return section in _OF_NAMES or (section == "with" and not is_name(key))


def _is_alone(document: Document, loc: Loc, data: Any, key: Any) -> bool:
    """Whether a key within braces has neither a colon nor a value."""
    span = document.keys.get((*loc, key))
    if data[key] is not None or span is None:
        return False
    return _NO_COLON.match(document.source.text, span.end) is not None
