"""The tokens of an expression or template, with their offsets.

The tokens are those of Jinja's own lexer, which reports lines only; as they come
in order, their offsets are found by laying them over the text.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any, Final

from jinja2 import Environment, TemplateSyntaxError
from jinja2.lexer import ignored_tokens, operators

from n3gen.expressions.model import Fault, Token
from n3gen.expressions.syntax_rules import (
    ExpressionSyntax,
    ExpressionTooDeep,
    TemplateSyntax,
)

__all__ = [
    "CHAIN",
    "ENVIRONMENT",
    "JINJA_WORDS",
    "LEVELS",
    "Unreadable",
    "is_assignment",
    "tokens_of",
]

ENVIRONMENT: Final = Environment(keep_trailing_newline=True)
"""Jinja as it comes, but for a text's last line end, which is the user's."""

JINJA_WORDS: Final = frozenset(
    [
        "and",
        "or",
        "not",
        "in",
        "is",
        "if",
        "else",
        "elif",
        "endif",
        "for",
        "endfor",
        "set",
        "endset",
        "with",
        "endwith",
        "filter",
        "endfilter",
        "raw",
        "endraw",
        "true",
        "false",
        "none",
    ]
)
"""The words of Jinja, which are no names of values."""

LEVELS: Final = 32
"""How deep brackets and tags may stand: Jinja's parser takes 14 calls for each."""

CHAIN: Final = 100
"""How many parts may be chained: `a.b.c`, `a + b + c`, `a | b | c`."""

TOKENS: Final = 20_000
"""How many tokens one text may have."""

LENGTH: Final = 100_000
"""How many characters an expression may have that is not a template."""

_SKIPPED = ignored_tokens | {"raw_begin", "raw_end"}
_OPENING = {"(": ")", "[": "]", "{": "}"}
_BLOCKS = frozenset(["if", "for", "with", "filter"])
_BAD_CHARACTERS = {
    "&": "write `and`",
    "!": "write `not`, or `!=` to compare",
    "?": "write `a if condition else b`",
    "$": "write the name alone",
    "`": "put texts in quotes",
    "^": "write `**` for a power",
    **dict.fromkeys(
        "\u201c\u201d\u201e\u2018\u2019", "write straight quotes: `\"` or `'`"
    ),
    **dict.fromkeys("\u2013\u2014\u2212", "write `-`"),
    "\u2026": "write the rest out",
    "\\": "a backslash is allowed in a quoted text only",
}

_HANDLEBARS = re.compile(r"([#/])(if|each|for|unless|with)\b")

_OWNER = re.compile(r"([\w.?]*)[ \t]*\Z")
_OTHER = re.compile(r"\?\?[ \t]*('[^']*'|\"[^\"]*\"|[\w.]+)")
_FIELDS = re.compile(r"(?:\??\.?\w+)+")


class Unreadable(Exception):
    """A text that cannot be read any further, and why."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def tokens_of(text: str, *, bare: bool) -> list[Token]:
    """The tokens of a template or, where `bare`, of an expression without `{{`.

    Raises `Unreadable` where the text has no tokens, or more or deeper ones than
    a parser should be given.
    """
    if bare and len(text) > LENGTH:
        raise Unreadable(ExpressionTooDeep.too_long(LENGTH, 0, len(text)))
    found: list[Token] = []
    for kind, start, end in _spans(text, bare):
        if kind not in _SKIPPED:
            found.append(_token(kind, text, start, end))
        if len(found) > TOKENS:
            raise Unreadable(ExpressionTooDeep.too_many(TOKENS, start, end))
    _check_levels(found)
    return found


def _spans(text: str, bare: bool) -> Iterator[tuple[str, int, int]]:
    """The kind and the place of all tokens, of those too that the parser skips."""
    # A carriage return would count as a line end and be lost; a vertical tab is
    # white space as well, and the values are taken from the text itself.
    masked = text.replace("\r", "\v")
    state = "variable" if bare else None
    kind, start, position = "", 0, 0
    try:
        for _, kind, value in ENVIRONMENT.lexer.tokeniter(masked, None, None, state):
            while not masked.startswith(value, position) and position < len(text):
                position += 1
            start, position = position, position + len(value)
            yield kind, start, position
    except TemplateSyntaxError as error:
        fault = _lexing_fault(text, kind, start, position, error.message or "")
        raise Unreadable(fault) from None


def _lexing_fault(text: str, kind: str, start: int, end: int, message: str) -> Fault:
    if kind == "comment_begin":
        what = "this comment is never closed"
        return TemplateSyntax.of(what, start, end, "add `#}`")
    if kind == "raw_begin":
        return TemplateSyntax.unclosed(
            "raw", start, start + len(text[start:end].rstrip())
        )
    char = text[end : end + 1]
    if char in ("'", '"'):
        what = "this quoted text is never closed"
        return ExpressionSyntax.of(what, end, end + 1, f"add a closing `{char}`")
    if char in (")", "]", "}"):
        expected = message.partition(", expected '")[2].rstrip("'")
        what = f"unexpected `{char}`"
        hint = f"`{expected}` comes first" if expected else None
        if char == "}" and not expected:
            hint = "an expression ends with `}}`"
        return ExpressionSyntax.of(what, end, end + 1, hint)
    shown = char if char.isprintable() else f"U+{ord(char or chr(0)):04X}"
    what = f"unexpected character `{shown}`"
    hint = _BAD_CHARACTERS.get(char)
    if char == "?" and text[end + 1 : end + 2] in (".", "?"):
        hint = f"what may be missing takes a filter: `{_defaulted(text, end)}`"
    if text.startswith(("${{", "${"), end):
        hint = "write the expression alone, without `$` and braces"
    if kind == "variable_begin" and (found := _HANDLEBARS.match(text, end)):
        return ExpressionSyntax.of(what, end, end + 1, _statement_of(*found.groups()))
    return ExpressionSyntax.of(what, end, end + 1, hint)


def _defaulted(text: str, at: int) -> str:
    """What `a ?? 'b'` and `a?.b` are here, where the sign is at `at`."""
    before = _OWNER.search(text[:at])
    name = before[1] if before else ""
    found = _OTHER.match(text, at)
    if found is None and (rest := _FIELDS.match(text, at)):
        name += rest[0]
    other = found[1] if found else "'other'"
    return f"{name.replace('?', '') or 'value'} | default({other})"


def _statement_of(sign: str, word: str) -> str:
    """What a tag of Handlebars is in this language."""
    word = {"each": "for", "unless": "if"}.get(word, word)
    if sign == "/":
        return f"write `{{% end{word} %}}`"
    return f"write `{{% {word} ... %}}`, and `{{% end{word} %}}` at its end"


def _token(kind: str, text: str, start: int, end: int) -> Token:
    """The token with its value, as Jinja's parser expects it."""
    raw = text[start:end]
    if kind == "operator":
        return Token(operators[raw], raw, start, end)
    if kind == "name" and not raw.isidentifier():
        what = f"`{raw}` is not a name"
        raise Unreadable(ExpressionSyntax.of(what, start, end))
    try:
        return Token(kind, _value(kind, raw), start, end)
    except ValueError as error:
        what = "this number is too long"
        if kind == "string":
            what = f"this text cannot be read: {str(error).rpartition(':')[2].strip()}"
        raise Unreadable(ExpressionSyntax.of(what, start, end)) from None


def _value(kind: str, raw: str) -> Any:
    if kind == "integer":
        return int(raw.replace("_", ""), 0)
    if kind == "float":
        return ast.literal_eval(raw.replace("_", ""))
    if kind != "string" or "\\" not in raw:
        return raw[1:-1] if kind == "string" else raw
    with warnings.catch_warnings():
        # Python warns of escapes such as `\d`, which templates may well have.
        warnings.simplefilter("ignore")
        plain = raw[1:-1].encode("ascii", "backslashreplace")
        return plain.decode("unicode-escape")


def _check_levels(tokens: list[Token]) -> None:
    """Raise `Unreadable` where the parser would have to recurse too deep.

    Brackets, tags and signs nest. So do the branches of `a if b else c if d else e`,
    which `choices` counts for each open bracket, since a comma begins a new value.
    """
    brackets: list[str] = []
    choices = [0]
    blocks = signs = 0
    for index, token in enumerate(tokens):
        if token.value in _OPENING and token.type != "data":
            brackets.append(token.value)
            choices.append(0)
        elif brackets and token.value == _OPENING[brackets[-1]]:
            brackets.pop()
            choices.pop()
        elif token.type in ("variable_begin", "block_begin", "comma", "colon"):
            choices[-1] = 0
        elif token.type == "name" and token.value == "else":
            choices[-1] += 1
        if token.type == "block_begin":
            blocks = max(0, blocks + _opens(tokens, index + 1))
        is_sign = token.type in ("sub", "add") or token.value == "not"
        signs = signs + 1 if is_sign else 0
        if len(brackets) + blocks + signs > LEVELS:
            raise Unreadable(ExpressionTooDeep.of(LEVELS, token.start, token.end))
        if sum(choices) > CHAIN:
            raise Unreadable(ExpressionTooDeep.chain(CHAIN, token.start, token.end))


def _opens(tokens: list[Token], index: int) -> int:
    """By how many levels the tag whose name is at `index` goes deeper: 1, 0 or -1."""
    name = tokens[index].value if index < len(tokens) else ""
    if name in _BLOCKS:
        return 1
    if name == "set":
        return 0 if is_assignment(tokens, index) else 1
    return -1 if isinstance(name, str) and name.startswith("end") else 0


def is_assignment(tokens: list[Token], index: int) -> bool:
    """Whether the `set` tag at `index` has its value in it, and so no end tag."""
    for at in range(index, len(tokens)):
        if tokens[at].type in ("assign", "block_end"):
            return tokens[at].type == "assign"
    return True
