"""Where the parts of a graph stand: boxes, texts and edges in one flat drawing.

Batches are columns, and columns that do not fit beside each other go on in a next row.
Edges run up and down in the gutters between columns, and along in lanes below a row, so
that none crosses a box. All takes time linear in the nodes and what they wait for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from n3gen.graph.measures import Measures
from n3gen.graph.model import Graph, GraphNode
from n3gen.graph.sizes import Box, Edge, FarWay, Row, SizedBody, sized_body

__all__ = ["Bend", "Drawing", "Label", "Line", "Shape", "draw"]

Point = tuple[float, float]

_RADIUS: Final = 6.0
"""How far from a corner a line begins to turn."""


@dataclass(frozen=True, slots=True)
class Label:
    """A line of text; `y` is its middle."""

    text: str
    x: float
    y: float
    style: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The box of a node, with its texts."""

    node: GraphNode
    x: float
    y: float
    width: float
    height: float
    labels: tuple[Label, ...]


class Bend(NamedTuple):
    """A corner `at` which a line turns: round from the point `before` to the one `after`.

    The ends of a line have no point after.
    """

    before: Point
    at: Point
    after: Point | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """An edge, or a part of one: corners between two of which it runs straight."""

    points: tuple[Point, ...]
    is_critical: bool = False
    is_join: bool = False
    has_arrow: bool = False

    @property
    def bends(self) -> Iterator[Bend]:
        """Yield its corners, rounded where there is room."""
        first, *_, last = self.points
        yield Bend(first, first)
        for index in range(1, len(self.points) - 1):
            at = self.points[index]
            before = _towards(at, self.points[index - 1])
            yield Bend(before, at, _towards(at, self.points[index + 1]))
        yield Bend(last, last)


def _towards(at: Point, other: Point) -> Point:
    """The point near a corner on the way to the next."""
    (x, y), (to_x, to_y) = at, other
    way = abs(to_x - x) + abs(to_y - y)
    part = min(_RADIUS, way / 2) / way
    return x + (to_x - x) * part, y + (to_y - y) * part


@dataclass(slots=True)
class Drawing:
    """All parts, outer boxes before those inside of them."""

    width: float = 0.0
    height: float = 0.0
    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)


def draw(graph: Graph, room: float, by: Measures) -> Drawing:
    """Return a drawing of a graph whose rows are no wider than `room` where they can."""
    drawing = Drawing()
    body = sized_body(graph.body, room, by)
    _Placing(drawing, by).body(body, 0, 0)
    drawing.width, drawing.height = body.width, body.height
    return drawing


@dataclass(frozen=True, slots=True)
class _Placing:
    """Puts sized parts into a drawing."""

    drawing: Drawing
    by: Measures

    def body(self, body: SizedBody, x: float, y: float) -> None:
        """Place the rows of a body, its edges and its clauses."""
        start = x + body.margin
        tops: list[float] = []
        ports: dict[int, Shape] = {}
        top = y
        for row in body.rows:
            tops.append(top)
            for column in row.columns:
                at = top + self.by.half(row.height - column.height)
                for index, box in zip(column.indexes, column.boxes, strict=True):
                    ports[index] = self.box(box, start + column.x, at, column.width)
                    at += box.height + self.by.gap
            lanes = row.lanes
            top += row.height + (self.by.row + lanes * self.by.track if lanes else 0)
            top += self.by.row
        top = max(top - self.by.row, y)
        edges = _Edges(self, body, ports, tops, x, start)
        for edge in body.edges:
            edges.add(edge)
        for box in body.endings:
            self.box(box, x, top + self.by.row, box.width)
            top += self.by.row + box.height

    def box(self, box: Box, x: float, y: float, width: float) -> Shape:
        """Place a box as wide as its column, and what is inside of it."""
        by, node = self.by, box.node
        at = y + by.above + by.line / 2
        labels = [Label(node.title, x + by.beside, at, "title")]
        for line in box.lines:
            at += by.line
            labels.append(Label(line, x + by.beside, at, "words"))
        shape = Shape(node, x, y, width, box.height, tuple(labels))
        self.drawing.shapes.append(shape)
        top = y + box.head
        for label, body in box.sections:
            if label:
                at = top + by.line / 2
                self.drawing.labels.append(Label(label, x + by.beside, at, "label"))
                top += by.label
            self.body(body, x + by.beside, top)
            top += body.height + by.row
        return shape


@dataclass(frozen=True, slots=True)
class _Edges:
    """The edges of one placed body."""

    placing: _Placing
    body: SizedBody
    ports: dict[int, Shape]
    tops: Sequence[float]
    left: float
    start: float

    def add(self, edge: Edge) -> None:
        """Place a bundle: from its sources to a track, and from there to its targets."""
        bundle, by = edge.bundle, self.placing.by
        row = self.body.rows[edge.to[0]]
        track = self._track(row, edge.to[1], edge.track)
        sources = [self._right(index) for index in edge.near]
        targets = [self._left(index) for index in bundle.targets]
        ways = [self._far(way, edge) for way in edge.far]
        starts = [y for _, y in (*sources, *(way[-1] for way in ways))]
        ends = [y for _, y in targets]
        middle = starts[0] if len(starts) == 1 else ends[0]
        if len(starts) > 1 < len(ends):
            middle = by.half(min(starts + ends) + max(starts + ends))
        begun = [[point] for point in sources] + ways
        starts_of = [*edge.near, *(way.source for way in edge.far)]
        ended = [[(track, y), (x, y)] for x, y in targets]
        if len(begun) == len(ended) == 1:
            self._line([*begun[0], (track, middle), *ended[0]], edge, has_arrow=True)
            return
        for index, points in zip(starts_of, begun, strict=True):
            parts = [*points, (track, points[-1][1]), (track, middle)]
            self._line(parts, edge, sources=(index,))
        for index, points in zip(bundle.targets, ended, strict=True):
            parts = [(track, middle), *points]
            self._line(parts, edge, targets=(index,), has_arrow=True)

    def _far(self, way: FarWay, edge: Edge) -> list[Point]:
        """The way of a source to the last lane, at whose height it ends."""
        row = self.body.rows[way.start[0]]
        x, y = self._right(way.source)
        down = self._track(row, way.start[1] + 1, way.down)
        lane = self._lane(way.start[0], way.lane)
        points = [(x, y), (down, y), (down, lane)]
        if way.last_lane is not None and way.margin is not None:
            margin = self.left + way.margin * self.body.spacing
            last = self._lane(edge.to[0] - 1, way.last_lane)
            points += [(margin, lane), (margin, last)]
        return points

    def _track(self, row: Row, gutter: int, number: int) -> float:
        """The x of a track, which stands before a column or behind the last."""
        by = self.placing.by
        if gutter == len(row.columns):
            last = row.columns[-1]
            first = last.x + last.width
            return self.start + first + by.half(by.gutter) + number * by.track
        column = row.columns[gutter]
        first = column.x - by.gutter - by.track * max(row.gutters[gutter] - 1, 0)
        return self.start + first + by.half(by.gutter) + number * by.track

    def _lane(self, row: int, number: int) -> float:
        by = self.placing.by
        return self.tops[row] + self.body.rows[row].height + by.row + number * by.track

    def _right(self, index: int) -> Point:
        shape = self.ports[index]
        half = self.placing.by.half(shape.height)
        return shape.x + shape.width, shape.y + half

    def _left(self, index: int) -> Point:
        shape = self.ports[index]
        return shape.x, shape.y + self.placing.by.half(shape.height)

    def _line(
        self,
        points: Sequence[Point],
        edge: Edge,
        *,
        sources: Sequence[int] = (),
        targets: Sequence[int] = (),
        has_arrow: bool = False,
    ) -> None:
        """Add a line of a bundle, from some of its sources or to some of its targets."""
        corners = _straightened(points)
        sides = (sources or edge.bundle.sources, targets or edge.bundle.targets)
        nodes = [
            any(self.ports[index].node.is_critical for index in side) for side in sides
        ]
        self.placing.drawing.lines.append(
            Line(corners, all(nodes), edge.bundle.is_join, has_arrow)
        )


def _straightened(points: Sequence[Point]) -> tuple[Point, ...]:
    """The corners of a line, without those at which it does not turn."""
    found = [points[0]]
    for point in points[1:]:
        if point == found[-1]:
            continue
        if len(found) > 1 and _is_straight(found[-2], found[-1], point):
            found.pop()
        found.append(point)
    return tuple(found)


def _is_straight(first: Point, second: Point, third: Point) -> bool:
    is_upright = first[0] == second[0] == third[0]
    return is_upright or first[1] == second[1] == third[1]
