"""What a page of graphs shows of each chain, beside its picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

from n3gen.graph.model import Graph, GraphNode

__all__ = ["Chart", "Link", "PageChart"]


@dataclass(frozen=True, slots=True)
class Link:
    """An address, and what is shown of it."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A graph, with the addresses of what it was drawn from.

    `files` are the addresses of spec files by their paths, `generated` those of the
    lines that the nodes of the graph became, by the nodes' `id`, and `module` is that of
    the chain's function.
    """

    graph: Graph
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    generated: Mapping[str, Link] = field(default_factory=dict[str, Link])
    module: Link | None = None

    def source(self, node: GraphNode | Graph) -> Link:
        """Where a node is in its spec."""
        href = f"{self.files.get(node.path, node.path)}#L{node.line}"
        is_near = isinstance(node, GraphNode) and node.path == self.graph.path
        return Link(href, f"{'line ' if is_near else f'{node.path}:'}{node.line}")


@dataclass(frozen=True, slots=True)
class PageChart:
    """A chart on its page, with its pictures for large screens and for phones."""

    chart: Chart
    id: str
    wide: Markup
    narrow: Markup
