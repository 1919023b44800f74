"""The parse tree of a text, by Jinja's parser, or what is wrong with it.

Jinja's parser notes a line for each of its nodes. It is given the index of the
token instead, so that every node, and every error, leads to its exact place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from jinja2 import TemplateSyntaxError, nodes
from jinja2.lexer import Token as JinjaToken
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

from n3gen.diagnostics import nearest
from n3gen.expressions.counts import counted
from n3gen.expressions.model import Fault, Token
from n3gen.expressions.syntax_rules import (
    ExpressionSyntax,
    ExpressionTooDeep,
    StatementNotAllowed,
    TemplateSyntax,
)
from n3gen.expressions.tokens import (
    ENVIRONMENT,
    JINJA_WORDS,
    LEVELS,
    Unreadable,
    is_assignment,
)

__all__ = ["TAGS", "expression_tree", "template_tree"]

_ALLOWED = frozenset(["if", "for", "set", "with", "filter", "elif", "else", "raw"])
_ENDS = {"endif": "if", "endfor": "for", "endset": "set", "endwith": "with"}
_ENDS |= {"endfilter": "filter", "elif": "if", "else": "if"}
TAGS = _ALLOWED | {*_ENDS, "endraw"}
"""The words with which the tags of templates begin."""
_LEFT_OUT = frozenset(
    [
        "macro",
        "import",
        "from",
        "include",
        "extends",
        "block",
        "call",
        "autoescape",
        "print",
        "do",
        "trans",
        "break",
        "continue",
        "debug",
    ]
)
_STATEMENTS = frozenset(["if", "for", "with", *_ENDS])
"""The words that begin no expression."""

_PERHAPS = frozenset(["set", "filter", *_LEFT_OUT])
"""Those that may be names of values; a name does not follow another one."""

_SHOWN = 50
"""How many characters of a statement are written out in a way out."""

_SIGNS = {
    "name": "a name",
    "end of print statement": "",
    "end of statement block": "",
    "begin of print statement": "`{{`",
    "begin of statement block": "`{%`",
}
_WORDED = {
    "tag name expected": "a tag begins with its name",
    "You cannot chain multiple tests with is": "a value takes one `is` only",
}
_TRAILING = {
    "|": "a filter's name follows `|`: remove it, or write `| upper`",
    ".": "the name of a field follows `.`",
    **dict.fromkeys(("and", "or", "not"), "write the second condition, or remove it"),
}
"""What has to follow a sign at the end of an expression."""

_PAIRED_HINTS = {
    ("<", ">"): "compare with `!=`",
    ("-", ">"): "a field is read by `.`, a filter is applied by `|`",
    ("=", ">"): "compare with `>=`, or with `==`",
    ("=", "~"): "to look for a text, write `'x' in text`",
}
_HINTS = {
    **dict.fromkeys(("then", "do"), "remove it: a first line ends at its `:`"),
    "contains": "write `'x' in text`",
    "matches": "write `'x' in text`",
    "equals": "compare with `==`",
    ":": "arguments of a filter are in brackets: `truncate(30)`",
    "|": "write `or`, or a filter's name after `|`",
    "=": "compare with `==`",
    "{": "an expression has no `{{`, `{%` or `${` inside",
    "%": "a condition is an expression, without `{% %}`",
    "if": "write `{% elif condition %}`",
}


def expression_tree(text: str, tokens: list[Token]) -> nodes.Expr:
    """The tree of a bare expression; raises `Unreadable`."""
    parser = _parser(tokens)
    try:
        tree = parser.parse_expression()
    except (TemplateSyntaxError, RecursionError) as error:
        raise Unreadable(_fault(text, tokens, parser, error)) from None
    if not parser.stream.eos:
        at = parser.stream.current.lineno
        token = tokens[at]
        what = f"unexpected `{token.value}` after the expression"
        hint = _hint(tokens, at) or _BETWEEN
        raise Unreadable(ExpressionSyntax.of(what, token.start, token.end, hint))
    return tree


def template_tree(text: str, tokens: list[Token]) -> nodes.Template:
    """The tree of a template; raises `Unreadable`."""
    _check_tags(text, tokens)
    parser = _parser(tokens)
    try:
        return parser.parse()
    except (TemplateSyntaxError, RecursionError) as error:
        raise Unreadable(_fault(text, tokens, parser, error)) from None


def _parser(tokens: list[Token]) -> Parser:
    parser = Parser(ENVIRONMENT, "")
    parser.stream = TokenStream(_indexed(tokens), None, None)
    return parser


def _indexed(tokens: list[Token]) -> Iterator[JinjaToken]:
    for index, token in enumerate(tokens):
        yield JinjaToken(index, token.type, token.value)


def _is_statement(word: str, after: list[Token]) -> bool:
    return word in _STATEMENTS or (
        word in _PERHAPS
        and bool(after)
        and after[0].type in ("name", "string")
        and after[0].value not in JINJA_WORDS
    )


def _statement(text: str, tokens: list[Token], begin: int) -> Fault:
    """What is wrong with `{{ if a }}`, whose braces are at the token `begin`."""
    tag = tokens[begin + 1]
    stop = next((t for t in tokens[begin:] if t.type == "variable_end"), None)
    inside = " ".join(text[tag.start : stop.start].split()) if stop else ""
    written = inside if 0 < len(inside) <= _SHOWN else f"{tag.value} ..."
    written = f"{{% {written} %}}"
    if tag.value == "if" and " else " in inside:
        written = "{{ x if condition else y }}"
    return TemplateSyntax.in_braces(str(tag.value), written, tag.start, tag.end)


def _check_tags(text: str, tokens: list[Token]) -> None:
    """Raise `Unreadable` at a tag that n3gen does not have or that fits nowhere."""
    opened: list[tuple[str, Token]] = []
    for index, token in enumerate(tokens[:-1]):
        tag = tokens[index + 1]
        if tag.type != "name":
            continue
        name = str(tag.value)
        if token.type == "variable_begin" and _is_statement(
            name, tokens[index + 2 : index + 3]
        ):
            raise Unreadable(_statement(text, tokens, index))
        if token.type != "block_begin":
            continue
        _check_tag(name, tag, opened)
        if name.startswith("end"):
            opened.pop()
        elif name in _ENDS.values() and not (
            name == "set" and is_assignment(tokens, index)
        ):
            opened.append((name, tag))
    if opened and _is_closed(tokens):
        name, tag = opened[-1]
        raise Unreadable(TemplateSyntax.unclosed(name, tag.start, tag.end))


def _check_tag(name: str, tag: Token, opened: list[tuple[str, Token]]) -> None:
    place = (tag.start, tag.end)
    if name in _LEFT_OUT:
        raise Unreadable(StatementNotAllowed.of(name, *place))
    if name in ("end", "fi", "done"):
        within = opened[-1][0] if opened else None
        raise Unreadable(StatementNotAllowed.end(name, within, *place))
    if name not in _ALLOWED and name not in _ENDS:
        meant = nearest(name, _ALLOWED | _ENDS.keys())
        raise Unreadable(StatementNotAllowed.unknown(name, *place, meant))
    last = opened[-1][0] if opened else None
    fits = last in ("if", "for") if name == "else" else _ENDS.get(name, last) == last
    if name in _ENDS and not fits:
        raise Unreadable(TemplateSyntax.unfit(name, last, *place))


def _is_closed(tokens: list[Token]) -> bool:
    return _open_sign(tokens) is None


def _open_sign(tokens: list[Token]) -> Token | None:
    """The last `{{` or `{%` where nothing closes it."""
    for token in reversed(tokens):
        if token.type in ("variable_end", "block_end", "data"):
            return None
        if token.type in ("variable_begin", "block_begin"):
            return token
    return None


def _fault(
    text: str,
    tokens: list[Token],
    parser: Parser,
    error: TemplateSyntaxError | RecursionError,
) -> Fault:
    current = parser.stream.current
    at = min(current.lineno, len(tokens) - 1)
    if isinstance(error, RecursionError):
        return ExpressionTooDeep.of(LEVELS, tokens[at].start, tokens[at].end)
    closed = bool(tokens) and tokens[-1].type in ("variable_end", "block_end")
    if current.type == "eof" and not closed:
        return _ending(text, tokens)
    place = min(max(error.lineno, 0), at)
    token = tokens[place]
    what, hint = _worded(
        error.message or "",
        token,
        str(tokens[place - 1].value).strip() if place else "",
        _hint(tokens, place),
    )
    return ExpressionSyntax.of(what, token.start, token.end, hint)


_BETWEEN = "write what joins it to the value before it, such as `and`, `==` or `~`"
_EMPTY = "write what it reads, such as `payload`, or remove the braces"
_UNFINISHED = "write what is missing behind its last sign"


def _ending(text: str, tokens: list[Token]) -> Fault:
    """The text ends inside an expression."""
    sign = _open_sign(tokens)
    if sign is not None:
        opened = "{{" if sign.type == "variable_begin" else "{%"
        closing = "}}" if opened == "{{" else "%}"
        what = f"this `{opened}` is never closed"
        return ExpressionSyntax.of(what, sign.start, sign.end, f"add `{closing}`")
    end = len(text.rstrip())
    what = "the expression is empty" if not tokens else "the expression ends too early"
    last = str(tokens[-1].value).strip() if tokens else ""
    hint = _TRAILING.get(last, _UNFINISHED) if tokens else None
    return ExpressionSyntax.of(what, end, end, hint)


def _hint(tokens: list[Token], at: int) -> str | None:
    """What was most likely meant by the token at `at`, with those beside it."""
    if (of_items := _of_items(tokens, at)) is not None:
        return of_items
    if (number := counted(tokens, at)) is not None:
        return number
    if (compared := _compared(tokens, at)) is not None:
        return compared
    signs = [str(token.value).strip() for token in tokens[max(at - 1, 0) : at + 2]]
    for pair in pairwise(signs):
        if pair in _PAIRED_HINTS:
            return _PAIRED_HINTS[pair]
    if tokens[at].type == "string" and at and signs[0] in ("f", "r", "b", "u"):
        return f"write the text without `{signs[0]}`, and join texts by `~`"
    if at and tokens[at - 1].value == "await":
        return "leave out `await`: what takes time is a step of its own"
    if signs[1:2] == [":"] and any(token.value == "stream" for token in tokens[:at]):
        return "put the function in quotes: `stream('app.module:function')`"
    if signs[-1] == "}}" and any(
        pair[0].type == "variable_begin" and pair[1].value == "{"
        for pair in pairwise(tokens[:at])
    ):
        return "an expression has two braces on each side: `{{ payload.name }}`"
    return _HINTS.get(str(tokens[at].value).strip())


def _compared(tokens: list[Token], at: int) -> str | None:
    """How `x is "a"` and `x is not 3` compare."""
    before = [str(token.value) for token in tokens[max(at - 2, 0) : at]]
    sign = "!=" if before == ["is", "not"] else "=="
    is_literal = tokens[at].type in ("string", "integer", "float")
    if not is_literal or (before[-1:] != ["is"] and sign == "=="):
        return None
    return f"`is` asks a test: to compare, write `{sign} {tokens[at].value!r}`"


def _of_items(tokens: list[Token], at: int) -> str | None:
    """What a comprehension, or a function that is written out, is in this language."""
    values = [str(token.value) for token in tokens]
    is_loop = values[at] == "for" and tokens[at - 1].type != "block_begin"
    before = values[max(at - 3, 0) : at + 1]
    is_arrow = before[2:] in (["=", ">"], ["-", ">"]) and before[0] in ("(", ",")
    is_colon = values[at] == ":" and values[max(at - 2, 0)] == "("
    is_field = values[at] == "." and values[at - 1] == "("
    if is_loop or is_arrow or is_colon or is_field or values[at - 1] == "lambda":
        what = "loops" if is_loop else "functions"
        return (
            f"expressions have no {what} of their own: write "
            "`payload.list | map(attribute='name') | list`, `| selectattr(...)`, "
            "or a `for` block"
        )
    return None


def _worded(
    message: str, token: Token, before: str, hint: str | None
) -> tuple[str, str | None]:
    """Jinja's message in n3gen's words, and what to do."""
    shown = str(token.value).strip()
    is_end = token.type in ("variable_end", "block_end")
    if is_end and message.startswith("Expected an expression"):
        return "the expression is empty", _EMPTY
    expected = re.match(r"expected token '(.+)', got", message)
    if is_end and (expected is None or expected[1] == "name"):
        return "the expression ends too early", _TRAILING.get(
            before, hint or _UNFINISHED
        )
    if expected is not None:
        sign = _SIGNS.get(expected[1], f"`{expected[1]}`")
        if not sign:
            return f"unexpected `{shown}` after the expression", hint
        return f"expected {sign}, not `{shown}`", hint
    if message.startswith(("unexpected", "Expected")):
        return f"unexpected `{shown}`", hint
    return _WORDED.get(message, message[:1].lower() + message[1:].rstrip(".")), hint
