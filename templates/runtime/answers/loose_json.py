"""Takes a list or an object as models write them; hands on strict JSON."""

from __future__ import annotations

import json
import re
from typing import Literal

__all__ = ["LooseJson"]

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
    | (?P<number>
        [-+]? (?: (?: 0 | [1-9][0-9]*+ ) (?: \.[0-9]*+ )? | \.[0-9]++ )
        (?: [eE][-+]?[0-9]++ )? (?! [\w.] )
    )
    | (?P<word> [-+]? (?: [^\W\d] | \$ ) [\w$-]*+ )
    """,
    re.VERBOSE | re.DOTALL,
)
STRICT_ITEMS = re.compile(
    r"""
    (?: \s*+ (?:
        " [^"\\\x00-\x1f]*+ (?: \\["\\/bfnrtu] [^"\\\x00-\x1f]*+ )*+ "
        | -? (?: 0 | [1-9][0-9]*+ ) (?: \.[0-9]++ )? (?: [eE][-+]?[0-9]++ )?
        | true | false | null
    ) \s*+ , )++
    """,
    re.VERBOSE,
)
JSON_TAIL = re.compile(r"[-+.\w$/]*+\Z")
"""What may be the first half of a token."""

JSON_BRACKET = re.compile(r"[\[\]{}]")
JSON_QUOTES = "\"'\u2018\u2019\u201a\u201c\u201d\u201e"
JSON_ODD = re.compile(r"\\'|[\x00-\x1f]")
JSON_SPECIAL = re.compile(r'\\.|["\x00-\x1f]', re.DOTALL)
JSON_UNHALVED = re.compile(
    r"""
    [^\\]*+
    (?: \\ (?:
        u (?! [dD][89abAB][0-9a-fA-F]{2} (?: \\ (?: u[0-9a-fA-F]{0,3} )? )? \Z )
            [0-9a-fA-F]{4}
        | [^u]
    ) [^\\]*+ )*+
    """,
    re.VERBOSE,
)
"""The beginning of a string, without half an escape at its end."""

JSON_WORDS = {
    "true": "true",
    "false": "false",
    "null": "null",
    "none": "null",
    "nan": "NaN",
    "inf": "Infinity",
    "-inf": "-Infinity",
    "infinity": "Infinity",
    "-infinity": "-Infinity",
}
DEEPEST_JSON = 200
"""How deep JSON may be nested; pydantic's own limit."""


class LooseJson:
    """Reads a list or an object as models write them, and writes it as strict JSON.

    Taken are comments, trailing commas, single and curly quotes, keys without quotes,
    line breaks inside strings, Python's words and numbers such as `.5`. Nothing is
    completed and nothing left out. `read` may be called again when more of the text
    has come; it goes on where it stopped. It takes linear time and never recurses.
    """

    def __init__(self, start: int = 0) -> None:
        self.position: int = start
        self.open: list[str] = []
        """The brackets that are to close, outermost first."""
        self.began = False
        """Whether a key or an item was read, hence JSON was meant."""
        self._written: list[str] = []
        self._before = ""
        self._expects: Literal["value", "item", "key", "colon", "next", "end"] = "value"

    def read(self, text: str) -> Literal["whole", "cut", "broken"]:
        """Reads on; `cut` is an end of `text` before that of the value."""
        while self._expects != "end":
            if self._expects == "item":
                self._take_strict(text)
            token = JSON_TOKEN.match(text, self.position)
            if token is None:
                if text[self.position : self.position + 1] in JSON_QUOTES:
                    return "cut"
                return "cut" if JSON_TAIL.match(text, self.position) else "broken"
            kind = token.lastgroup or ""
            if token.end() == len(text) and kind not in ("mark", "string"):
                return "cut"
            if kind != "space" and not self._take(kind, token[0]):
                return "broken"
            self.position = token.end()
        return "whole"

    def json(self) -> str:
        """The value in strict JSON, once it is whole."""
        return "".join(self._written)

    def json_so_far(self, text: str) -> tuple[str, bool]:
        """What was read, closed, in strict JSON; and whether its last string still grows.

        Numbers and words at the end of `text` are left out, as more of them may come.
        """
        grows = self._expects in ("value", "item") and self.position < len(text)
        grows = grows and text[self.position] in JSON_QUOTES
        string = ""
        if grows:
            body = JSON_UNHALVED.match(text, self.position + 1)
            string = self._before + json_string(f"'{body[0] if body else ''}'")
        return "".join([*self._written, string, *reversed(self.open)]), grows

    def skip(self, text: str) -> int:
        """The place after the brackets in which the reading broke off."""
        depth = len(self.open)
        for bracket in JSON_BRACKET.finditer(text, self.position):
            depth += 1 if bracket[0] in "[{" else -1
            if depth == 0:
                return bracket.end()
        return len(text)

    def _take_strict(self, text: str) -> None:
        """Writes items that are strict JSON already, many at once: long lists take time."""
        items = STRICT_ITEMS.match(text, self.position)
        if items is not None:
            self._written.append(self._before + items[0][:-1])
            self._before, self.began = ",", True
            self.position = items.end()

    def _take(self, kind: str, token: str) -> bool:
        """Writes a token, unless it may not stand here."""
        expects = self._expects
        if expects in ("item", "value") and token not in ("]", "}"):
            return self._take_value(kind, token)
        if expects == "key" and token != "}":
            return self._take_key(kind, token)
        if expects == "colon" and token == ":":
            self._expects, self.began = "value", True
            return True
        if expects == "next" and token == ",":
            self._expects = "key" if self.open[-1] == "}" else "item"
            self._before = ","
            return True
        return self._close(token)

    def _close(self, token: str) -> bool:
        if self._expects in ("colon", "value") or token != self.open[-1]:
            return False
        self._written.append(self.open.pop())
        # A trailing comma goes.
        self._before = ""
        self._expects = "next" if self.open else "end"
        return True

    def _take_key(self, kind: str, token: str) -> bool:
        if kind == "mark":
            return False
        key = json_string(token) if kind == "string" else f'"{token}"'
        self._before += f"{key}:"
        self._expects = "colon"
        return True

    def _take_value(self, kind: str, token: str) -> bool:
        if token in ("[", "{"):
            if len(self.open) == DEEPEST_JSON:
                self.began = True
                return False
            self.open.append("]" if token == "[" else "}")
            self._expects = "item" if token == "[" else "key"
            self._written.append(self._before + token)
        else:
            scalar = json_scalar(kind, token)
            if scalar is None:
                return False
            self._expects, self.began = "next", True
            self._written.append(self._before + scalar)
        self._before = ""
        return True


def json_scalar(kind: str, token: str) -> str | None:
    """A string, number or word in strict JSON; `None` where it is none."""
    if kind == "string":
        return json_string(token)
    if kind == "word":
        return JSON_WORDS.get(token.lower())
    if kind != "number":
        return None
    if "." not in token:
        return token.removeprefix("+")
    sign = "-" if token.startswith("-") else ""
    digits = re.sub(r"\.(?![0-9])", "", token.lstrip("+-"))
    return f"{sign}0{digits}" if digits.startswith(".") else sign + digits


def json_string(token: str) -> str:
    """A string in any quotes as one in strict JSON; its escapes stay as they are."""
    if token.startswith('"') and JSON_ODD.search(token) is None:
        return token
    return f'"{JSON_SPECIAL.sub(escape_special, token[1:-1])}"'


def escape_special(found: re.Match[str]) -> str:
    """A character that JSON wants escaped; an escape as it is, but for `\\'`."""
    special = found[0]
    if special == "\\'":
        return "'"
    return special if special.startswith("\\") else json.dumps(special)[1:-1]
