"""Texts without quotes that a comment ends, as the `#` in them begins one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from n3gen.check.finders import finder
from n3gen.check.plain_texts import written_parts
from n3gen.check.reading_words import key_of_text
from n3gen.diagnostics import Diagnostic, Label
from n3gen.expressions.syntax_rules import TemplateSyntax
from n3gen.semantics.known import Semantics
from n3gen.semantics.reads import Text, Written, parsed
from n3gen.semantics.walk import Places
from n3gen.source import Loc, Span
from n3gen.spec.model import Place
from n3gen.spec.value_rules import CutText
from n3gen.spec.values import shown

__all__ = ["check_cut_texts", "check_cut_words", "cut_inside"]

_QUOTES: Final = ("'", '"', "|", ">", "&", "*")
"""What a text begins with in the source that no `#` in it can end."""

_COMMENT: Final = re.compile(r"[ \t]+(#[^\n]*)")
_CLOSING: Final = re.compile(r"[%#}]\}")

_DEFAULT: Final = re.compile(r"=\s*[^\W\d]\w*(?: +\w+)+\s*$")
"""The default of several words behind a type."""

_IN_TESTS: Final = {
    *(("description",), ("env",), ("payload",), ("mock",), ("expect",), ("send",))
}
"""The keys of tests with words that are no templates."""

_IN_CONNECTIONS: Final = ("contains", "headers", "query")
"""The keys of connections with several texts."""

_PROSE: Final = frozenset({"ask", "content", "fail", "prompt", "system"})
"""The keys of texts in words: one of a single word is more likely cut than complete."""


@finder
def check_cut_texts(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts without quotes that a comment ends, unless it does so within braces."""
    for part in written_parts(known.spec):
        for text in part.texts():
            if text.form == "template" and not cut_inside(text, part, known.places):
                yield from _cut(text, part, known.places)


@finder
def check_cut_words(known: Semantics) -> Iterator[Diagnostic]:
    """Find descriptions, answers and data of tests without quotes that a comment ends."""
    reported = {
        Place(part.place.path, (*part.place.loc, *text.keys))
        for part in written_parts(known.spec)
        for text in part.texts()
    }
    for document in known.documents.values():
        for loc in document.values:
            place = Place(document.source.path, loc)
            text = known.places.data(place)
            if not isinstance(text, str) or place in reported:
                continue
            is_default = _is_field(loc) and _DEFAULT.search(text)
            if is_default or (_is_in_words(loc) and " " in text.strip()):
                found = _comment_behind(text, place, known.places)
                if found is not None:
                    key = [one for one in loc if isinstance(one, str)][-1]
                    yield CutText.of(shown(key), *found)


def _is_in_words(loc: Loc) -> bool:
    """Whether a place has words that are no template: no field of the name `description`."""
    if not loc:
        return False
    section, key = loc[0], loc[-1]
    if section == "tests":
        return loc[2:3] in _IN_TESTS
    if key in ("description", "pattern"):
        return not _is_field(loc)
    if section == "connections" and len(loc) > 2:
        return key in ("answer", "contains") or loc[-2] in _IN_CONNECTIONS
    return key == "default"


def _is_field(loc: Loc) -> bool:
    """Whether a place has the type of a field in one line."""
    return loc[-2:-1] == ("input",) or (loc[:1] == ("types",) and len(loc) == 3)


def cut_inside(text: Text, part: Written, places: Places) -> Diagnostic | None:
    """Tell a comment that begins inside of the braces or the quotes of a text."""
    found = _comment(text, part, places) if parsed(text).faults else None
    if found is None:
        return None
    comment, written = found
    source = written.file.text
    whole = source[written.span.start : comment.span.end]
    closes = _CLOSING.search(source, comment.span.start, comment.span.end)
    if not closes and parsed(text._replace(text=whole)).faults:
        return None
    return TemplateSyntax.cut(key_of_text(text), comment, written)


def _cut(text: Text, part: Written, places: Places) -> Iterator[Diagnostic]:
    """Tell a comment behind a text in words, or one that begins with no space.

    A single word is a value of its own, such as a model's name, where its key does
    not ask for a text in words.
    """
    found = _comment(text, part, places)
    if found is None:
        return
    comment, written = found
    begin = comment.file.text[comment.span.start + 1 : comment.span.end][:1]
    is_word = " " not in text.text and begin in ("", " ", "#", "!")
    if not is_word or text.keys[-1] in _PROSE:
        yield CutText.of(key_of_text(text), comment, written)


def _comment(text: Text, part: Written, places: Places) -> tuple[Label, Label] | None:
    """The comment behind a text of one line without quotes, and that text."""
    place = Place(part.place.path, (*part.place.loc, *text.keys))
    return _comment_behind(text.text, place, places)


def _comment_behind(
    text: str, place: Place, places: Places
) -> tuple[Label, Label] | None:
    """The same of what is written at a place."""
    written = places.value(place)
    source = written.file.text
    if "\n" in text or source.startswith(_QUOTES, written.span.start):
        return None
    found = _COMMENT.match(source, written.span.end)
    if found is None:
        return None
    return Label(written.file, Span(found.start(1), found.end(1))), written
