"""Nodes as text: each node by its template, the names that it needs noted as they are written."""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from importlib.resources import files
from textwrap import indent
from typing import Protocol

import jinja2
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Context

from n3gen.emit.support import support
from n3gen.emit.template_code import CodeScanner
from n3gen.expressions import Code, enclosed, listed, literal
from n3gen.names import PUBLIC, outside

__all__ = ["Page", "render_template", "template_variables"]


class Written(Protocol):
    """What has a template of its own."""

    @property
    def template(self) -> str: ...


class Nesting(Protocol):
    """What has a template for what opens it, and may have others directly inside."""

    @property
    def opening(self) -> str: ...

    @property
    def nested(self) -> tuple[Nesting, ...]: ...


class Page:
    """What is written for one module, node by node.

    Templates in the folder `own` go before those of the same path that all share.
    """

    def __init__(self, own: str | None = None) -> None:
        self.own = own

    def render(self, template: str, **context: object) -> str:
        """The text of a template, before black."""
        found = _environment(self.own).get_template(template)
        return found.render(page=self, **context)

    def show(self, node: Written | Code) -> str:
        """The text of a node or an expression."""
        if isinstance(node, Code):
            return node.source
        return self.render(node.template, node=node).strip("\n")


def render_template(name: str, **context: object) -> str:
    """A template's text, as it comes out before black."""
    return Page().render(name, **context)


@jinja2.pass_context
def _shown(context: Context, value: object) -> object:
    """What `{{ }}` writes: an expression with its names noted, anything else as it is."""
    return context["page"].show(value) if isinstance(value, Code) else value


@jinja2.pass_context
def _statements(context: Context, body: Iterable[Written]) -> str:
    """The text of nodes, one after another."""
    return "\n".join(map(context["page"].show, body))


@jinja2.pass_context
def _node(context: Context, node: Written | Code) -> str:
    """The text of a node where it stands."""
    shown: str = context["page"].show(node)
    return shown


@jinja2.pass_context
def _opening(context: Context, scope: Nesting) -> str:
    """What opens a scope, and those that are all there is inside of it."""
    render = context["page"].render
    return ", ".join(render(one.opening, node=one).strip() for one in scope.nested)


@jinja2.pass_context
def _commas(context: Context, parts: Iterable[Written | Code]) -> str:
    """Parts with commas between them."""
    return ", ".join(map(context["page"].show, parts))


def _inside(text: str, width: int = 4) -> str:
    """The text where it is in a block: without lines around it, and indented."""
    return indent(text.strip("\n"), " " * width).lstrip(" ")


def _literals(values: Iterable[object]) -> str:
    """Literals with commas between them."""
    return listed(list(map(literal, values)))


def _tuple(values: Iterable[object]) -> str:
    """The tuple of some literals."""
    return enclosed(list(map(literal, values)))


def _mapping(values: Mapping[str, object]) -> str:
    """The literal of a mapping to plain data."""
    pairs = [f"{literal(key)}: {literal(value)}" for key, value in values.items()]
    return enclosed(pairs, "{", "}")


@lru_cache(maxsize=1)
def template_variables() -> frozenset[str]:
    """The names that the templates of chains' functions bind, or read of what is around."""
    folder = files("n3gen.templates")
    found = {
        f"{room}/{entry.name}"
        for room in ("blocks", "flow", "steps")
        for entry in folder.joinpath(room).iterdir()
    }
    names: set[str] = set()
    for template in found:
        tokens = [
            (kind, text) for _, kind, text in _environment().lex(_source(template))
        ]
        pieces = (piece for pieces in _scanned(tokens) for piece in pieces)
        names.update(
            text for text, is_name in pieces if is_name and not _is_linked(text)
        )
    return frozenset(names)


class _LinkedNames(Extension):
    """Replace the names of the support, of imports and of builtins by holes."""

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


def _scanned(tokens: Sequence[tuple[str, str]]) -> Iterator[list[tuple[str, bool]]]:
    """The pieces of Python in each token of a template: none where it is not code."""
    scanner = CodeScanner()
    kinds = ["", *(kind for kind, _ in tokens), ""]
    for index, (kind, text) in enumerate(tokens, 1):
        after_hole = kinds[index - 1] == "variable_end"
        before_hole = kinds[index + 1] == "variable_begin"
        pieces = scanner.pieces(text, after_hole=after_hole, before_hole=before_hole)
        yield list(pieces) if kind == "data" else []


def _linked(name: str) -> str:
    return outside(name) if _is_linked(name) else name


def _is_linked(name: str) -> bool:
    known = support()
    linked = name in known.homes or name in known.imports or name in _BUILTINS
    return linked or name in _constants()


@lru_cache(maxsize=1)
def _constants() -> frozenset[str]:
    """What the module's own template defines, and callers do not know."""
    found = re.findall(r"^(\w+) = ", _source("foot.py.j2"), re.MULTILINE)
    return frozenset(found) - PUBLIC


def _source(name: str, own: str | None = None) -> str:
    folder = files("n3gen.templates")
    if own is not None:
        with suppress(FileNotFoundError):
            return folder.joinpath(own, name).read_text(encoding="utf-8")
    return folder.joinpath(name).read_text(encoding="utf-8")


_BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))


@lru_cache(maxsize=4)
def _environment(own: str | None = None) -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(partial(_source, own=own)),
        extensions=[_LinkedNames],
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals["ANY"] = outside("Any")
    environment.filters |= {
        "literal": literal,
        "literals": _literals,
        "mapping": _mapping,
        "tuple": _tuple,
        "commas": _commas,
        "statements": _statements,
        "inside": _inside,
        "node": _node,
        "opening": _opening,
    }
    return environment
