"""Takes an error of libyaml's; hands on a diagnostic with its place and a plain sentence."""

from __future__ import annotations

import re
from typing import Any

import yaml

from n3gen.diagnostics import Diagnostic, Label
from n3gen.source import SourceFile, Span
from n3gen.syntax.rules import (
    BadEscape,
    TabIndentation,
    UnexpectedText,
    UnterminatedBracket,
    UnterminatedQuote,
    YamlSyntax,
)

__all__ = ["syntax_error"]

_QUOTE_IT = "put the text in quotes"
_ALIGN = "begin all keys of one mapping in the same column"
_SENTENCES = {
    "mapping values are not allowed in this context": (
        "a `:` and a blank stand where no key can be",
        "put the text in quotes, or look at the indentation",
    ),
    "could not find expected ':'": ("a key has no `:`", "write `key: value`"),
    "did not find expected key": ("a key was expected here", _ALIGN),
    "did not find expected '-' indicator": (
        "an item that begins with `-` was expected here",
        "begin all items of one list in the same column",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin here",
        "begin it on a line of its own",
    ),
    "block mapping entries are not allowed in this context": (
        "a mapping cannot begin here",
        "begin it on a line of its own",
    ),
    "mapping keys are not allowed in this context": (
        "a key cannot stand here",
        "begin it on a line of its own",
    ),
    "did not find expected <document start>": (
        "text stands after the end of the document",
        "leave out the `...`, or look at the indentation",
    ),
    "found duplicate anchor": ("an anchor of this name exists already", None),
}
_IN_BRACKETS = re.compile(r"did not find expected (?:',' or '[\]}]'|node content)")
_ESCAPES = frozenset(
    (
        "found unknown escape character",
        "did not find expected hexdecimal number",
        "found invalid Unicode character escape code",
    )
)


def syntax_error(
    file: SourceFile, error: yaml.YAMLError, opened: int | None
) -> Diagnostic:
    """The diagnostic of an error; `opened` is where the innermost open bracket stands."""
    problem = str(getattr(error, "problem", None) or "")
    at = _offset(file, getattr(error, "problem_mark", None))
    context = _offset(file, getattr(error, "context_mark", None))
    char = file.text[at : at + 1]
    if "tab character" in problem or (char == "\t" and "token" in problem):
        return TabIndentation.at(_label(file, at))
    if problem == "found unexpected end of stream":
        quote = file.text[context : context + 1]
        if quote in ("'", '"'):
            return UnterminatedQuote.of_file(quote, _line(file, context))
    if problem in _ESCAPES:
        start = file.text.rfind("\\", 0, at + 1)
        escape = file.text[start : start + 2]
        return BadEscape.of(escape, Label(file, Span(start, start + len(escape))))
    if opened is not None and (at >= len(file.text.rstrip()) or _in_line(problem)):
        opening = file.text[opened : opened + 1]
        if opening in UnterminatedBracket.CLOSING:
            return _bracket(file, opening, opened, at)
    if problem == "found character that cannot start any token" and char:
        return UnexpectedText.starts(char, _label(file, at))
    if problem in _SENTENCES:
        message, way_out = _SENTENCES[problem]
        return YamlSyntax.of(message, _label(file, at), way_out=way_out)
    reason = problem or "it cannot be read"
    return YamlSyntax.of(f"this is no valid YAML: {reason}", _label(file, at))


def _in_line(problem: str) -> bool:
    return _IN_BRACKETS.match(problem) is not None


def _bracket(file: SourceFile, opening: str, opened: int, at: int) -> Diagnostic:
    label = _label(file, opened)
    if at >= len(file.text.rstrip()):
        return UnterminatedBracket.of(opening, label)
    place = _label(file, at)
    found = Label(file, place.span, "not at an item or an end here")
    return UnterminatedBracket.of(opening, label, found)


def _offset(file: SourceFile, mark: Any) -> int:
    """The offset of a mark; by line and column, as an index may count bytes."""
    if mark is None:
        return 0
    if mark.line >= file.line_count:
        return len(file.text)
    span = file.line_span(mark.line + 1)
    return min(span.start + int(mark.column), span.end)


def _label(file: SourceFile, at: int) -> Label:
    end = at + 1 if file.text[at : at + 1] not in ("", "\n") else at
    return Label(file, Span(at, end))


def _line(file: SourceFile, at: int) -> Label:
    stop = file.text.find("\n", at)
    return Label(file, Span(at, len(file.text) if stop < 0 else stop))
