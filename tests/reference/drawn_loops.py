"""Random loops, and the channels between them."""

from __future__ import annotations

from dataclasses import replace

from tests.reference.callables import ERRORS
from tests.reference.chain_writer import BLOCKS, Writer, drawn
from tests.reference.drawn_blocks import do
from tests.reference.drawn_places import Data, Place, is_number

__all__: list[str] = []


@drawn(BLOCKS)
def while_(writer: Writer, place: Place) -> Data:
    inner = place.inside()
    inner = replace(
        inner, is_round=True, is_inside=True, numbers=(*inner.numbers, "loop.index")
    )
    steps, _after = writer.body(inner)
    block: Data = {"max": writer.random.choice([1, 2, 3]), "steps": steps}
    own = [entry["name"] for entry in steps if is_number(entry)]
    if own and writer.chance(0.7):
        return {"while": f"{own[0]} % 3 != 1", **block}
    numbers = tuple(name for name in place.numbers if name != "loop.index")
    return {"while": writer.condition(replace(place, numbers=numbers)), **block}


@drawn(BLOCKS)
def for_(writer: Writer, place: Place) -> Data:
    """A loop, one round after another or by workers; the items are whole numbers."""
    random = writer.random
    variable = writer.name("i")
    lists = ["[4, 1, 3]", f"range({writer.number(place)})", "[2, 5]", "{6: 1, 2: 3}"]
    streams = not writer.traits.limited and writer.chance(0.3)
    block: Data = {"for": variable}
    block["in"] = stream(writer, place) if streams else random.choice(lists)
    return block | rounds(writer, place, variable)


def stream(writer: Writer, place: Place) -> str:
    """Return a call of an async generator, each item of which takes a time of its own."""
    gives = writer.random.choice([[4, 1, 3], [2, 5], [7, 3, 1, 6, 2], []])
    seconds = ", ".join(f"{writer.seconds(0.1, 4)} + {place.spread}" for _ in gives)
    arguments = f'step="{writer.name("f")}", seconds=[{seconds}], gives={gives}'
    if writer.traits.failing and gives and writer.chance(0.2):
        arguments += f', fails="{writer.random.choice([*ERRORS])}"'
    return f'stream("tests.reference.callables:items", {arguments})'


def rounds(writer: Writer, place: Place, variable: str) -> Data:
    """Return the other keys of a loop."""
    random = writer.random
    block: Data = {}
    inner = place.inside()
    inner = replace(inner, numbers=(*inner.numbers, "loop.index"), is_inside=True)
    if writer.chance(0.6):
        block["parallel"] = random.choice([1, 2, 3])
        number = variable
        if writer.chance(0.2):
            block["batch"], number = 2, f"{variable}[0]"
        # Whatever rounds have gone before it in a worker, no sum is met again.
        spread = f"{place.spread} + 2 ** ({number} % 24) * {writer.seconds(0, 1)} % 1"
        numbers = (*inner.numbers, number)
        inner = replace(inner, is_apart=False, spread=spread, numbers=numbers)
        kept: list[Data] = [
            {"on_error": "continue"},
            {"tolerate": random.choice([1, "40%"])},
            {},
        ]
        block |= random.choice(kept)
        if "batch" not in block and writer.chance(0.3):
            block["key"] = f"{variable} * 2"
    else:
        inner = replace(inner, numbers=(*inner.numbers, variable))
    block["steps"], after = writer.body(inner)
    if "parallel" in block and writer.traits.timed and writer.chance(0.3):
        block["until"] = writer.condition(after)
    return block


@drawn(BLOCKS)
def channel(writer: Writer, place: Place) -> Data:
    """Loops of which one sends what the other works on."""
    is_once = not writer.is_called and place.spread == Place.spread
    if writer.traits.limited or not is_once or place.is_inside:
        return do(writer, place)
    random, name, number = writer.random, writer.name("l"), writer.name("i")
    writer.channels[name] = random.choice([1, 2, 9])
    here = replace(place.inside(), is_apart=False, loose=())
    item: Data = {"send": name, "value": f"{{{{ {number} * 2 }}}}"}
    item = {"name": writer.name("s"), **item}
    if writer.chance(0.5):
        item["on_error"] = "skip"
    sending: Data = {"name": writer.name("b"), "for": number, "in": "[4, 1, 3, 9, 6]"}
    if writer.chance(0.5):
        sending["in"] = stream(writer, here)
    if writer.traits.timed and writer.chance(0.4):
        sending["parallel"] = 2
    spread = f"{here.spread} + 2 ** {number} * {writer.seconds(0, 1)} % 1"
    first = writer.bare_call(replace(here, spread=spread))
    sending["steps"] = [first, item] if writer.chance(0.7) else [item]
    variable = writer.name("i")
    reading: Data = {"name": writer.name("b"), "for": variable, "in": f"channel {name}"}
    reading |= rounds(writer, here, variable)
    block: Data = {"parallel": [sending, reading]}
    if writer.chance(0.3):
        block["on_error"] = "continue"
    if "continue" not in (block.get("on_error"), reading.get("on_error")):
        # A loop that fails refuses items in the moment in which it cancels who sends.
        item.pop("on_error", None)
    return block
