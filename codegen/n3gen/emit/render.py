"""Nodes as text: each node by its template, the names that it needs noted as they are written."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib.resources import files
from textwrap import indent
from typing import Protocol

import black
import jinja2
from black.mode import TargetVersion
from jinja2 import nodes as jinja
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.runtime import Context

from n3gen.expressions import Code, literal

__all__ = ["Page", "format_python", "render_template"]


class Written(Protocol):
    """What has a template of its own."""

    @property
    def template(self) -> str: ...


class Page:
    """What is written for one module: `names` are those that its text needs from outside.

    A template says `{% use Group, Run %}` for what it writes itself; an expression has
    its names with it.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()

    def render(self, template: str, **context: object) -> str:
        """The text of a template, before black."""
        return _environment().get_template(template).render(page=self, **context)

    def show(self, node: Written | Code) -> str:
        """The text of a node or an expression."""
        if isinstance(node, Code):
            self.names |= node.support
            return node.source
        return self.render(node.template, node=node).strip("\n")

    def use(self, *names: str) -> str:
        """Note names that a template writes."""
        self.names.update(names)
        return ""


class _Use(Extension):
    """`{% use NAME, NAME %}`: the names that the text from here on needs."""

    tags = {"use"}  # noqa: RUF012

    def parse(self, parser: Parser) -> jinja.Node:
        line = next(parser.stream).lineno
        names: list[jinja.Expr] = []
        while parser.stream.current.type != "block_end":
            names.append(jinja.Const(parser.stream.expect("name").value))
            parser.stream.skip_if("comma")
        page = jinja.Name("page", "load")
        call = jinja.Call(jinja.Getattr(page, "use", "load"), names, [], None, None)
        return jinja.ExprStmt(call, lineno=line)


def render_template(name: str, **context: object) -> str:
    """A template's text, as it comes out before black."""
    return Page().render(name, **context)


def format_python(text: str) -> str:
    """The text as black leaves it."""
    return black.format_str(text, mode=_MODE)


_MODE = black.Mode(target_versions={TargetVersion.PY311})


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
def _commas(context: Context, parts: Iterable[Written | Code]) -> str:
    """Parts with commas between them."""
    return ", ".join(map(context["page"].show, parts))


def _inside(text: str, width: int = 4) -> str:
    """The text where it stands in a block: without lines around it, and indented."""
    return indent(text.strip("\n"), " " * width).lstrip(" ")


def _literals(values: Iterable[object]) -> str:
    """Literals with commas between them."""
    return ", ".join(map(literal, values))


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    folder = files("n3gen.templates")

    def load(name: str) -> str:
        return folder.joinpath(name).read_text(encoding="utf-8")

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(load),
        extensions=[_Use],
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "literal": literal,
        "literals": _literals,
        "commas": _commas,
        "statements": _statements,
        "inside": _inside,
        "node": _node,
    }
    return environment
