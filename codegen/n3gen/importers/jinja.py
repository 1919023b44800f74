"""Templates of other tools in the names and the line ends of a spec.

Prompt Flow and Dify render Jinja with inputs of a node for names, Prompt Flow with
`trim_blocks`. Here names are what these inputs read, and the line end behind a tag is
taken out where it has to be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from n3gen.expressions.model import Token
from n3gen.expressions.tokens import JINJA_WORDS, tokens_of

__all__ = ["Names", "Translated", "translated", "used_names"]

Names = Mapping[str, str]
"""The expressions that names of a template stand for."""

_NO_NAMES: Final = JINJA_WORDS | {
    "recursive",
    "True",
    "False",
    "None",
    "loop",
    "range",
    "dict",
}

_LINE_END: Final = re.compile(r"(\{#.*?#\}|\{%-?\s*endraw\s*%\})\n", re.DOTALL)
"""The line end behind a comment or a stretch of raw text, which no token contains."""


@dataclass(slots=True)
class Translated:
    """A text of a spec, and the names in it that nothing gives, with their offsets."""

    text: str
    unknown: list[tuple[str, int]] = field(default_factory=list)


def translated(
    text: str, names: Names, bound: frozenset[str], *, trims: bool = True
) -> Translated:
    """A template with other names; raises `Unreadable`.

    `bound` are names of loops around it, which stay as they are. With `trims` the line end
    behind a tag goes.
    """
    if trims:
        text = _LINE_END.sub(r"\1", text)
    tokens = tokens_of(text, bare=False)
    result = Translated("")
    scopes = _Scopes(tokens)
    pieces: list[str] = []
    at = 0
    for index, token in enumerate(tokens):
        scopes.pass_by(index)
        if token.start < at:
            continue
        replaced: str | None = None
        end = token.end
        if token.type == "block_end" and trims:
            replaced, end = _tag_end(text, token)
        elif _is_free(tokens, index):
            name = str(token.value)
            if name in bound or scopes.binds(name):
                continue
            replaced = names.get(name)
            if replaced is None:
                result.unknown.append((name, token.start))
                replaced = "''"
            elif _is_alone(tokens, index):
                replaced = _without_parentheses(replaced)
        if replaced is not None:
            pieces += [text[at : token.start], replaced]
            at = end
    result.text = "".join([*pieces, text[at:]])
    return result


def _tag_end(text: str, token: Token) -> tuple[str, int]:
    """The end of a tag, and where the text goes on behind it.

    A sign that strips what follows says so where it strips nothing but the line end.
    """
    sign = text[token.start : token.end].rstrip()
    end = token.start + len(sign)
    if sign.startswith(("-", "+")) or text[end : end + 1] != "\n":
        return sign, end
    following = text[end + 1 : end + 2]
    if following and not following.isspace():
        return f"-{sign}", end
    return sign, end + 1


def used_names(text: str) -> list[str]:
    """The names that a template reads and does not bind; raises `Unreadable`."""
    return [name for name, _ in translated(text, {}, frozenset()).unknown]


def _is_free(tokens: list[Token], index: int) -> bool:
    """Whether a token is a name that is read: no word, field, filter or argument."""
    token = tokens[index]
    if token.type != "name" or token.value in _NO_NAMES:
        return False
    before = tokens[index - 1] if index else None
    after = tokens[index + 1] if index + 1 < len(tokens) else None
    if before is not None and before.type in ("dot", "pipe", "block_begin"):
        return False
    if before is not None and before.value in ("is", "not") and _is_test(tokens, index):
        return False
    if after is not None and after.type == "assign":
        return False
    return not _is_target(tokens, index)


def _is_alone(tokens: list[Token], index: int) -> bool:
    """Whether a token is all that stands between two braces."""
    around = [token.type for token in tokens[max(index - 1, 0) : index + 2]]
    return around[:1] == ["variable_begin"] and around[-1] == "variable_end"


def _without_parentheses(expression: str) -> str:
    """An expression without the parentheses around all of it."""
    if not expression.startswith("("):
        return expression
    tokens = tokens_of(expression, bare=True)
    depth = 0
    for token in tokens:
        depth += {"lparen": 1, "rparen": -1}.get(token.type, 0)
        if depth == 0:
            is_last = token.end == len(expression)
            return expression[1:-1] if is_last else expression
    return expression


def _is_test(tokens: list[Token], index: int) -> bool:
    at = index - 1
    if tokens[at].value == "not":
        at -= 1
    return at >= 0 and tokens[at].value == "is"


def _tag_start(tokens: list[Token], index: int) -> int | None:
    """The index of the name of the tag that a token is in."""
    for at in range(index, -1, -1):
        if tokens[at].type == "block_begin":
            return at + 1
        if tokens[at].type in ("block_end", "variable_begin", "data"):
            return None
    return None


def _is_target(tokens: list[Token], index: int) -> bool:
    """Whether a name is what a `for` or a `set` binds."""
    start = _tag_start(tokens, index)
    if start is None or tokens[start].value not in ("for", "set", "with"):
        return False
    ends = ("in",) if tokens[start].value == "for" else ("=",)
    return all(tokens[at].value not in ends for at in range(start, index))


@dataclass(slots=True)
class _Scopes:
    """The names that are bound at a token, as the tokens are gone through in order."""

    tokens: list[Token]
    inner: list[set[str]] = field(default_factory=lambda: [set[str]()])
    pending: set[str] = field(default_factory=set)
    tag: str = ""

    def binds(self, name: str) -> bool:
        """Whether a tag before binds a name."""
        return any(name in scope for scope in self.inner)

    def pass_by(self, index: int) -> None:
        """Take in what a token opens, closes or binds."""
        token = self.tokens[index]
        if token.type == "block_begin" and index + 1 < len(self.tokens):
            self.tag = str(self.tokens[index + 1].value)
            self._open(index + 1)
        elif token.type == "block_end" or (self.tag == "for" and token.value == "if"):
            # What a tag binds is not known to what it is made of, but to its `if`.
            self.inner[-1] |= self.pending
            self.pending = set()

    def _open(self, start: int) -> None:
        if self.tag in ("for", "with"):
            self.inner.append(set())
        elif self.tag in ("endfor", "endwith") and len(self.inner) > 1:
            self.inner.pop()
        if self.tag in ("for", "set", "with"):
            self.pending = _targets(self.tokens, start)


def _targets(tokens: list[Token], start: int) -> set[str]:
    found: set[str] = set()
    for at in range(start + 1, len(tokens)):
        token = tokens[at]
        if token.type == "block_end" or token.value == "in":
            break
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if tokens[start].value == "for":
            if token.type == "name":
                found.add(str(token.value))
        elif token.type == "name" and after is not None and after.type == "assign":
            found.add(str(token.value))
    return found
