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
from n3gen.source import Span
from n3gen.spec.model import Place
from n3gen.spec.value_rules import CutText

__all__ = ["check_cut_texts", "cut_inside"]

_QUOTES: Final = ("'", '"', "|", ">", "&", "*")
"""What a text begins with in the source that no `#` in it can end."""

_COMMENT: Final = re.compile(r"[ \t]+(#[^\n]*)")
_CLOSING: Final = re.compile(r"[%#}]\}")

_PROSE: Final = frozenset({"ask", "content", "fail", "prompt", "system"})
"""The keys of texts in words: one of a single word is more likely cut than complete."""


@finder
def check_cut_texts(known: Semantics) -> Iterator[Diagnostic]:
    """Find texts without quotes that a comment ends, unless it does so within braces."""
    for part in written_parts(known.spec):
        for text in part.texts():
            if text.form == "template" and not cut_inside(text, part, known.places):
                yield from _cut(text, part, known.places)


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
    written = places.value(Place(part.place.path, (*part.place.loc, *text.keys)))
    source = written.file.text
    if "\n" in text.text or source.startswith(_QUOTES, written.span.start):
        return None
    found = _COMMENT.match(source, written.span.end)
    if found is None:
        return None
    return Label(written.file, Span(found.start(1), found.end(1))), written
