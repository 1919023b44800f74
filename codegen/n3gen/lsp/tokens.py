"""Semantic tokens of `.ai` files, expressions inside of texts included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from n3gen.expressions.tokens import JINJA_WORDS
from n3gen.lsp.occurrences import Occurrence
from n3gen.lsp.positions import units
from n3gen.source import SourceFile
from n3gen.syntax.words import WORDS

__all__ = ["KINDS", "tokens"]

KINDS: Final = (
    "keyword",
    "property",
    "string",
    "number",
    "comment",
    "operator",
    "variable",
    "function",
    "type",
)
"""The kinds of tokens, as the protocol names them."""

_KEPT: Final = 20_000
"""Lines whose tokens are kept, as a change touches few of them."""

_KEY: Final = re.compile(
    r"""[ \t]*(?:-[ \t]+)*(?P<key>[\w-]+|"[^"]*"|'[^']*')[ \t]*:(?=\s|$)"""
)
_WORD: Final = re.compile(r"[ \t]*(?:-[ \t]+)*(?P<word>[a-z_]+)\b")
_BLOCK_TEXT: Final = re.compile(r"(?:^|:[ \t]+)[|>][+\-0-9]*[ \t]*(?:#.*)?$")
_VALUE: Final = re.compile(
    r"""(?P<comment>(?:^|(?<=\s))\#.*$)
    |(?P<code>\{\{.*?(?:\}\}|$)|\{%.*?(?:%\}|$))
    |(?P<string>"(?:[^"\\{]|\\.|\{(?![{%]))*"?|'(?:[^'{]|\{(?![{%]))*'?)
    |(?P<number>(?<![\w.])\d+(?:\.\d+)?(?:ms|[smhd%])?(?![\w.]))
    |(?P<keyword>\b(?:true|false|null|none)\b)""",
    re.VERBOSE,
)
_CODE: Final = re.compile(
    r"""(?P<operator>\{\{-?|-?\}\}|\{%-?|-?%\}|==|!=|<=|>=|[|~+*/<>=-])
    |(?P<string>"[^"]*"?|'[^']*'?)
    |(?P<number>\b\d+(?:\.\d+)?\b)
    |(?P<name>[^\W\d]\w*)""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A stretch of one line, and the kind of what is there."""

    start: int
    end: int
    kind: str


def tokens(file: SourceFile, named: list[Occurrence]) -> list[int]:
    """The tokens of a file in the protocol's numbers; `named` are its known names."""
    known = {one.span.start: _of_name(one) for one in named}
    found: list[Token] = []
    for token in _lines(file):
        found += _with_names(token, known)
    inside = {token.start for token in found}
    found += [one for start, one in known.items() if start not in inside]
    return _encoded(file, sorted(found))


def _of_name(one: Occurrence) -> Token:
    section = str(one.target.loc[0]) if len(one.target.loc) == 2 else ""
    kind = "variable"
    if section == "types":
        kind = "type"
    elif section in ("chains", "pipelines", "connectors"):
        kind = "function"
    return Token(one.span.start, one.span.end, kind)


def _with_names(token: Token, known: dict[int, Token]) -> Iterator[Token]:
    """A token, or the name that it is."""
    name = known.get(token.start) or known.get(token.start + 1)
    if name is not None and name.end <= token.end and token.kind != "property":
        yield name
    else:
        yield token


def _lines(file: SourceFile) -> Iterator[Token]:
    text_indent: int | None = None
    for number in range(1, file.line_count + 1):
        span = file.line_span(number)
        line = file.text[span.start : span.end]
        indent = len(line) - len(line.lstrip(" "))
        if text_indent is not None and line.strip() and indent <= text_indent:
            text_indent = None
        if text_indent is not None:
            yield from _placed(_text(line, 0), span.start)
            continue
        if _BLOCK_TEXT.search(line):
            text_indent = indent
        yield from _placed(_line(line), span.start)


def _placed(found: tuple[Token, ...], start: int) -> Iterator[Token]:
    """The tokens of a line that begins at an offset."""
    return (Token(start + one.start, start + one.end, one.kind) for one in found)


@lru_cache(maxsize=_KEPT)
def _line(line: str) -> tuple[Token, ...]:
    """The tokens of a line of blocks and keys, from its start."""
    head: list[Token] = []
    at = 0
    word = _WORD.match(line)
    key = _KEY.match(line)
    block = WORDS.blocks().get(word["word"]) if word else None
    if block is not None and word is not None and (not key or key["key"] == block.word):
        head = [Token(word.start("word"), word.end("word"), "keyword")]
        at = word.end("word")
    elif key is not None:
        head = [Token(key.start("key"), key.end("key"), "property")]
        at = key.end()
    return (*head, *_text(line, at))


@lru_cache(maxsize=_KEPT)
def _text(line: str, at: int) -> tuple[Token, ...]:
    """The tokens of a value from a column on."""
    tokens: list[Token] = []
    for found in _VALUE.finditer(line, at):
        if found.lastgroup == "code":
            tokens += _code(found[0], found.start())
        else:
            tokens.append(Token(found.start(), found.end(), str(found.lastgroup)))
    return tuple(tokens)


def _code(code: str, start: int) -> Iterator[Token]:
    before = ""
    for found in _CODE.finditer(code):
        kind = str(found.lastgroup)
        if kind == "name":
            kind = "keyword" if found[0] in JINJA_WORDS else "variable"
            kind = "function" if before == "|" else kind
        before = found[0]
        yield Token(start + found.start(), start + found.end(), kind)


def _encoded(file: SourceFile, found: list[Token]) -> list[int]:
    """Lines, columns and lengths in UTF-16 units, each relative to the token before."""
    numbers: list[int] = []
    number, line = 1, file.line_span(1)
    last, before, column = 0, 1, 0
    for token in found:
        while token.start > line.end and number < file.line_count:
            number += 1
            line = file.line_span(number)
        if token.start < last or not token.start < token.end <= line.end:
            continue
        start = units(file.text[line.start : token.start])
        length = units(file.text[token.start : token.end])
        ahead = start - column if number == before else start
        numbers += [number - before, ahead, length, KINDS.index(token.kind), 0]
        before, column, last = number, start, token.end
    return numbers
