"""The Jinja templates of modules, in which the names of the support are linked.

A template is written as the Python that it makes. The names of the support, of imports
and of Python's builtins in it become holes (`outside`) as the template is read, so that
each is noted, and spelled as the module at hand calls it.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from n3gen.emit.support import support
from n3gen.emit.template_code import CodeScanner
from n3gen.expressions import literal
from n3gen.names import PUBLIC, outside

__all__ = ["render_template", "variables_in"]

_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


def render_template(name: str, **context: object) -> str:
    """Render a template, as it comes out before its names are linked."""
    return _environment().get_template(name).render(context)


@lru_cache(maxsize=64)
def variables_in(template: str) -> frozenset[str]:
    """The names that the code of a template binds, or reads of the code around it."""
    tokens = [(kind, text) for _, kind, text in _environment().lex(_source(template))]
    pieces = (piece for found in _scanned(tokens) for piece in found)
    return frozenset(
        text for text, is_name in pieces if is_name and not _is_linked(text)
    )


def _scanned(tokens: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, bool]]]:
    """The pieces of Python in each token of a template: none where it is not code."""
    scanner = CodeScanner()
    kinds = ["", *(kind for kind, _ in tokens), ""]
    for index, (kind, text) in enumerate(tokens, 1):
        after_hole = kinds[index - 1] == "variable_end"
        before_hole = kinds[index + 1] == "variable_begin"
        pieces = scanner.pieces(text, after_hole=after_hole, before_hole=before_hole)
        yield list(pieces) if kind == "data" else []


def _is_linked(name: str) -> bool:
    known = support()
    linked = name in known.homes or name in known.imports or name in _BUILTINS
    return linked or name in _constants()


@lru_cache(maxsize=1)
def _constants() -> frozenset[str]:
    """What the module's own template defines, and callers do not know."""
    found = re.findall(r"^(\w+) = ", _source("offers.py.j2"), re.MULTILINE)
    return frozenset(found) - PUBLIC


class _LinkedNames(Extension):
    """Makes holes of the names of the support, of imports and of builtins."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        tokens = list(stream)
        texts = [(token.type, str(token.value)) for token in tokens]
        for token, pieces in zip(tokens, _scanned(texts), strict=True):
            if token.type == "data":
                linked = (
                    _linked(text) if is_name else text for text, is_name in pieces
                )
                yield Token(token.lineno, "data", "".join(linked))
            else:
                yield token


def _linked(name: str) -> str:
    return outside(name) if _is_linked(name) else name


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(_source),
        undefined=jinja2.StrictUndefined,
        extensions=[_LinkedNames],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["literal"] = literal
    return environment


def _source(name: str) -> str:
    return files("n3gen.templates").joinpath(name).read_text(encoding="utf-8")
