"""Random blocks that run their bodies once, one function for each word."""

from __future__ import annotations

from tests.reference.chain_writer import BLOCKS, Writer, drawn, put_last
from tests.reference.drawn_places import Data, Place

__all__ = ["do"]


def branches(writer: Writer, place: Place, count: int) -> list[list[Data]]:
    """Return bodies, at times such that all give a name."""
    bodies = [writer.body(place.inside())[0] for _ in range(count)]
    if writer.chance(0.5):
        name = writer.name("g")
        for body in bodies:
            put_last(body, {"name": name, "value": writer.data(place)})
    return bodies


@drawn(BLOCKS)
def if_(writer: Writer, place: Place) -> Data:
    bodies = branches(writer, place, writer.random.choice([1, 2, 3]))
    block: Data = {"if": writer.condition(place), "then": bodies[0]}
    if len(bodies) > 2:
        block["elif"] = [{"if": writer.condition(place), "then": bodies[1]}]
    return block | ({"else": bodies[-1]} if len(bodies) > 1 else {})


@drawn(BLOCKS)
def match(writer: Writer, place: Place) -> Data:
    bodies = branches(writer, place, 3)
    cases = [{"case": 1, "steps": bodies[0]}, {"case": [0, 3], "steps": bodies[1]}]
    block: Data = {"match": f"({writer.number(place)}) % 4", "cases": cases}
    return block | ({"else": bodies[2]} if writer.chance(0.5) else {})


@drawn(BLOCKS)
def do(writer: Writer, place: Place) -> Data:
    steps, after = writer.body(place.inside())
    block: Data = {"do": steps}
    return block | ({"result": writer.data(after)} if writer.chance(0.3) else {})


@drawn(BLOCKS)
def parallel(writer: Writer, place: Place) -> Data:
    members = [writer.member(place) for _ in range(writer.random.choice([2, 3]))]
    block: Data = {"parallel": [*members, *writer.clauses(place)]}
    return block | ({"on_error": "continue"} if writer.chance(0.5) else {})


@drawn(BLOCKS)
def race(writer: Writer, place: Place) -> Data:
    if not writer.traits.timed:
        return do(writer, place)
    members = [writer.member(place) for _ in range(writer.random.choice([2, 3, 4]))]
    block: Data = {"race": writer.random.choice([1, 1, 2])}
    block["steps"] = [*members, *writer.clauses(place)]
    return block | ({"stagger": writer.seconds(0.5, 5)} if writer.chance(0.5) else {})


@drawn(BLOCKS)
def within(writer: Writer, place: Place) -> Data:
    if not writer.may_be_late(place):
        return do(writer, place)
    bodies = branches(writer, place, 2)
    block: Data = {"within": writer.seconds(2, 15), "steps": bodies[0]}
    return block | ({"else": bodies[1]} if writer.chance(0.7) else {})
