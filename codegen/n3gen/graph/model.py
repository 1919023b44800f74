"""A chain as a graph: steps, blocks that hold bodies of steps, and what waits for what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Bundle", "Graph", "GraphBody", "GraphNode", "Section"]


@dataclass(frozen=True, slots=True)
class Bundle:
    """What waits for the same: each of the `targets` waits for all the `sources`.

    Both are indexes of the nodes of a body, the targets those of one column. Of those
    of a `join` the targets wait for some only, or for their ends.
    """

    sources: tuple[int, ...]
    targets: tuple[int, ...]
    is_join: bool = False


@dataclass(frozen=True, slots=True)
class GraphBody:
    """A body of steps: `columns` are its batches, `endings` the clauses behind it."""

    nodes: tuple[GraphNode, ...]
    columns: tuple[tuple[int, ...], ...]
    bundles: tuple[Bundle, ...]
    endings: tuple[GraphNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One of the bodies of a block, with what leads into it."""

    label: str
    body: GraphBody


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A step, or a block with its `sections`.

    `id` is unique in its graph. `title` and `about` say what it is, `marks` what bounds
    it, `facts` all that is known of it. `waits` are the names that it waits for. It
    `is_critical` where the longest way leads through it, and `is_aside` where nothing
    waits for it by its place, or where it runs only after a failure.
    """

    id: str
    name: str
    word: str
    title: str
    about: str
    path: str
    line: int
    marks: tuple[str, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    waits: tuple[str, ...] = ()
    batch: int | None = None
    sections: tuple[Section, ...] = ()
    is_critical: bool = False
    is_aside: bool = False
    is_step: bool = True

    @property
    def inner(self) -> Iterator[GraphNode]:
        """The nodes of its bodies, and those inside of these."""
        for section in self.sections:
            yield from section_nodes(section.body)


@dataclass(frozen=True, slots=True)
class Graph:
    """One chain: `facts` say what bounds it as a whole, `estimate` what it may cost."""

    name: str
    word: str
    description: str
    path: str
    line: int
    facts: tuple[str, ...]
    estimate: tuple[tuple[str, str], ...]
    body: GraphBody

    @property
    def nodes(self) -> tuple[GraphNode, ...]:
        """All nodes, each before those inside of it, in running order."""
        return tuple(section_nodes(self.body))


def section_nodes(body: GraphBody) -> Iterator[GraphNode]:
    """Yield the nodes of a body and those inside of them."""
    for node in (*body.nodes, *body.endings):
        yield node
        yield from node.inner
