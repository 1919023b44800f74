"""Errors of libyaml as diagnostics, each with its place and a plain sentence."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from n3gen.diagnostics import Diagnostic, Label
from n3gen.source import SourceFile, Span
from n3gen.syntax.brackets import closing_comment, scan, uncommaed
from n3gen.syntax.characters import odd_indent
from n3gen.syntax.foreign_texts import defaulted_text, joined_text, joined_within
from n3gen.syntax.rules import (
    BadEscape,
    BadIndent,
    MissingColon,
    TabIndentation,
    UnexpectedText,
    UnterminatedBracket,
    UnterminatedQuote,
    YamlSyntax,
)
from n3gen.syntax.text_indents import run_on, stray_below

__all__ = ["syntax_error"]

_FIRST_LINE: Final = re.compile(r"^(?:chain|pipeline)[ \t]+[\w\"-]+:$", re.MULTILINE)
_IN_AI = "this is the first line of a block in an `.ai` file, and no YAML"
_ENDING = "give the file the ending `.ai`"
_QUOTE_IT = "put the text in quotes"
_ALIGN = "begin all keys of one mapping in the same column"
_ITEM = "this `-` is in another column than those of the items above it"
_ITEMS = "begin all items of one list in the same column"
_SENTENCES = {
    "mapping values are not allowed in this context": (
        "a text without quotes cannot contain `: `, which reads like a key",
        "put the text in quotes",
    ),
    "could not find expected ':'": ("a key has no `:`", "write `key: value`"),
    "did not find expected key": ("a key was expected here", _ALIGN),
    "did not find expected '-' indicator": (
        "this line begins between the column of the `-` and that of the keys after it",
        "begin all keys of an item in the same column, and so all items of a list",
    ),
    "block sequence entries are not allowed in this context": (
        "a list cannot begin on the line of its key",
        "begin its first item on the next line",
    ),
    "block mapping entries are not allowed in this context": (
        "a mapping cannot begin here",
        "begin it on a line of its own",
    ),
    "mapping keys are not allowed in this context": (
        "a key cannot be here",
        "begin it on a line of its own",
    ),
    "did not find expected <document start>": (
        "there is text after the end of the document",
        "leave out the `...`, or look at the indentation",
    ),
    "found duplicate anchor": ("an anchor of this name exists already", None),
}
_MISFORMED = re.compile(
    r"(?P<colon>(?:- )*(?P<key>[\w\"'-]+):(?![ \t]|$).*)|(?P<dash>-\w.*)|(?P<equals>[\w-]+[ \t]*=.*)"
)
"""A line that YAML takes for a text, and that was meant as a key or an item."""

_NO_KEY = ("mapping values", "could not find expected ':'")
_RUN_ON = ("could not find expected ':'", "did not find expected key")
_SLASHES = re.compile(r"(?:^|[,{\[])[ \t]*(//|/\*)", re.MULTILINE)
_VALUE = re.compile(r"(?:- )*([\w\"'-]+):[ \t]+\S")
_IN_BRACKETS = re.compile(r"did not find expected (?:',' or '[\]}]'|node content)")
_ESCAPE: Final = re.compile(r"\\u[0-9a-fA-F]{4}", re.ASCII)
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
    if first := _FIRST_LINE.search(file.text):
        return YamlSyntax.of(_IN_AI, Label(file, Span(*first.span())), way_out=_ENDING)
    problem = str(getattr(error, "problem", None) or "")
    at = _offset(file, getattr(error, "problem_mark", None))
    context = _offset(file, getattr(error, "context_mark", None))
    char = file.text[at : at + 1]
    if "tab character" in problem or (char == "\t" and "token" in problem):
        return TabIndentation.at(_label(file, at))
    above = max(file.text.rfind("\n", 0, at), 0)
    if opened is None and (
        odd := odd_indent(file.text, at) or odd_indent(file.text, above)
    ):
        return TabIndentation.at(Label(file, odd), file.text[odd.start])
    if problem == "found unexpected end of stream":
        quote = file.text[context : context + 1]
        if quote in ("'", '"'):
            return UnterminatedQuote.of_file(quote, _line(file, context))
    if opened is None and (stray := stray_below(file.text, at)):
        return BadIndent.of_text(*stray[1:], Label(file, stray[0]))
    in_block = opened is None and problem.startswith(_RUN_ON)
    if in_block and (past := run_on(file.text, at)):
        line, key = (Label(file, span) for span in past)
        written = file.text[key.span.start : key.span.end]
        return BadIndent.goes_on(written, line, key)
    if problem in _ESCAPES:
        start = file.text.rfind("\\", 0, at + 1)
        found = _ESCAPE.match(file.text, start)
        escape = found[0] if found else file.text[start : start + 2]
        return BadEscape.of(escape, Label(file, Span(start, start + len(escape))))
    if opened is None and (comment := _SLASHES.match(file.text)):
        return UnexpectedText.slashes(Label(file, Span(*comment.span(1))))
    if quoted := _fence(file, at) or _after_quote(file, problem, at):
        return quoted
    if opened is None and problem.startswith(_NO_KEY):
        if slip := _line_above(file, at):
            return slip
    elif opened is not None and (slip := _in_brackets(file, problem, opened, at)):
        return slip
    if opened is not None and (at >= len(file.text.rstrip()) or _in_line(problem)):
        opening = file.text[opened : opened + 1]
        if opening in UnterminatedBracket.CLOSING:
            return _bracket(file, opening, opened, at)
    if problem == "found character that cannot start any token" and char:
        return UnexpectedText.starts(char, _label(file, at))
    if problem == "did not find expected key" and _is_dash(file.text, at):
        return YamlSyntax.of(_ITEM, _label(file, at), way_out=_ITEMS)
    if problem in _SENTENCES:
        message, way_out = _SENTENCES[problem]
        return YamlSyntax.of(message, _label(file, at), way_out=way_out)
    reason = problem or "it cannot be read"
    return YamlSyntax.of(f"this is not valid YAML: {reason}", _label(file, at))


def _is_dash(text: str, at: int) -> bool:
    """Whether an item of a list begins at `at`."""
    return text[at : at + 1] == "-" and text[at + 1 : at + 2] in (" ", "\n", "")


def _fence(file: SourceFile, at: int) -> Diagnostic | None:
    """Say of three quotes or backticks that no text begins with them."""
    fence = "```" if file.text.startswith("```", at) else '"""'
    start = file.text.find(fence, max(0, at - 2), at + len(fence))
    if start < 0:
        return None
    close = file.text.find(fence, start + 3)
    within = file.text[start + 3 : close] if close >= 0 else "\n"
    label = Label(file, Span(start, start + 3))
    return UnexpectedText.fence(fence, within, label)


def _after_quote(file: SourceFile, problem: str, at: int) -> Diagnostic | None:
    """Say what follows a text in quotes on its line."""
    quote = file.text[:at].rstrip(" \t")[-1:]
    if quote not in ("'", '"'):
        return None
    line = _line(file, at)
    joined = joined_text(file.text[:at], file.text[at : line.span.end])
    if problem != "did not find expected key" and not joined:
        return None
    return UnexpectedText.after_quote(quote, line)


def _line_above(file: SourceFile, at: int) -> Diagnostic | None:
    """What is wrong on the line above an error at a line that is a key by itself."""
    begin = file.text.rfind("\n", 0, at) + 1
    indent = len(file.text[begin:at]) - len(file.text[begin:at].lstrip())
    if ": " in file.text[begin:at]:
        return None
    above = file.text[:begin].rstrip()
    start = above.rfind("\n") + 1
    line = above[start:].lstrip()
    label = Label(file, Span(len(above) - len(line), len(above)))
    if found := _MISFORMED.match(line):
        if found["dash"]:
            return MissingColon.after_dash(line, label)
        return MissingColon.of_key(line.removeprefix("- "), label)
    if (found := _VALUE.match(line)) and indent > len(above) - start - len(line):
        key = label.file.text[begin + indent : at]
        label = Label(file, Span(begin + indent, at))
        return YamlSyntax.deeper(key.strip(), found[1], label)
    return None if ":" in line or not line else MissingColon.of_key(line, label)


def _in_brackets(
    file: SourceFile, problem: str, opened: int, at: int
) -> Diagnostic | None:
    """What is wrong in brackets that are closed."""
    if file.text[at - 1 : at + 1] == "${":
        return YamlSyntax.template(Label(file, Span(at - 1, at + 1)), "without a `$`")
    if _in_line(problem) and file.text.startswith("{{", at):
        where = Label(file, Span(at, at + 2))
        return YamlSyntax.template(where, "with the text around it")
    if comment := _SLASHES.search(file.text, opened, at):
        return UnexpectedText.slashes(Label(file, Span(*comment.span(1))))
    if not _in_line(problem):
        return None
    if file.text[at : at + 1] == ":":
        key = uncommaed(file.text, at, opened)
        at = at if key is None else key
    if not _lacks_comma(file, opened, at):
        return None
    closing = UnterminatedBracket.CLOSING[file.text[opened]]
    return UnexpectedText.no_comma(closing, _label(file, at))


def _lacks_comma(file: SourceFile, opened: int, at: int) -> bool:
    """Whether an item begins at `at`, deeper than the line of the open bracket."""
    text = file.text
    if defaulted_text(text, at) or joined_within(text, at):
        return True
    if not (text[at : at + 1] in ('"', "'", "[", "{") or text[at : at + 1].isalnum()):
        return False
    begin, first = text.rfind("\n", 0, at) + 1, text.rfind("\n", 0, opened) + 1
    if begin == first or text[begin:at].strip():
        return True
    if file.path.endswith(".json"):
        return scan(text, opened, len(text), once=True).unclosed is None
    return at - begin > len(text[first:opened]) - len(text[first:opened].lstrip())


def _in_line(problem: str) -> bool:
    return _IN_BRACKETS.match(problem) is not None


def _bracket(file: SourceFile, opening: str, opened: int, at: int) -> Diagnostic:
    label = _label(file, opened)
    if comment := closing_comment(file.text, opened, file.text.find("\n", opened)):
        found = Label(file, Span(*comment), "a comment")
        return UnterminatedBracket.by_comment(opening, label, found)
    if at >= len(file.text.rstrip()):
        return UnterminatedBracket.of(opening, label)
    place = _label(file, at)
    found = Label(file, place.span, "neither an item nor the end")
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
