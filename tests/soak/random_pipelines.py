"""Random pipelines, whose stages meet."""

from __future__ import annotations

from dataclasses import replace

from tests.soak.random_blocks import Bodies
from tests.soak.random_texts import DESCRIPTIONS, Data, Scope, chosen

__all__ = ["random_pipeline"]

TYPES = ["str", "any", "list[str]", "dict[str, int]", "Out"]


def random_pipeline(bodies: Bodies) -> Data:
    """Return a pipeline of up to five stages, some of which stream."""
    random = bodies.random
    stages: list[Data] = []
    scope = Scope(2, ("payload.n",))
    taken, is_item = "any", False
    count = random.randrange(1, 6)
    for number in range(count):
        argument = bodies.name()
        fields = {argument: taken}
        if not number:
            fields = {argument: "any", "n": "any = 1", "docs": "list[any] = []"}
        streams = number < count - 1 and bodies.chance(0.4)
        is_open = taken == "any"
        here = scope.inside(argument) if is_open else scope.inside(closed=(argument,))
        stage, taken = _stage(bodies, here, streams=streams)
        stage = {"name": bodies.name(), "input": fields, **stage}
        if is_item:
            workers = {"parallel": random.choice([1, 4, "max"])}
            stage |= chosen(random, workers, 0.5)
        stages.append(stage)
        if not streams and not is_item:
            scope = replace(
                scope,
                closed=(*scope.closed, stage["name"]),
                steps=(*scope.steps, stage["name"]),
            )
        if is_item and not streams:
            taken = "any" if taken == "any" else f"list[{taken}]"
        is_item = streams
    if bodies.chance(0.3):
        stages += bodies.endings(scope)
    options: Data = {
        "timeout": "2m",
        "description": random.choice(DESCRIPTIONS),
        "budget": {"requests": 3},
    }
    return {"stages": stages, **chosen(random, options, 0.3)}


def _stage(bodies: Bodies, scope: Scope, *, streams: bool) -> tuple[Data, str]:
    """Return a stage, and the type of what the next one gets."""
    random = bodies.random
    made = random.choice(TYPES)
    output = f"list[{made}]" if streams and made != "any" else made
    kind = random.random()
    stage: Data
    if kind < 0.35:
        target = random.choice(["given1", "given2"])
        stage = {"kind": "connector", "target": target}
        stage |= {"options": {"a": bodies.value(scope)}}
    elif kind < 0.5:
        stage, made, output = {"value": bodies.value(scope)}, "any", "any"
    elif kind < 0.65:
        made, output = "str", "str"
        stage = {
            "prompt": bodies.text(scope),
            "connection": random.choice(["loc", "oai"]),
        }
        stage |= bodies.policies({**stage, "output": "int"})
    elif kind < 0.8:
        stage = {"kind": "python", "target": "app.f:items"}
        stage |= {"with": {"a": bodies.value(scope)}}
    else:
        stage = {"steps": bodies.body(scope)[0]}
        made, output = "any", "any"
    if output != "any" and "prompt" not in stage:
        stage["output"] = output
    if streams:
        stage |= {
            "stream": True,
            **chosen(random, {"buffer": random.choice([1, 9])}, 0.4),
        }
    options: Data = {
        "when": bodies.condition(scope),
        "timeout": 5,
        "on_error": random.choice(["continue", "skip"]),
        "description": random.choice(DESCRIPTIONS),
        "limit": random.choice(["none", "db", {"part": 2}]),
        "priority": 2,
    }
    options = chosen(random, options, 0.12)
    if "limit" not in options or options["limit"] == "none":
        options.pop("priority", None)
    if "steps" in stage:
        options.pop("limit", None)
        options.pop("priority", None)
    if options.keys() & {"when", "on_error"} and not streams:
        made = "any"
        stage.pop("output", None)
    return stage | options, made
