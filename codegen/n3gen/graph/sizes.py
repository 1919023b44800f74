"""How much room the parts of a graph take: rows of columns, boxes in boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from n3gen.graph.measures import Measures
from n3gen.graph.model import Bundle, GraphBody, GraphNode

__all__ = ["Box", "Column", "Row", "SizedBody", "sized_body"]


@dataclass(slots=True)
class Box:
    """A node with the room that it takes, and the bodies inside of it by their labels."""

    node: GraphNode
    width: float
    height: float
    head: float
    sections: list[tuple[str, SizedBody]]

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines below the title."""
        return lines_of(self.node)


@dataclass(slots=True)
class Column:
    """A batch: boxes under each other. `x` is from the start of its row.

    `before` and `after` are how many edges run up and down beside it.
    """

    boxes: list[Box]
    indexes: Sequence[int]
    width: float
    height: float
    x: float = 0.0


@dataclass(slots=True)
class Row:
    """Columns beside each other.

    `gutters` are the edges that run up and down before each column and behind the
    last, `lanes` those that run along below.
    """

    columns: list[Column]
    gutters: list[int] = field(default_factory=list)
    lanes: int = 0
    width: float = 0.0

    @property
    def height(self) -> float:
        """The height of the highest column."""
        return max(column.height for column in self.columns)


@dataclass(slots=True)
class SizedBody:
    """A body with the room that it takes.

    `margins` are the tracks of edges that pass its rows, each with the row that is free
    again, and `spacing` is how far they are apart.
    """

    rows: list[Row]
    endings: list[Box]
    edges: list[Edge]
    margins: list[int] = field(default_factory=list[int])
    spacing: float = 0.0
    width: float = 0.0
    height: float = 0.0

    @property
    def margin(self) -> float:
        """The room for the edges that pass its rows."""
        return len(self.margins) * self.spacing


Place = tuple[int, int]
"""A row and a column in it."""


@dataclass(slots=True)
class Edge:
    """A bundle on its way: the number of its track before the column `to`.

    `far` are its sources that are not in the column just before: each goes down by
    a track behind its own column, along a lane, and where rows lie between, down the
    margin and along another lane. `near` are the others.
    """

    bundle: Bundle
    to: Place
    track: int
    near: list[int]
    far: list[FarWay] = field(default_factory=list)


@dataclass(slots=True)
class FarWay:
    """The way of one far source: tracks and lanes by their numbers."""

    source: int
    start: Place
    down: int
    lane: int
    margin: int | None = None
    last_lane: int | None = None
    until: int = 0


def lines_of(node: GraphNode) -> tuple[str, ...]:
    """The lines that a box has below its title."""
    marks = " · ".join(node.marks)
    return tuple(line for line in (node.about, marks) if line)


def sized_body(body: GraphBody, room: float, by: Measures) -> SizedBody:
    """Return a body with the room that it takes, in rows no wider than `room`.

    A column that is wider by itself has a row of its own.
    """
    boxes = [_box(node, room, by) for node in body.nodes]
    columns = [_column(batch, boxes, by) for batch in body.columns]
    rows = list(_rows(columns, room, by))
    sized = SizedBody(rows, [_box(node, room, by) for node in body.endings], [])
    _route(sized, body)
    _measure(sized, room, by)
    return sized


def _box(node: GraphNode, room: float, by: Measures) -> Box:
    lines = lines_of(node)
    head = by.line * (1 + len(lines)) + 2 * by.above
    width = max([by.title(node.title), *map(by.words, lines)]) + 2 * by.beside
    inner = room - 2 * by.beside
    sections = [
        (section.label, sized_body(section.body, inner, by))
        for section in node.sections
    ]
    height = head
    for label, body in sections:
        height += (by.label if label else 0) + body.height + by.row
        width = max(width, max(by.words(label), body.width) + 2 * by.beside)
    return Box(node, width, height, head, sections)


def _column(batch: Sequence[int], boxes: Sequence[Box], by: Measures) -> Column:
    own = [boxes[index] for index in batch]
    height = sum(box.height for box in own) + by.gap * (len(own) - 1)
    return Column(own, batch, max(box.width for box in own), height)


def _rows(columns: Sequence[Column], room: float, by: Measures) -> Iterator[Row]:
    """Put columns into rows, as many in each as fit."""
    row: list[Column] = []
    width = 0.0
    for column in columns:
        wider = width + column.width + 2 * by.gutter
        if row and wider > room:
            yield Row(row)
            row, width = [], 0.0
        row.append(column)
        width += column.width + by.gutter
    if row:
        yield Row(row)


def _route(sized: SizedBody, body: GraphBody) -> None:
    """Choose a track for each edge, and a lane where it passes columns."""
    places: dict[int, Place] = {}
    for at, row in enumerate(sized.rows):
        row.gutters = [0] * (len(row.columns) + 1)
        for across, column in enumerate(row.columns):
            for index in column.indexes:
                places[index] = (at, across)
    ways: dict[tuple[Place, int], FarWay] = {}
    for number, bundle in enumerate(body.bundles):
        to = places[bundle.targets[0]]
        track = _taken(sized.rows[to[0]], to[1])
        edge = Edge(bundle, to, track, [])
        together = Counter(places[source] for source in bundle.sources)
        for source in bundle.sources:
            start = places[source]
            if (start[0], start[1] + 1) == to:
                edge.near.append(source)
                continue
            # Several of one column share their way; one by itself shares its start
            # with its other ways.
            is_alone = together[start] == 1
            key = (start, source if is_alone else -1 - number)
            way = ways.get(key)
            if way is None or is_alone:
                way = _far(sized, start, to, way)
                ways[key] = way
            edge.far.append(replace(way, source=source))
        sized.edges.append(edge)


def _taken(row: Row, gutter: int) -> int:
    """The number of one more track in a gutter."""
    row.gutters[gutter] += 1
    return row.gutters[gutter] - 1


def _far(sized: SizedBody, start: Place, to: Place, shared: FarWay | None) -> FarWay:
    """The way from a column to one that is not the next; it may share the start of another."""
    row = sized.rows[start[0]]
    if shared is not None:
        way = replace(shared, last_lane=None)
    else:
        way = FarWay(-1, start, _taken(row, start[1] + 1), row.lanes)
        row.lanes += 1
    if to[0] > start[0] + 1:
        if way.margin is None or sized.margins[way.margin] != way.until:
            way.margin = _margin(sized, start[0])
        way.until = max(way.until, to[0])
        sized.margins[way.margin] = way.until
        before = sized.rows[to[0] - 1]
        way.last_lane = before.lanes
        before.lanes += 1
    return way


def _margin(sized: SizedBody, start: int) -> int:
    """The number of a track beside the rows that nothing takes from a row on."""
    for number, free in enumerate(sized.margins):
        if free <= start:
            return number
    sized.margins.append(0)
    return len(sized.margins) - 1


def _measure(sized: SizedBody, room: float, by: Measures) -> None:
    """Set where the columns of each row stand, and the room that all take.

    However many edges pass the rows, these have most of the room.
    """
    apart = room / 4 / max(len(sized.margins), 1) // by.grid * by.grid
    sized.spacing = min(by.track, max(apart, by.grid))
    several = len(sized.rows) > 1
    for row in sized.rows:
        x = 0.0
        for at, column in enumerate(row.columns):
            is_open = at > 0 or row.gutters[0] > 0 or several
            x += by.gutter * is_open + by.track * max(row.gutters[at] - 1, 0)
            column.x = x
            x += column.width
        last = row.gutters[-1]
        row.width = x + (by.gutter + by.track * (last - 1) if last else 0)
        sized.height += row.height + _below(row, by)
    sized.height += by.row * max(len(sized.rows) - 1, 0)
    sized.width = sized.margin + max((row.width for row in sized.rows), default=0.0)
    for box in sized.endings:
        sized.height += by.row + box.height
        sized.width = max(sized.width, box.width)


def _below(row: Row, by: Measures) -> float:
    """The room for the edges that run along below a row."""
    return by.row + row.lanes * by.track if row.lanes else 0.0
