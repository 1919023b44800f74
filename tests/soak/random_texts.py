"""Random names, expressions, texts and data of specs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Any

__all__ = ["DESCRIPTIONS", "TYPES", "Data", "Scope", "Texts", "chosen"]

Data = dict[str, Any]

NAMES = [
    *("step", "result", "payload_", "list", "str", "value", "get", "Any", "inner"),
    *("item", "index", "x", "data", "json", "time", "call", "work", "attempt", "self"),
    *("cls", "class_", "größe", "a", "b", "rounds", "main", "chain", "Step", "Run"),
    *("Group", "step_1", "event", "args", "kwargs", "name", "type_", "len", "print"),
    *("T", "Out", "model", "connector_", "key", "last", "first", "loop_", "summary"),
    *("text", "id_", "min", "max", "sum", "sorted", "range", "skip", "done", "member"),
    *("race", "sys", "os"),
    *("Tasks", "Pool", "NONE", "SKIPPED", "tasks", "background", "winner", "stage"),
    *("asyncio", "timeout", "limits", "row", "run_", "error_", "status", "ended"),
]
FILTERS = [
    *("default(0)", "length", "upper", "join(', ')", "list", "first", "last", "tojson"),
    *("round(1)", "int", "string", "trim", "sort", "unique", "sum", "flatten"),
    *("items", "combine({'z': 1})", "regex_find('[a-z]+')", "regex_test('a')"),
    *("truncate(9)", "replace('a', 'b')", "urlencode", "fromjson", "reverse"),
]
PLAIN_FILTERS = ["string", "tojson", "default('?')"]
"""Filters of values of any type."""

LITERALS = ["1", "'x'", "2.5", "true", "none", "[1, 2]", "{'a': 1}", "'it\\'s'", '"q"']
WORDS = ["Say ", "", "a\nb ", "é ", '"q" ', "it's ", "\\ ", "%s ", "{} "]
DESCRIPTIONS = ["d", 'a "q" \\', 'it\'s """x"""', "é\nline", 'ends with \\"']
TYPES = ["Out", "Nested"]
FACTS = ["status", "attempts", "elapsed_ms", "error.kind", "error.message", "error"]


@dataclass(frozen=True)
class Scope:
    """What can be read at a place, and how deep blocks may still be nested there.

    `open` are expressions of unknown type, `closed` those that only print. `steps` have
    records. `running` can be cancelled. `is_last` is true in a `finally`.
    """

    depth: int = 3
    open: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    is_last: bool = False

    def inside(self, *open_: str, closed: tuple[str, ...] = ()) -> Scope:
        """Return the scope of a body, where more can be read."""
        return replace(
            self,
            depth=max(self.depth - 1, 0),
            open=(*self.open, *open_),
            closed=(*self.closed, *closed),
        )

    def behind(self, entry: Data) -> Scope:
        """Return the scope behind a step or a block."""
        name = entry.get("name")
        if name is None:
            return self
        is_block = not is_step(entry)
        is_open = is_opaque(entry)
        closed = [] if is_open else [name]
        if entry.get("while"):
            closed.append(f"{name}.exhausted")
        if entry.get("race") == 1:
            closed.append(f"{name}.winner")
        return replace(
            self,
            open=(*self.open, *([name] if is_open else [])),
            closed=(*self.closed, *closed),
            steps=self.steps if is_block else (*self.steps, name),
            running=(*self.running, *([name] if entry.get("background") else [])),
        )


def is_step(entry: Data) -> bool:
    """Say whether an entry is a step rather than a block."""
    words = ("if", "match", "for", "while", "race", "within", "do")
    return "name" in entry and not (
        any(word in entry for word in words) or isinstance(entry.get("parallel"), list)
    )


def is_opaque(entry: Data) -> bool:
    """Say whether nothing is known of the type of an entry's value."""
    return entry.get("kind") in ("connector", "python") and not entry.keys() & {
        "output",
        "on_error",
        "when",
        "on_skip",
        "background",
    }


def chosen(random: Random, options: Data, share: float) -> Data:
    """Return each of some keys with a probability."""
    return {key: value for key, value in options.items() if random.random() < share}


class Texts:
    """Draws what is in specs between braces, and around them."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.used: set[str] = set()

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def name(self) -> str:
        """Return a name that nothing else in the chain has."""
        base = name = self.random.choice(NAMES)
        number = 2
        while name.strip("_").casefold() in self.used or not name.strip("_"):
            name, number = f"{base.rstrip('_')}{number}", number + 1
        self.used.add(name.strip("_").casefold())
        return name

    def opaque(self, scope: Scope) -> str:
        """Return an expression of unknown type."""
        found = self.random.choice([*scope.open, "payload.n"])
        if found == "payload.n":
            return found
        return found + self.random.choice(["", "", ".text", "[0]", "['a b']"])

    def atom(self, scope: Scope) -> str:
        random = self.random
        if self.chance(0.5):
            return self.opaque(scope)
        if scope.closed and self.chance(0.5):
            return f"({random.choice(scope.closed)} | {random.choice(PLAIN_FILTERS)})"
        if scope.steps and self.chance(0.4):
            return (
                f"(steps.{random.choice(scope.steps)}.{random.choice(FACTS)} | string)"
            )
        roots = ["payload", "payload.docs", "input.n", "run.id", "env.HOME", "now()"]
        roots += ["state.total", "state.history"]
        return random.choice(
            random.choice([[f"({r} | string)" for r in roots], LITERALS])
        )

    def expression(self, scope: Scope, depth: int | None = None) -> str:
        random = self.random
        levels = random.randrange(3) if depth is None else depth
        if not levels:
            return self.atom(scope)
        one, two = (self.expression(scope, levels - 1) for _ in range(2))
        free, other = self.opaque(scope), self.opaque(scope)
        test = random.choice(["none", "defined", "string", "number", "not none"])
        return random.choice(
            [
                self.atom(scope),
                f"({one} if {free} == 1 else {two})",
                f"({one} {random.choice(['and', 'or'])} {two})",
                f"({free} {random.choice(['==', '!=', 'in'])} {other})",
                f"({free} {random.choice(['+', '-', '*', '//'])} {other})",
                f"({one} ~ {two})",
                f"({free} | {random.choice(FILTERS)})",
                f"(not {free})",
                f"({free} is {test})",
                f"[{one}, {two}]",
            ]
        )

    def condition(self, scope: Scope) -> str:
        """Return an expression that is not always the same."""
        free, other = self.opaque(scope), self.opaque(scope)
        conditions = [
            f"{free} == 1",
            f"{free} != 'x' and not {other}",
            f"{free} is none or {other} in [1, 'a']",
            f"{free}",
            f"({free} | default(3)) == {self.random.randrange(4)}",
        ]
        if scope.steps:
            conditions.append(f"steps.{self.random.choice(scope.steps)}.status == 'ok'")
        return self.random.choice(conditions)

    def text(self, scope: Scope) -> str:
        random = self.random
        parts = [random.choice(WORDS)]
        for _ in range(random.randrange(3)):
            parts.append(f"{{{{ {self.expression(scope)} }}}}")
            parts.append(random.choice([" ", ".", "\n", ""]))
        if self.chance(0.12):
            parts.append("{% if payload.n %}yes {{ payload.n }}{% else %}no{% endif %}")
        if self.chance(0.12):
            loop = "{% for d in payload.docs %}{{ d }}{{ loop.index }}{% endfor %}"
            parts.append(loop)
        return "".join(parts).strip() or "x"

    def value(self, scope: Scope, depth: int = 2) -> Any:
        """Return data with templates."""
        random = self.random
        kind = random.random()
        if not depth or kind < 0.5:
            return self.text(scope)
        if kind < 0.65:
            keys = random.sample(["a", "b c", "k-1", "class", "1"], random.randrange(3))
            return {key: self.value(scope, depth - 1) for key in keys}
        if kind < 0.75:
            return [self.value(scope, depth - 1) for _ in range(random.randrange(3))]
        return random.choice([1, 2.5, True, None, "", "x", -3, 1e300])
