"""Graphs in the formats that show them, each by its template in `templates/graph`."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import jinja2
from markupsafe import Markup

from n3gen.graph.canvas import PLAIN, canvas_rows
from n3gen.graph.layout import draw
from n3gen.graph.measures import CELLS, PIXELS
from n3gen.graph.model import Graph, GraphNode
from n3gen.graph.page import Chart, PageChart
from n3gen.pages import page_templates

__all__ = ["FORMATS", "as_dot", "as_html", "as_mermaid", "as_svg", "as_text"]

FORMATS: Final = ("text", "mermaid", "dot", "svg", "html")

_WIDE: Final = 1160
"""The pixels that a row of columns has on a large screen."""

_NARROW: Final = 340
"""Those that it has on a phone."""


def as_text(graph: Graph, columns: int = 100, *, is_plain: bool = False) -> str:
    """Return a graph in characters, `columns` wide; a plain one has those of ASCII only."""
    rows = canvas_rows(draw(graph, columns, CELLS))
    has_critical = any(node.is_critical for node in graph.nodes)
    text = _render("text.txt", graph=graph, rows=rows, has_critical=has_critical)
    return text.translate(PLAIN) if is_plain else text


def as_mermaid(graph: Graph) -> str:
    """Return a graph in the language of Mermaid."""
    return _render(
        "mermaid.mmd",
        graph=graph,
        critical=[node.id for node in graph.nodes if node.is_critical],
        aside=[node.id for node in graph.nodes if node.is_aside],
    )


def as_dot(graph: Graph) -> str:
    """Return a graph in the language of Graphviz."""
    return _render("dot.dot", graph=graph)


def as_svg(graph: Graph, room: float = _WIDE) -> str:
    """Return a graph as a picture that needs nothing else."""
    return _svg(graph, room, "", is_alone=True)


def as_html(charts: Sequence[Chart], title: str) -> str:
    """Return a page of graphs, with a table beside each picture."""
    shown = [
        PageChart(
            chart,
            f"c{number}",
            Markup(_svg(chart.graph, _WIDE, f"c{number}-w", f"c{number}")),
            Markup(_svg(chart.graph, _NARROW, f"c{number}-p", f"c{number}")),
        )
        for number, chart in enumerate(charts, 1)
    ]
    return _render("page.html", charts=shown, title=title)


def _svg(
    graph: Graph, room: float, prefix: str, links: str = "", *, is_alone: bool = False
) -> str:
    drawing = draw(graph, room, PIXELS)
    words = [", ".join((graph.word, *graph.facts)), *map(": ".join, graph.estimate)]
    widths = [PIXELS.words(line) for line in words] if is_alone else []
    return _render(
        "picture.svg",
        graph=graph,
        drawing=drawing,
        words=words,
        width=max(drawing.width, *widths, 0) + 24,
        prefix=prefix,
        links=links,
        is_alone=is_alone,
    )


def _render(name: str, **context: object) -> str:
    return _templates().get_template(f"{name}.j2").render(**context)


_MERMAID: Final = str.maketrans(
    {char: f"#{ord(char)};" for char in '#"<>&`\\'} | {"\n": " "}
)
_DOT: Final = str.maketrans({'"': '\\"', "\\": "\\\\", "\n": " "})


def _mermaid(text: str) -> str:
    """A text within a label of Mermaid."""
    return text.translate(_MERMAID)


def _dot(text: str) -> str:
    """A text within a label of Graphviz."""
    return text.translate(_DOT)


def _nth(index: int, nodes: Sequence[GraphNode]) -> GraphNode:
    return nodes[index]


@lru_cache(maxsize=1)
def _templates() -> jinja2.Environment:
    return page_templates("graph", {"mermaid": _mermaid, "dot": _dot, "nth": _nth})
