"""Random specs of all constructs, mostly valid, as the data of a document."""

from __future__ import annotations

from random import Random

from tests.soak.random_blocks import Bodies
from tests.soak.random_pipelines import random_pipeline
from tests.soak.random_texts import DESCRIPTIONS, Data, Scope, chosen

__all__ = ["random_spec"]


def random_spec(seed: int) -> Data:
    """Return the canonical data of a spec."""
    random = Random(seed)
    spec = _definitions(random)
    inner = ["sub"] if random.random() < 0.5 else []
    main = random.choice(["c", "Customer feedback", "run_chain", "metrics", "list"])
    bodies = {name: Bodies(random, []) for name in inner}
    if random.random() < 0.2:
        inner.append("again")
        bodies["again"] = Bodies(random, ["again"])
    bodies[main] = Bodies(random, inner)
    spec["chains"] = {name: _chain(drawing) for name, drawing in bodies.items()}
    if "again" in bodies:
        spec["chains"]["again"]["max_depth"] = 3
    if random.random() < 0.4:
        spec["pipelines"] = {"stages_": random_pipeline(Bodies(random, []))}
    if used := {
        k: v for drawing in bodies.values() for k, v in drawing.channels.items()
    }:
        spec["channels"] = used
    if random.random() < 0.2:
        spec["tests"] = {"t": _test(random, main)}
    return spec


def _chain(bodies: Bodies) -> Data:
    """Return a chain that may run others."""
    random = bodies.random
    steps, after = bodies.body(Scope())
    docs = random.choice(
        ["list[any] = []", "any = none", {"type": "any", "default": 1}]
    )
    number = random.choice(["any = none", "any = 1", "any = a"])
    others = {
        "kind_": random.choice(["one of [a, b] = a", "str?", "Out? = none"]),
        "amount": {"type": "float", "min": 0, "max": 9, "default": 1},
        "from": "str = me",
        "when_": "datetime?",
    }
    options: Data = {
        "result": bodies.value(after, 2),
        "timeout": "2m",
        "schedule": "dag",
        "budget": {"requests": 3, "tokens": 100},
        "max_parallel": random.choice([1, 3]),
        "input": {"n": number, "docs": docs, **chosen(random, others, 0.2)},
        "description": random.choice(DESCRIPTIONS),
    }
    return {"steps": steps, **chosen(random, options, 0.3)}


def _test(random: Random, chain: str) -> Data:
    """Return a test of a chain."""
    return {
        "chain": chain,
        "payload": {"n": 1},
        "parallel": random.random() < 0.5,
        "expect": {"status": random.choice(["ok", "error"]), "elapsed_below": "2m"},
    }


def _definitions(random: Random) -> Data:
    """Return what chains use: types, limits, connections and connectors."""
    fields = {"label": "one of [a, b]", "n": "int = 1", "list_": "list[str] = []"}
    if random.random() < 0.3:
        fields |= {"from": "str?", "x": {"type": "int", "min": 0, "default": 2}}  # type: ignore[dict-item]
    openai = {"api": "openai", "model": "m", "api_key": 'env("K")', "retry": 1}
    cautious = {"timeout": {"idle": 5, "total": 9}}
    web = {"base_url": "http://127.0.0.1:9", "path": "/x", "answer": "body.a[0].text"}
    part = {"permits": 14, "within": "db"}
    return {
        "types": {"Out": fields, "Nested": {"o": "Out?", "class_": "str"}},
        "states": {
            "total": "int = 0",
            "known": {"type": "dict[str, int]", "scope": "process"},
            "history": {"type": "list[any]", "keep": 9, "by": "payload.n | string"},
        },
        "actors": {
            "tally": {"target": "collections:Counter", "with": {"a": 1}},
            "words": {"target": "collections:Counter", "runs": "thread", "mailbox": 2},
        },
        "limits": {"db": 30, "part": part, "lock": 1, "small": {**part, "permits": 2}},
        "connections": {
            "loc": {"api": "local", "answers": [{"contains": "x", "answer": "y"}]},
            "oai": openai | {"rate_limit": {"requests_per_minute": 60}},
            "ant": openai | {"api": "anthropic"} | cautious,
            "web": {"api": "http", "body": {"q": "{{ prompt }}"}} | web,
        },
        "connectors": {
            "made1": {"connection": "loc", "prompt": "A {{ payload.n }}"},
            "made2": {
                "connection": "oai",
                "prompt": "B {{ options.a | default('x') }}",
                "retry": 1,
                "fallback": ["made1"],
                "cache": "1h",
                **chosen(random, {"limit": {"db": 2}}, 0.3),
            },
            "made3": {
                "connection": "ant",
                "prompt": "C",
                "system": "{{ payload }}",
                "output": random.choice(["Out", "str"]),
            },
        },
    }
