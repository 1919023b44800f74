"""Takes texts of the user's; hands on Python that shows them and can never be code."""

from __future__ import annotations

import ast

from n3gen.emit.module import Code
from n3gen.expressions import literal
from n3gen.names import is_name

__all__ = [
    "arguments",
    "doc",
    "keyword",
    "negated",
    "rebound",
    "seconds_literal",
    "sentence",
    "shown",
]


def shown(text: str) -> str:
    """A text on one line, with what a terminal or an editor would not show escaped."""
    words = " ".join(text.split())
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode("ascii")
        for c in words
    )


def doc(text: str) -> str:
    """A text fit to stand inside a docstring's quotes."""
    return shown(text).replace("\\", "\\\\").replace('"', '\\"')


def arguments(parts: list[str]) -> str:
    """Arguments or parameters in parentheses."""
    return f"({', '.join(parts)})"


def seconds_literal(seconds: float) -> str:
    """Seconds as a number literal, whole where they are."""
    return repr(int(seconds)) if seconds == int(seconds) else repr(seconds)


def keyword(name: str, source: str) -> str:
    """A keyword argument; a name that is none never stands as code."""
    return f"{name}={source}" if is_name(name) else f"**{{{literal(name)}: {source}}}"


def sentence(text: str) -> str:
    """A description fit for a docstring: one line that ends as a sentence does."""
    ended = doc(text)
    return f"{ended}." if ended[-1:].isalnum() else ended


_OPPOSITES: dict[type[ast.cmpop], str] = {
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.In: "not in",
    ast.NotIn: "in",
    ast.Is: "is not",
    ast.IsNot: "is",
}


def negated(source: str) -> str:
    """What is true where an expression is not; one that a linter would not shorten."""
    # Names from outside are holes, for which letters stand while it is parsed.
    return _negated(source.translate(_LETTERS)).translate(_HOLES)


_LETTERS = str.maketrans("\ue000\ue001", "\u01c0\u01c1")
_HOLES = str.maketrans("\u01c0\u01c1", "\ue000\ue001")


def _negated(source: str) -> str:
    tree = ast.parse(source, mode="eval").body
    match tree:
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            sides = [ast.get_source_segment(source, side) for side in (left, right)]
            if type(op) in _OPPOSITES and all(sides):
                return f"{sides[0]} {_OPPOSITES[type(op)]} {sides[1]}"
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ast.get_source_segment(source, operand) or f"not ({source})"
        case ast.Name() | ast.Call() | ast.Subscript() | ast.Attribute():
            return f"not {source}"
    return f"not ({source})"


def rebound(body: list[Code], value: str, form: str) -> list[Code]:
    """The body and then `form` of a value; what was bound last for it alone is not bound."""
    last = body[-1] if body else None
    if isinstance(last, str) and last.startswith(f"{value} = "):
        return [*body[:-1], form.format(last.removeprefix(f"{value} = "))]
    return [*body, form.format(value)]
