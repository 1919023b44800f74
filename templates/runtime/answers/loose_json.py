"""JSON as models write it, rewritten as strict JSON."""

from __future__ import annotations

import json
import re
from typing import Literal, NamedTuple

__all__ = ["JSON_QUOTES", "JSON_WORDS", "JsonPiece", "read_json_piece"]

JSON_TOKEN = re.compile(
    r"""
    (?P<space> [\s\ufeff]++ | (?: // | \# ) [^\n]*+ | /\* .*? (?: \*/ | \Z ) )
    | (?P<mark> [\[\]{},:] )
    | (?P<string>
        " [^"\\]*+ (?: \\. [^"\\]*+ )*+ "
        | ' [^'\\]*+ (?: \\. [^'\\]*+ )*+ '
        | [\u201c-\u201e] [^\u201c\u201d\\]*+ (?: \\. [^\u201c\u201d\\]*+ )*+
            [\u201c\u201d]
        | [\u2018-\u201a] [^\u2018\u2019\\]*+ (?: \\. [^\u2018\u2019\\]*+ )*+
            [\u2018\u2019]
    )
    | (?P<key> [\w$] [\w$-]*+
        (?= (?: \s++ | (?: // | \# ) [^\n]*+ \n | /\* .*? \*/ )*+ : ) )
    | (?P<number>
        [-+]? (?: (?: 0 | [1-9][0-9]*+ ) (?: \.[0-9]*+ )? | \.[0-9]++ )
        (?: [eE][-+]?[0-9]++ )? (?! [\w.] )
    )
    | (?P<word> [-+]? [^\W\d] \w*+ )
    """,
    re.VERBOSE | re.DOTALL,
)
JSON_TAIL = re.compile(r"[-+.\w$/]*+\Z")
"""What may be the first half of a token."""

JSON_BRACKET = re.compile(r"[\[\]{}]")
JSON_QUOTES = "\"'\u2018\u2019\u201a\u201c\u201d\u201e"
JSON_SPECIAL = re.compile(r'\\.|["\x00-\x1f]', re.DOTALL)
JSON_WORDS = {
    **{word: word for word in ("true", "false", "null")},
    "none": "null",
    "nan": "NaN",
    "inf": "Infinity",
    "-inf": "-Infinity",
    "infinity": "Infinity",
    "-infinity": "-Infinity",
}
STRICT_JSON = json.JSONDecoder()


class JsonPiece(NamedTuple):
    """A list or object in a text: where it ends, and its strict JSON where it is whole.

    In a `cut` piece the text ends before the piece does. A piece that `has_begun` has
    a key or an item, so that JSON was meant. `stop` is where reading stopped.
    """

    outcome: Literal["whole", "cut", "broken"]
    end: int
    stop: int
    json: str = ""
    has_begun: bool = True


def read_json_piece(text: str, start: int) -> JsonPiece:
    """Read the list or object that begins at `start`, in linear time.

    Accepted are comments, trailing commas, single and curly quotes, keys without
    quotes, line breaks inside strings, Python's words and numbers such as `.5`.
    Nothing is completed and nothing left out.
    """
    try:
        _, end = STRICT_JSON.raw_decode(text, start)
        return JsonPiece("whole", end, end, text[start:end])
    except (ValueError, RecursionError):
        return read_loosely(text, start)


def read_loosely(text: str, start: int) -> JsonPiece:
    """Rewrite the tokens up to the closing bracket; the JSON parser judges the result."""
    written: list[str] = []
    places: list[int] = []
    depth, position = 0, start
    while token := JSON_TOKEN.match(text, position):
        kind, word = token.lastgroup or "", token[0]
        strict = word if kind == "mark" else strict_token(kind, word)
        if strict is None:
            break
        position = token.end()
        if kind == "space":
            continue
        if word in ("]", "}") and written[-1] == "," and written[-2] not in "[{":
            written.pop()
            places.pop()
        written.append(strict)
        places.append(token.start())
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(word, 0)
        if depth == 0:
            return judged_piece(text, written, [*places, position])
    has_begun = any(token not in "[{" for token in written)
    is_open = text[position : position + 1] in tuple(JSON_QUOTES)
    if is_open or JSON_TAIL.match(text, position):
        return JsonPiece("cut", len(text), position, has_begun=has_begun or is_open)
    end = end_of_brackets(text, position, depth)
    return JsonPiece("broken", end, position, has_begun=has_begun)


def judged_piece(text: str, written: list[str], places: list[int]) -> JsonPiece:
    """A piece whose brackets are closed, if what was written is JSON."""
    strict, end = " ".join(written), places[-1]
    try:
        json.loads(strict)
    except json.JSONDecodeError as error:
        size = 0
        for token, place in zip(written, places, strict=False):
            size += len(token) + 1
            if size > error.pos:
                return JsonPiece("broken", end, place)
    except (ValueError, RecursionError):  # a number too long to read
        return JsonPiece("broken", end, places[0])
    return JsonPiece("whole", end, end, strict)


def end_of_brackets(text: str, position: int, depth: int) -> int:
    """The end of the brackets that are open at a position."""
    for bracket in JSON_BRACKET.finditer(text, position):
        depth += 1 if bracket[0] in "[{" else -1
        if depth <= 0:
            return bracket.end()
    return len(text)


def strict_token(kind: str, token: str) -> str | None:
    """A token in strict JSON; `None` for a word that JSON does not have."""
    if kind == "word":
        return JSON_WORDS.get(token.lower())
    if kind == "key":
        return f'"{token}"'
    if kind == "string":
        return f'"{JSON_SPECIAL.sub(escape_special, token[1:-1])}"'
    if kind == "number" and ("." in token or token[0] == "+"):
        sign = "-" if token.startswith("-") else ""
        digits = re.sub(r"\.(?![0-9])", "", token.lstrip("+-"))
        return f"{sign}0{digits}" if digits.startswith(".") else sign + digits
    return token


def escape_special(found: re.Match[str]) -> str:
    """A character that JSON wants escaped; an escape as it is, but for `\\'`."""
    special = found[0]
    if special == "\\'":
        return "'"
    return special if special.startswith("\\") else json.dumps(special)[1:-1]
