"""Random specs of all constructs, mostly valid, as the data of a document."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

__all__ = ["random_spec"]

Data = dict[str, Any]

NAMES = [
    *("step", "result", "payload_", "list", "str", "value", "get", "Any", "inner"),
    *("item", "index", "x", "data", "json", "time", "call", "work", "attempt", "self"),
    *("cls", "class_", "größe", "a", "b", "rounds", "main", "chain", "Step", "Run"),
    *("Group", "step_1", "event", "args", "kwargs", "name", "type_", "len", "print"),
    *("T", "Out", "model", "connector_", "key", "last", "first", "loop_", "summary"),
    *("text", "id_", "min", "max", "sum", "sorted", "range", "skip", "done", "member"),
]
FILTERS = [
    *("default(0)", "length", "upper", "join(', ')", "list", "first", "last", "tojson"),
    *("round(1)", "int", "string", "trim", "sort", "unique", "sum"),
]
LITERALS = ["1", "'x'", "2.5", "true", "none", "[1, 2]", "{'a': 1}", "'it\\'s'", '"q"']
WORDS = ["Say ", "", "a\nb ", "é ", '"q" ', "it's ", "\\ ", "%s ", "{} "]
DESCRIPTIONS = ["d", 'a "q" \\', 'it\'s """x"""', "é\nline", 'ends with \\"']
TYPES = ["Out", "Nested"]
CONNECTORS = ["made1", "made2", "made3"]


def random_spec(seed: int) -> Data:
    """Return the canonical data of a spec."""
    random = Random(seed)
    spec = _definitions(random)
    inner = ["sub"] if random.random() < 0.5 else []
    main = random.choice(["c", "Customer feedback", "run_chain", "metrics", "list"])
    spec["chains"] = {name: _Chain(random, []).data() for name in inner}
    spec["chains"][main] = _Chain(random, inner).data()
    return spec


def _definitions(random: Random) -> Data:
    fields = {"label": "one of [a, b]", "n": "int = 1", "list_": "list[str] = []"}
    openai = {"api": "openai", "model": "m", "api_key": 'env("K")', "retry": 1}
    cautious = {"timeout": {"idle": 5, "total": 9}}
    web = {"base_url": "http://127.0.0.1:9", "path": "/x", "answer": "body.a[0].text"}
    return {
        "types": {"Out": fields, "Nested": {"o": "Out?", "class_": "str"}},
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
            },
            "made3": {
                "connection": "ant",
                "prompt": "C",
                "system": "{{ payload }}",
                "output": random.choice(["Out", "str"]),
            },
        },
    }


class _Chain:
    """Makes one chain; no name is used twice in it."""

    def __init__(self, random: Random, inner: list[str]) -> None:
        self.random, self.inner = random, inner
        self.used: set[str] = set()
        self.readable: list[str] = []

    def data(self) -> Data:
        random = self.random
        chain: Data = {"steps": self.block([], 3)}
        docs = random.choice(["list[any] = []", "any", "list[str]"])
        number = random.choice(["any", "int = 1", "str?", "one of [a, b]", *TYPES])
        options: Data = {
            "result": self.value(self.readable, 2),
            "timeout": "2m",
            "schedule": "dag",
            "budget": {"requests": 3, "tokens": 100},
            "input": {"n": number, "docs": docs},
            "description": random.choice(DESCRIPTIONS),
        }
        return chain | {k: v for k, v in options.items() if random.random() < 0.35}

    def name(self) -> str:
        base = name = self.random.choice(NAMES)
        number = 2
        while name.rstrip("_").casefold() in self.used:
            name, number = f"{base.rstrip('_')}{number}", number + 1
        self.used.add(name.rstrip("_").casefold())
        return name

    # --- values ----------------------------------------------------------

    def atom(self, refs: list[str]) -> str:
        random = self.random
        if refs and random.random() < 0.5:
            return random.choice(refs) + random.choice(
                ["", "", ".text", "[0]", "['a b']"]
            )
        roots = [
            "payload.n",
            "payload",
            "payload.docs",
            "input.n",
            "run.id",
            "env.HOME",
        ]
        return random.choice(random.choice([roots, LITERALS]))

    def expression(self, refs: list[str], depth: int | None = None) -> str:
        random = self.random
        levels = random.randrange(3) if depth is None else depth
        if not levels:
            return self.atom(refs)
        one, two, three = (self.expression(refs, levels - 1) for _ in range(3))
        comparison = random.choice(["==", "!=", "and", "or", "in"])
        operator = random.choice(["+", "-", "*", "~", "//"])
        test = random.choice(["none", "defined", "string", "number", "not none"])
        return random.choice(
            [
                self.atom(refs),
                f"({one} if {two} == 1 else {three})",
                f"({one} {comparison} {two})",
                f"({one} {operator} {two})",
                f"({one} | {random.choice(FILTERS)})",
                f"(not {one})",
                f"({one} is {test})",
                f"[{one}, {two}]",
            ]
        )

    def text(self, refs: list[str]) -> str:
        random = self.random
        parts = [random.choice(WORDS)]
        for _ in range(random.randrange(3)):
            parts.append(f"{{{{ {self.expression(refs)} }}}}")
            parts.append(random.choice([" ", ".", "\n", ""]))
        if random.random() < 0.12:
            parts.append("{% if payload.n %}yes {{ payload.n }}{% else %}no{% endif %}")
        if random.random() < 0.12:
            parts.append(
                "{% for d in payload.docs %}{{ d }}{{ loop.index }}{% endfor %}"
            )
        return "".join(parts).strip() or "x"

    def value(self, refs: list[str], depth: int = 2) -> Any:
        random = self.random
        kind = random.random()
        if not depth or kind < 0.5:
            return self.text(refs)
        if kind < 0.65:
            keys = random.sample(["a", "b c", "k-1", "class", "1"], random.randrange(3))
            return {key: self.value(refs, depth - 1) for key in keys}
        if kind < 0.75:
            return [self.value(refs, depth - 1) for _ in range(random.randrange(3))]
        return random.choice([1, 2.5, True, None, "", "x", -3, 1e300])

    # --- steps -----------------------------------------------------------

    def step(self, refs: list[str], near: list[str]) -> Data:
        random = self.random
        kinds: list[Callable[[list[str]], Data]] = [
            *(self.given, self.connector, self.prompt, self.embedding, self.request),
            *(self.function, self.computed),
        ]
        if self.inner:
            kinds.append(self.sub_chain)
        step = {"name": self.name(), **random.choice(kinds)(refs)}
        if "value" not in step:
            step |= self.policies(step)
        options: Data = {
            "when": self.expression(refs),
            "description": random.choice(DESCRIPTIONS),
            "parallel": True,
            "background": True,
        }
        if near:
            names = random.sample(near, min(len(near), 2))
            joins: list[Any] = [{"any": names}, {"count": len(names), "of": names}]
            options["depends_on"] = random.choice([names, names, *joins])
        if random.random() < 0.15:
            step["on_error"] = random.choice(
                ["continue", "skip", [{"name": self.name(), "value": self.value(refs)}]]
            )
        if random.random() < 0.05:
            step["finally"] = [{"name": self.name(), "value": self.value(refs)}]
        return step | {k: v for k, v in options.items() if random.random() < 0.25}

    def given(self, refs: list[str]) -> Data:
        target = self.random.choice(["given1", "given2"])
        return {
            "kind": "connector",
            "target": target,
            "options": {"a": self.value(refs)},
        }

    def connector(self, refs: list[str]) -> Data:
        target = self.random.choice(CONNECTORS)
        return {"target": target, "options": {"a": self.value(refs)}}

    def prompt(self, refs: list[str]) -> Data:
        random = self.random
        connection = random.choice(["loc", "oai", "ant", "web"])
        output = random.choice(["str", "int", "list[str]", "dict[str, int]", *TYPES])
        tool = {"name": "t2", "target": "lib.x:f", "description": "d"}
        said = [{"role": "user", "content": self.text(refs)}]
        options: Data = {
            "system": self.text(refs),
            "messages": random.choice(["{{ payload.docs }}", said]),
            "images": [self.text(refs)],
            **({} if connection == "web" else {"files": [self.text(refs)]}),
            "output": output,
            "model": self.text(refs),
        }
        if connection != "loc":
            options["tools"] = ["app.tools:weather", tool]
        if connection == "oai":
            options["options"] = {"temperature": 0, "extra": {"a": self.value(refs)}}
        step: Data = {"prompt": self.text(refs), "connection": connection}
        return step | {k: v for k, v in options.items() if random.random() < 0.2}

    def embedding(self, refs: list[str]) -> Data:
        text = self.text(refs)
        embedded = self.random.choice([text, [text]])
        return {"embed": embedded, "connection": "oai", "model": "e"}

    def request(self, refs: list[str]) -> Data:
        url = "http://127.0.0.1:9/" + self.text(refs).replace("\n", "")
        body = {"method": "POST", "json": self.value(refs)}
        query = {"headers": {"X-A": self.text(refs)}, "query": {"q": self.text(refs)}}
        return {"url": url, **self.random.choice([{}, body, query])}

    def function(self, refs: list[str]) -> Data:
        target = self.random.choice(["app.f:g", "given_function"])
        arguments = self.random.choice([{}, {"with": {"a": self.value(refs)}}])
        return {"kind": "python", "target": target, **arguments}

    def sub_chain(self, refs: list[str]) -> Data:
        payload = self.random.choice([{}, {"payload": {"n": self.value(refs)}}])
        return {"kind": "chain", "target": self.random.choice(self.inner), **payload}

    def computed(self, refs: list[str]) -> Data:
        return {"value": self.value(refs)}

    def policies(self, step: Data) -> Data:
        random = self.random
        others = [name for name in CONNECTORS if name != step.get("target")]
        after = {"connector": random.choice(others), "on": ["timeout"]}
        options: Data = {
            "timeout": random.choice([1, "250ms", 2.5]),
            "retry": random.choice(
                [
                    *(1, {"max": 2, "delay": "1s", "jitter": False}),
                    {"max": 1, "on": ["timeout", 429, "5xx"]},
                ]
            ),
            "fallback": random.choice([["given3"], [after, "given4"]]),
            "cache": random.choice([True, "1h", {"ttl": "5m", "key": "k"}]),
            "limit": "none",
        }
        return {k: v for k, v in options.items() if random.random() < 0.2}

    # --- blocks ----------------------------------------------------------

    def block(self, outer: list[str], depth: int) -> list[Data]:
        """Return steps and blocks; those that are parallel are read after the next one."""
        random = self.random
        made: list[Data] = []
        near: list[str] = []
        pending: list[str] = []
        refs = list(outer)
        for _ in range(random.randrange(1, 4)):
            if depth and random.random() < 0.45:
                entry = self.nested(refs, depth - 1)
            else:
                entry = self.step(refs, near)
            made.append(entry)
            if "name" in entry:
                near.append(entry["name"])
                pending.append(entry["name"])
            if not entry.get("parallel"):
                refs, pending = refs + pending, []
        if random.random() < 0.2:
            made += self.endings([*refs, *pending], depth and depth - 1)
        self.readable = refs
        return made

    def endings(self, refs: list[str], depth: int) -> list[Data]:
        """Return clauses that read what stands before them."""
        random = self.random
        kinds = [[404, "timeout"], ["5xx"], ["failed", "error"], ["any"]]
        made: list[Data] = []
        for kind in kinds[random.randrange(4) :][: random.randrange(3)]:
            name = self.name()
            steps = self.block([*refs, f"{name}.message"], depth)
            made.append({"on_error": kind, "as": name, "steps": steps})
        if random.random() < 0.5 or not made:
            made.append({"finally": self.block(refs, depth)})
        return made

    def nested(self, refs: list[str], depth: int) -> Data:
        random = self.random
        kinds = [self.condition, self.selection, self.each, self.rounds, self.body]
        entry = random.choice(kinds)(refs, depth)
        if random.random() < 0.6:
            entry["name"] = self.name()
        if random.random() < 0.35:
            entry["parallel"] = True
        if random.random() < 0.15:
            entry["background"] = True
        return entry

    def body(self, refs: list[str], depth: int) -> Data:
        return {self.random.choice(["do", "parallel"]): self.block(refs, depth)}

    def condition(self, refs: list[str], depth: int) -> Data:
        entry: Data = {"if": self.expression(refs), "then": self.block(refs, depth)}
        if self.random.random() < 0.4:
            branch = {"if": self.expression(refs), "then": self.block(refs, depth)}
            entry["elif"] = [branch]
        if self.random.random() < 0.6:
            entry["else"] = self.block(refs, depth)
        return entry

    def selection(self, refs: list[str], depth: int) -> Data:
        labels = [
            self.random.choice([1, "a", [1, "b", None]]),
            self.random.choice(["z"]),
        ]
        cases = [{"case": case, "steps": self.block(refs, depth)} for case in labels]
        return {"match": self.expression(refs), "cases": cases}

    def each(self, refs: list[str], depth: int) -> Data:
        variable = self.name()
        items = self.random.choice(["payload.docs", "[1, 2]", self.expression(refs)])
        steps = self.block([*refs, variable], depth)
        return {"for": variable, "in": items, "steps": steps}

    def rounds(self, refs: list[str], depth: int) -> Data:
        steps = self.block(refs, depth)
        own = [step["name"] for step in steps if "value" in step or "kind" in step]
        until = f"{self.random.choice(own)} == 1" if own else self.expression(refs)
        return {"while": until, "max": 3, "steps": steps}
