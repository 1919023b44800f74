"""Where the parts of a graph stand: nothing overlaps, and no edge crosses a box."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import pytest
from n3gen.graph.layout import Drawing, Shape, draw
from n3gen.graph.measures import CELLS, PIXELS, Measures
from n3gen.graph.model import Graph, GraphNode
from n3gen.graph.sizes import sized_body

from tests.pictures.drawn import dag, every_graph, graph, in_sequence, together

ROOMS = [(PIXELS, 1160), (PIXELS, 340), (CELLS, 100), (CELLS, 40)]

BLOCKS = """
connector c:
    connection: m
    prompt: hi
connection m:
    api: local
chain c:
    step first:
        target: c
        background: true
    race winner:
        step fast:
            target: c
        do careful:
            step draft:
                target: c
            step check:
                target: c
    if chosen: winner == "a":
        step yes:
            value: 1
    elif winner == "b":
        for each: x in payload.items parallel 3:
            step look:
                target: c
            within 5s:
                step slow:
                    target: c
            else:
                step spare:
                    value: 2
    else:
        step no:
            value: 3
    step last:
        value: "{{ chosen }} {{ first }}"
    on_error [any] as error:
        step excuse:
            value: "{{ error.message }}"
    finally:
        step tidy:
            target: c
"""


def touch(one: Shape, other: Shape) -> bool:
    """Whether two boxes overlap."""
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def holds(outer: Shape, inner: Shape) -> bool:
    """Whether one box lies within another, with room around it."""
    return (
        outer.x < inner.x
        and outer.y < inner.y
        and inner.x + inner.width < outer.x + outer.width
        and inner.y + inner.height < outer.y + outer.height
    )


def inner_ids(node: GraphNode) -> set[str]:
    return {one.id for one in node.inner}


def check(graph: Graph, drawing: Drawing, by: Measures) -> None:
    shapes = {shape.node.id: shape for shape in drawing.shapes}
    assert len(shapes) == len(drawing.shapes) == len(graph.nodes)
    inside = {node.id: inner_ids(node) for node in graph.nodes}
    for one, other in combinations(drawing.shapes, 2):
        if other.node.id in inside[one.node.id]:
            assert holds(one, other)
        elif one.node.id in inside[other.node.id]:
            assert holds(other, one)
        else:
            assert not touch(one, other), (one.node.title, other.node.title)
    check_texts(drawing, by)
    check_lines(graph, drawing)


def check_texts(drawing: Drawing, by: Measures) -> None:
    """All texts of a box lie in it, under each other, above what is inside of it."""
    for shape in drawing.shapes:
        for label in shape.labels:
            length = by.title if label.style == "title" else by.words
            assert shape.x < label.x
            assert label.x + length(label.text) < shape.x + shape.width
            assert shape.y < label.y < shape.y + shape.height
        for one, other in pairwise(shape.labels):
            assert other.y - one.y >= by.line


def check_lines(graph: Graph, drawing: Drawing) -> None:
    """No line passes through a box: one may only lie in a block around both its ends."""
    steps = [shape for shape in drawing.shapes if not shape.node.sections]
    for line in drawing.lines:
        for (x, y), (to_x, to_y) in pairwise(line.points):
            assert x == to_x or y == to_y
            for shape in steps:
                is_left = max(x, to_x) <= shape.x
                is_right = min(x, to_x) >= shape.x + shape.width
                is_above = max(y, to_y) <= shape.y
                is_below = min(y, to_y) >= shape.y + shape.height
                assert is_left or is_right or is_above or is_below


def drawings(graph: Graph) -> Iterator[tuple[Drawing, Measures]]:
    for by, room in ROOMS:
        yield draw(graph, room, by), by


def test_nothing_overlaps_in_any_chain_of_specs() -> None:
    graphs = list(every_graph())
    assert len(graphs) > 30
    for one in graphs:
        for drawing, by in drawings(one):
            check(one, drawing, by)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_overlaps_in_random_graphs(seed: int) -> None:
    one = dag(60, seed)
    for drawing, by in drawings(one):
        check(one, drawing, by)


def test_nothing_overlaps_in_blocks() -> None:
    one = graph(BLOCKS)
    words = {node.word for node in one.nodes}
    assert words > {"race", "do", "if", "for", "within", "on_error", "finally"}
    for drawing, by in drawings(one):
        check(one, drawing, by)


def test_rows_keep_to_the_room_that_there_is() -> None:
    for by, room in ((PIXELS, 1160), (CELLS, 60)):
        drawing = draw(in_sequence(300), room, by)
        assert drawing.width <= room
        rows = {shape.y for shape in drawing.shapes}
        assert len(rows) > 10


@pytest.mark.parametrize(("by", "room"), ROOMS)
def test_edges_that_pass_rows_leave_room_for_steps(by: Measures, room: float) -> None:
    one = dag(300, 1)
    body, drawing = sized_body(one.body, room, by), draw(one, room, by)
    assert body.margin <= max(room / 4, len(body.margins) * by.grid)
    passing: dict[float, list[tuple[float, float, tuple[float, float]]]] = {}
    for line in drawing.lines:
        for (x, y), (to_x, to_y) in pairwise(line.points):
            if x == to_x < body.margin:
                found = (min(y, to_y), max(y, to_y), line.points[0])
                passing.setdefault(x, []).append(found)
    assert len(passing) > 3
    for lines in passing.values():
        for one, other in combinations(lines, 2):
            # Those of one source, or to the same targets, go the same way.
            is_same = one[2] == other[2] or one[:2] == other[:2]
            shared = is_same or one[1] <= other[0] or other[1] <= one[0]
            assert shared, (one, other)


def test_what_waits_for_the_same_shares_its_edges() -> None:
    drawing = draw(together(30), 1160, PIXELS)
    assert len(drawing.lines) == 30 + 60


def test_a_layout_takes_time_linear_in_its_steps() -> None:
    few, many = (draw(in_sequence(n), 1160, PIXELS) for n in (100, 300))
    assert len(many.lines) == 299
    assert len(many.shapes) == 3 * len(few.shapes)


def test_the_critical_path_is_marked_by_nodes_not_by_names() -> None:
    one = graph(
        "connection m:\n    api: local\nchain c:\n"
        "    if a: payload.x:\n        step s:\n            prompt: hi\n"
        "        step t:\n            prompt: hi\n"
        "    else:\n        step s:\n            prompt: hi\n"
    )
    marked = [(node.title, node.is_critical) for node in one.nodes]
    assert marked == [("if a", True), ("s", True), ("t", True), ("s", False)]
