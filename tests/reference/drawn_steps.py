"""Random steps, one function for each kind."""

from __future__ import annotations

from tests.reference.chain_writer import STEPS, Writer, drawn
from tests.reference.drawn_places import Data, Place

__all__ = ["call"]


@drawn(STEPS)
def call(writer: Writer, place: Place) -> Data:
    step = writer.bare_call(place)
    random, options = writer.random, step["options"]
    if writer.chance(0.2):
        step["kind"] = "python"
    if writer.chance(0.1):
        options["lingers"] = writer.seconds(0.1, 1)
    if writer.may_be_late(place) and writer.chance(0.2):
        step["timeout"] = writer.seconds(3, 12)
    if writer.chance(0.3):
        step["retry"] = {"max": random.choice([1, 2]), "delay": writer.seconds()}
        step["retry"] |= {"backoff": "constant", "jitter": False}
        if writer.chance(0.5):
            step["retry"]["on"] = random.sample(
                ["timeout", "connection", 429, "5xx"], 2
            )
        if writer.chance(0.5):
            options["times"] = random.choice([1, 2])
    if writer.chance(0.15):
        step["fallback"] = random.choice([["spare"], ["spare", "other_spare"]])
        if writer.chance(0.5):
            options["spare_fails"] = writer.failing(place)
    if writer.traits.limited and writer.chance(0.6):
        limits = ["none", "db", "part", "lock", {"db": 2}, ["lock", "part"]]
        step["limit"] = random.choice(limits)
        if step["limit"] != "none" and writer.chance(0.3):
            step["priority"] = random.choice([5, -3, 2.5])
    del step["name"]
    return step


@drawn(STEPS)
def sub_chain(writer: Writer, place: Place) -> Data:
    payload = {"n": f"{{{{ {writer.number(place)} }}}}"}
    payload["k"] = f"{{{{ {writer.seconds(0, 1)} + {place.spread} }}}}"
    target = writer.random.choice(writer.calls)
    step: Data = {"kind": "chain", "target": target, "payload": payload}
    if writer.may_be_late(place) and writer.chance(0.2):
        step["timeout"] = writer.seconds(3, 20)
    if writer.chance(0.2):
        step["retry"] = {"max": 1, "delay": writer.seconds(), "jitter": False}
    return step


@drawn(STEPS)
def value(writer: Writer, place: Place) -> Data:
    if writer.traits.failing and place.is_apart and writer.chance(0.1):
        return {"value": f"{{{{ 12 // (({writer.number(place)}) % 5) }}}}"}
    return {"value": writer.data(place)}


@drawn(STEPS)
def emit(writer: Writer, place: Place) -> Data:
    return {"emit": writer.data(place)}


@drawn(STEPS)
def wait(writer: Writer, place: Place) -> Data:
    return {"wait": writer.seconds()}


@drawn(STEPS)
def fail(writer: Writer, place: Place) -> Data:
    if not writer.traits.failing:
        return value(writer, place)
    text = f"No {{{{ {writer.number(place)} }}}} here"
    return {"fail": text, "when": writer.condition(place)}


@drawn(STEPS)
def state(writer: Writer, place: Place) -> Data:
    # One after another and together they change in other orders.
    if not writer.traits.timed:
        return value(writer, place)
    update = f"{{{{ (value + {writer.number(place)}) % 97 }}}}"
    number = f"{{{{ {writer.number(place)} }}}}"
    key = f"{{{{ 'k%s' % (({writer.number(place)}) % 3) }}}}"
    entry = {"state": "known", "key": key}
    changes: list[Data] = [
        {"state": "total", "update": update},
        {"state": "total", "set": number},
        {"state": "seen", "append": writer.data(place)},
        {**entry, "update": f"{{{{ ((value or 0) + {writer.number(place)}) % 97 }}}}"},
        {"state": "known", "merge": {"k1": number, "k9": number}},
        {"state": writer.random.choice(["total", "seen", "known"])},
    ]
    return writer.random.choice(changes)


@drawn(STEPS)
def stop(writer: Writer, place: Place) -> Data:
    if not writer.traits.timed:
        return value(writer, place)
    return {"stop": writer.data(place), "when": writer.condition(place)}
