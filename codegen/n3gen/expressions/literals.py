"""Plain data as Python literals, out of which no text can break."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

__all__ = [
    "Hole",
    "enclosed",
    "listed",
    "literal",
    "pieces",
    "text_lines",
    "text_literal",
]

WIDTH = 76
"""Columns of a line of a text in the generated module, before it is split at spaces."""

_MANY = 100

_LINE = 88
"""Columns of a line of code."""

_ODD = re.compile(r"[^ -\[\]-~]")
"""What may have to be escaped."""

_ESCAPES = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_LINES = re.compile(r"[^\n]*\n|[^\n]+")
_WORDS = re.compile(r"[^ \n]*(?: +|\n|$)")


class Hole(str):
    """The source of an expression that stands between braces in a text.

    It has no double quote, no backslash, no `#` and no line end, as Python 3.11
    allows none of them there.
    """

    __slots__ = ()


def literal(value: Any) -> str:
    """The literal of plain data, on one line; raises `TypeError` for anything else."""
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, str):
        return _quoted([value])
    if isinstance(value, int):
        return str(value) if value.bit_length() < 10_000 else _hexadecimal(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else f'float("{value}")'
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        comma = "," if len(value) == 1 else ""
        return f"({', '.join(map(literal, value))}{comma})"
    if isinstance(value, dict):
        pairs = (f"{literal(key)}: {literal(item)}" for key, item in value.items())
        return f"{{{', '.join(pairs)}}}"
    raise TypeError(f"no literal for a value of type {type(value).__name__}")


def listed(sources: Sequence[str]) -> str:
    """Sources with commas between them; many, which fit no line, have one each."""
    return (", " if len(sources) <= _MANY else ",\n").join(sources)


def enclosed(sources: Sequence[str], opening: str = "(", closing: str = ")") -> str:
    """Sources in brackets; those that fit no line have one each, as black writes them."""
    inside = ", ".join(sources)
    if len(inside) > _LINE and len(sources) > 1:
        lines = "".join(f"    {source},\n" for source in sources)
        return f"{opening}\n{lines}{closing}"
    comma = "," if opening == "(" and len(sources) == 1 else ""
    return f"{opening}{inside}{comma}{closing}"


def text_literal(text: str, width: int = WIDTH) -> str:
    """The literal of a text, one piece for each of its lines, in parentheses if many."""
    lines = text_lines(text, width)
    return f"(\n{lines}\n)" if "\n" in lines else lines


def text_lines(text: str, width: int = WIDTH) -> str:
    """The literal of a text as it stands inside parentheses: one line or many."""
    found = pieces([text], width)
    return found[0] if len(found) == 1 else "\n".join(f"    {p}" for p in found)


def pieces(parts: Iterable[str], width: int = WIDTH) -> list[str]:
    """Literals that, one after another, are a text; those with a `Hole` are f-strings."""
    return [_quoted(line) for line in _lines(parts, width)] or ['""']


def _lines(parts: Iterable[str], width: int) -> Iterator[list[str]]:
    """The parts in lines: a line of the text each, or less where that is too wide."""
    line: list[str] = []
    room = width
    for word in _words(parts, width):
        size = len(word) if isinstance(word, Hole) else len(_escaped(word))
        if line and size > room:
            yield line
            line, room = [], width
        line.append(word)
        room -= size
        if not isinstance(word, Hole) and word.endswith("\n"):
            yield line
            line, room = [], width
    if line:
        yield line


def _words(parts: Iterable[str], width: int) -> Iterator[str]:
    """Cut the parts where a line may end: after spaces and line ends.

    A line of the text that fits is left whole.
    """
    is_start = True
    for part in parts:
        if isinstance(part, Hole):
            yield Hole(f"{{{part}}}")
            is_start = False
            continue
        for line in _LINES.findall(part):
            if is_start and len(_escaped(line)) <= width:
                yield line
            else:
                yield from filter(None, _WORDS.findall(line))
            is_start = line.endswith("\n")


def _quoted(line: Sequence[str]) -> str:
    """One literal; in the quotes that black would choose."""
    holes = [part for part in line if isinstance(part, Hole)]
    texts = [part for part in line if not isinstance(part, Hole)]
    double = sum(text.count('"') for text in texts)
    single = sum(text.count("'") for text in texts)
    quote = "'" if double > single and not any("'" in h for h in holes) else '"'
    written: list[str] = []
    for part in line:
        if isinstance(part, Hole):
            written.append(part)
            continue
        text = _escaped(part).replace(quote, f"\\{quote}")
        written.append(text.replace("{", "{{").replace("}", "}}") if holes else text)
    return f"{'f' if holes else ''}{quote}{''.join(written)}{quote}"


def _escaped(text: str) -> str:
    """The text as written in a literal, without the quotes.

    What has no shape on a page is escaped: controls, marks of writing direction,
    lone surrogates. So a reader sees what the literal holds.
    """
    return _ODD.sub(lambda found: _escape(found[0]), text)


def _escape(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    if char.isprintable():
        return char
    point = ord(char)
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _hexadecimal(value: int) -> str:
    """A number too long for Python to write or read in decimals."""
    return f"{'-' if value < 0 else ''}0x{abs(value):X}"
