"""Random steps: a function for each kind, and the keys that all of them have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.soak.random_texts import DESCRIPTIONS, TYPES, Data, Scope, Texts, chosen

__all__ = ["CONNECTORS", "KINDS", "LIMITS", "Steps"]

CONNECTORS = ["made1", "made2", "made3"]
LIMITS: list[Any] = [
    *("none", "db", "part", "lock", "small"),
    *({"db": 2}, {"part": 3}, ["lock", "part"], ["llm", "lock"]),
]

Kind = Callable[["Steps", Scope], Data]
KINDS: list[Kind] = []
"""What draws each kind of step."""


def kind(function: Kind) -> Kind:
    """Register what draws a kind of step."""
    KINDS.append(function)
    return function


class Steps(Texts):
    """Draws steps. `inner` are the chains that they can run."""

    inner: list[str]
    is_dag: bool = False

    def step(self, scope: Scope, near: list[Data]) -> Data:
        """Return a step that may wait for some of those `near` it in its body."""
        random = self.random
        step = {"name": self.name(), **random.choice(KINDS)(self, scope)}
        if step.keys() & {"target", "prompt", "url", "embed"}:
            step |= self.policies(step)
        if self.chance(0.1):
            step["limit"] = random.choice(LIMITS)
            if step["limit"] != "none" and self.chance(0.5):
                step["priority"] = random.choice([5, -2, 0.5])
        if step.get("kind") == "chain" and "limit" in step:
            step["limit"] = "small"  # no step of a chain that is run takes it
        options: Data = {
            "when": self.condition(scope),
            "description": random.choice(DESCRIPTIONS),
        }
        step |= chosen(random, options, 0.2)
        step |= self.recovery(scope)
        return step | self.order(step, near)

    def order(self, step: Data, near: list[Data]) -> Data:
        """Return the keys that say when a step runs."""
        random = self.random
        is_beside = "cancel" not in step and "stop" not in step
        flags = {"parallel": True, **({"background": True} if is_beside else {})}
        found = chosen(random, flags, 0.25)
        loose = [e["name"] for e in near if e.get("parallel") or e.get("background")]
        names = [entry["name"] for entry in near]
        if loose and self.chance(0.3):
            some = random.sample(loose, min(len(loose), 3))
            joins: list[Data] = [
                {"any": some},
                {"count": random.randint(1, len(some)), "of": some},
            ]
            found["depends_on"] = random.choice(joins)
        elif names and self.chance(0.3):
            some = random.sample(names, min(len(names), 2))
            found["depends_on"] = some
            ended = [e["name"] for e in near if not e.get("background")]
            if ended and self.chance(0.4):
                found["depends_on"] = {"ended": ended[-2:]}
                found.pop("background", None)
            if self.chance(0.2) and isinstance(found["depends_on"], list):
                found["on_skip"] = "skip"
        return found

    def recovery(self, scope: Scope) -> Data:
        """Return what deals with a failure of a step."""
        random = self.random
        found: Data = {}
        if self.chance(0.15):
            error = self.name()
            here = scope.inside(closed=(f"{error}.message", f"{error}.status"))
            clause = {"on_error": random.choice([["timeout", 404], "5xx"]), "as": error}
            clauses = [
                {**clause, "steps": [self.plain(here)]},
                {"on_error": "any", "steps": [self.plain(scope)]},
            ]
            choices = ["continue", "skip", [self.plain(scope)], clauses]
            found["on_error"] = random.choice(choices)
        if self.chance(0.05):
            found["finally"] = [self.plain(scope)]
        return found

    def plain(self, scope: Scope) -> Data:
        """Return a step without policies."""
        function = self.random.choice([computed, given, emit])
        return {"name": self.name(), **function(self, scope)}

    def policies(self, step: Data) -> Data:
        """Return how often work is tried, what replaces it and what is kept."""
        random = self.random
        others = [name for name in CONNECTORS[:2] if name != step.get("target")]
        after = {"connector": random.choice(others), "on": ["timeout"]}
        fallbacks: list[Any] = [["given3"], [after, "given4"], "given4"]
        options: Data = {
            "timeout": random.choice([1, "250ms", 2.5]),
            "retry": random.choice(
                [
                    *(1, "none", {"max": 2, "delay": "1s", "jitter": False}),
                    {"max": 1, "on": ["timeout", 429, "5xx"], "backoff": "linear"},
                    {"max": 2, "max_delay": "3s", "backoff": "constant"},
                ]
            ),
            "fallback": random.choice(fallbacks),
            "cache": random.choice([True, "1h", {"ttl": "5m", "key": "k"}]),
        }
        if "embed" in step or step.get("output", "str") != "str":
            del options["fallback"]
        return chosen(random, options, 0.2)


@kind
def given(steps: Steps, scope: Scope) -> Data:
    random = steps.random
    target = random.choice(["given1", "given2"])
    step: Data = {"kind": "connector", "target": target}
    if steps.chance(0.2):
        return step | {"with": {"a": steps.value(scope)}}
    return step | {"options": {"a": steps.value(scope)}}


@kind
def connector(steps: Steps, scope: Scope) -> Data:
    target = steps.random.choice(CONNECTORS)
    return {"target": target, "options": {"a": steps.value(scope)}}


@kind
def prompt(steps: Steps, scope: Scope) -> Data:
    random = steps.random
    connection = random.choice(["loc", "oai", "ant", "web"])
    output = random.choice(["str", "int", "list[str]", "dict[str, int]", *TYPES])
    tool = {"name": "t2", "target": "lib.x:f", "description": "d"}
    said = [{"role": "user", "content": steps.text(scope)}]
    options: Data = {
        "system": steps.text(scope),
        "messages": random.choice(["{{ payload.docs }}", said]),
        "images": [steps.text(scope)],
        **({} if connection == "web" else {"files": [steps.text(scope)]}),
        "output": output,
        "model": steps.text(scope),
        **({} if connection == "web" else {"remember": "history"}),
        "rounds": 3,
    }
    if connection in ("oai", "ant") and steps.chance(0.5):
        options["tools"] = ["app.tools:weather", tool]
    if connection == "oai":
        options["options"] = {"temperature": 0, "extra": {"a": steps.value(scope)}}
    step: Data = {"prompt": steps.text(scope), "connection": connection}
    step |= chosen(random, options, 0.2)
    if "rounds" in step and "tools" not in step:
        del step["rounds"]
    return step


@kind
def embedding(steps: Steps, scope: Scope) -> Data:
    text = steps.text(scope)
    embedded = steps.random.choice([text, [text]])
    return {"embed": embedded, "connection": "oai", "model": "e"}


@kind
def request(steps: Steps, scope: Scope) -> Data:
    url = "http://127.0.0.1:9/" + steps.text(scope).replace("\n", "")
    body = {"method": "POST", "json": steps.value(scope)}
    headers = {"X-A": steps.text(scope).replace("\n", "")}
    query = {"headers": headers, "query": {"q": steps.text(scope)}}
    return {"url": url, **steps.random.choice([{}, body, query])}


@kind
def function(steps: Steps, scope: Scope) -> Data:
    target = steps.random.choice(["app.f:g", "given_function", "app.g.h"])
    options: Data = {"with": {"a": steps.value(scope)}}
    return {"kind": "python", "target": target, **chosen(steps.random, options, 0.5)}


@kind
def sub_chain(steps: Steps, scope: Scope) -> Data:
    if not steps.inner:
        return computed(steps, scope)
    payload = {"n": steps.value(scope), "docs": ["x"]}
    return {
        "kind": "chain",
        "target": steps.random.choice(steps.inner),
        "payload": payload,
    }


@kind
def computed(steps: Steps, scope: Scope) -> Data:
    return {"value": steps.value(scope)}


@kind
def emit(steps: Steps, scope: Scope) -> Data:
    return {"emit": steps.value(scope)}


@kind
def state(steps: Steps, scope: Scope) -> Data:
    random = steps.random
    entry = {"state": "known", "key": steps.text(scope)}
    numbers: list[Data] = [{}, {"set": 3}, {"update": "{{ value + 1 }}"}]
    choices: list[Data] = [
        {"state": "total", **random.choice(numbers)},
        {**entry, "update": "{{ (value or 0) + 1 }}"},
        {**entry, "delete": True},
        {"state": "known", "merge": {"a": 1}},
        {"state": "history", "append": steps.value(scope)},
        {"state": "history", "delete": True},
    ]
    return random.choice(choices)


@kind
def message(steps: Steps, scope: Scope) -> Data:
    random = steps.random
    asked: list[Data] = [
        {"ask": "tally.most_common", "with": {"n": 1}},
        {"ask": "tally.total", "output": "int"},
        {"ask": "words.copy", "timeout": 5},
    ]
    told = {"tell": random.choice(["tally.update", "words.update"])}
    return random.choice([*asked, told | {"with": {"seen": "{{ 1 + 1 }}"}}])


@kind
def question(steps: Steps, scope: Scope) -> Data:
    step: Data = {"wait": "approval", "ask": steps.text(scope), "timeout": 5}
    options = {"key": steps.opaque(scope), "count": 2}
    step |= chosen(steps.random, options, 0.3)
    answer = {"label": "a", "n": 2}
    default = [answer, answer] if "count" in step else answer
    return step | {"output": "Out", "default": default}


@kind
def wait(steps: Steps, scope: Scope) -> Data:
    return {"wait": steps.random.choice(["1s", 0.25, "2m"])}


@kind
def fail(steps: Steps, scope: Scope) -> Data:
    return {"fail": steps.text(scope), "when": steps.condition(scope)}


@kind
def stop(steps: Steps, scope: Scope) -> Data:
    if scope.is_last:
        return emit(steps, scope)
    return {"stop": steps.value(scope), "when": steps.condition(scope)}


@kind
def cancel(steps: Steps, scope: Scope) -> Data:
    if not scope.running:
        return wait(steps, scope)
    return {"cancel": steps.random.choice(scope.running)}
