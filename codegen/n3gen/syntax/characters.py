"""The characters that no spec may hold, each reported at its place."""

from __future__ import annotations

import re

from n3gen.diagnostics import Label, Problems
from n3gen.source import SourceFile, Span
from n3gen.syntax.rules import ControlCharacter, NotText

__all__ = ["ODD_BLANKS", "UNSEEN", "checked", "odd_indent"]

UNSEEN = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069"
    "\ud800-\udfff\ufeff\ufffe\uffff"
)
"""The characters, as in a class of a pattern, that a text must write as escapes."""

ODD_BLANKS = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
"""The blanks, as in a class of a pattern, that look like a space and indent nothing."""

_ODD_INDENT = re.compile(f"[ ]*+(?P<odd>[{ODD_BLANKS}][ {ODD_BLANKS}]*+)")
_LOST = "\ufffd"
_WRONG = re.compile(f"[{UNSEEN}{_LOST}]")
_MOST = 20
"""How many of these characters are reported: a binary file has thousands."""


def checked(file: SourceFile, problems: Problems) -> SourceFile:
    """Return the file with U+FFFD in the place of each wrong character; report them.

    Offsets stay what they were, so that the rest can be read and checked too. What is
    no text at all is reported once: the first such character stops the search.
    """
    wrong = 0
    for match in _WRONG.finditer(file.text):
        label = Label(file, Span(match.start(), match.end()))
        rule = NotText if match.group() in ("\0", _LOST) else ControlCharacter
        problems.add(rule.of(match.group(), label))
        wrong += 1
        if wrong == _MOST or rule is NotText:
            break
    return SourceFile(file.path, _WRONG.sub(_LOST, file.text)) if wrong else file


def odd_indent(text: str, at: int) -> Span | None:
    """Where the line of `at` is indented with another blank than the space, if it is."""
    found = _ODD_INDENT.match(text, text.rfind("\n", 0, at) + 1)
    return None if found is None else Span(*found.span("odd"))
