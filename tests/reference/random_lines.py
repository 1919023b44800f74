"""Random pipelines, as the data of a spec that compiles: stages with bodies, and lines.

The items of a line are whole numbers of which no two are equal, so that the times of a
stage differ from item to item.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.reference.chain_writer import Writer, put_last
from tests.reference.drawn_places import Place
from tests.reference.drawn_steps import call

__all__ = ["random_pipeline"]

Data = dict[str, Any]


def random_pipeline(writer: Writer) -> Data:
    """Return a pipeline of some stages; those of a line meet one that ends it."""
    random = writer.random
    place = Place(1, is_apart=False)
    stages: list[Data] = []
    taken: str | None = None
    while len(stages) < random.choice([1, 2, 3, 4]):
        if writer.chance(0.6):
            stages += line(writer, place, taken)
        else:
            stages.append(alone(writer, place, taken))
        # The value of a line is a list, whatever its last stage gives.
        place = replace(place, names=(*place.names, stages[-1]["name"]))
        taken = "any"
    stated: Data = {"stages": [*stages, *writer.clauses(Place(1))]}
    if writer.chance(0.3):
        stated["max_parallel"] = 50
    if writer.chance(0.4):
        stated["result"] = writer.data(place)
    return stated


def named(writer: Writer, letter: str, taken: str | None) -> Data:
    """Return what a stage begins with: its name and its parameters."""
    fields = {writer.name("a"): "any"} if taken else {"n": "int", "k": "float"}
    return {"name": writer.name(letter), "input": fields}


def inside(place: Place, stage: Data, taken: str | None) -> Place:
    """Return the place in a stage, which reads its parameter."""
    argument = next(iter(stage["input"]))
    return replace(place, names=(*place.names, argument)) if taken else place


def alone(writer: Writer, place: Place, taken: str | None) -> Data:
    """Return a stage that runs once."""
    stage = named(writer, "p", taken)
    here = inside(place, stage, taken)
    if writer.chance(0.6):
        return stage | {"steps": writer.body(here.inside())[0]}
    stage |= call(writer, here)
    if writer.traits.failing and writer.chance(0.2):
        stage["on_error"] = writer.random.choice(["continue", "skip"])
    return stage


def line(writer: Writer, place: Place, taken: str | None) -> list[Data]:
    """Return stages that run at the same time: a source, and some that take its items."""
    random = writer.random
    items: Any = random.choice([[4, 1, 3], [2, 5], [7, 3, 1, 6, 2], [5]])
    stage = named(writer, "p", taken)
    here = inside(place, stage, taken)
    if writer.chance(0.5):
        stage |= call(writer, here)
        stage["options"]["give"] = items
        for again in ("retry", "fallback"):
            stage.pop(again, None)  # what has been passed on cannot be taken back
    else:
        steps = [writer.bare_call(here), {"name": writer.name("v"), "value": items}]
        stage["steps"] = steps
    stages = [stage | streaming(writer)]
    for _ in range(random.choice([0, 0, 1, 2])):
        stages.append(of_items(writer, place, streams=True))
    stages.append(of_items(writer, place, streams=False))
    return stages


def streaming(writer: Writer) -> Data:
    """Return the keys of a stage that passes on its items."""
    buffer = {"buffer": writer.random.choice([1, 2, 9])} if writer.chance(0.5) else {}
    return {"stream": True, **buffer}


def of_items(writer: Writer, place: Place, *, streams: bool) -> Data:
    """Return a stage that works on each item, on some at once."""
    random = writer.random
    stage = named(writer, "p", "any")
    item = next(iter(stage["input"]))
    # Whatever items a worker has had before, no sum is met again.
    spread = f"{place.spread} + 2 ** ({item} % 24) * {writer.seconds(0, 1)} % 1"
    numbers = (*place.numbers, item)
    here = replace(place, is_apart=False, spread=spread, numbers=numbers)
    number = f"{{{{ {item} * 2 + 1 }}}}"
    if writer.chance(0.5):
        stage |= call(writer, here)
        if streams:
            stage["options"]["give"] = number
        if writer.traits.failing and writer.chance(0.3):
            stage["on_error"] = (
                "skip" if streams else random.choice(["skip", "continue"])
            )
    else:
        steps, _ = writer.body(here.inside())
        if streams:
            steps = [step for step in steps if "name" in step]
            put_last(steps, {"name": writer.name("v"), "value": number})
        stage["steps"] = steps
    if writer.chance(0.2):
        stage["when"] = writer.condition(here)
    if writer.chance(0.5):
        stage["parallel"] = random.choice([1, 2, 3])
    return stage | (streaming(writer) if streams else {})
