"""Random flows of namel3ss, in every shape of control flow.

    python -m tests.soak.namel3ss_flows FOLDER [--count 30] [--seed 0]

writes apps into a folder, which `python -m tests.soak.import_flows FOLDER --tool namel3ss`
then imports, builds, lints with warnings as errors, and tests.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from random import Random

__all__ = ["app"]

DEPTH = 3


def app(seed: int, flows: int = 8) -> str:
    """The text of an app with so many flows."""
    draw = _Draw(Random(seed))
    texts = [
        f'flow "f{n}":\n' + "\n".join(draw.body(1, DEPTH, [])) for n in range(flows)
    ]
    return "\n\n".join(['spec is "1.0"', *texts]) + "\n"


class _Draw:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.count = 0

    def name(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}{self.count}"

    def value(self, known: list[str]) -> str:
        return self.random.choice(
            ["1", "2", '"a"', "input.n", "input.kind", *known * 2]
        )

    def condition(self, known: list[str]) -> str:
        return self.random.choice(
            [
                f"input.n is greater than {self.random.randint(0, 3)}",
                'input.kind is "a"',
                f"{self.value(known)} is {self.value(known)}",
            ]
        )

    def body(self, depth: int, left: int, known: list[str]) -> list[str]:
        """The lines of a block; `known` are the variables that have a value there."""
        known = list(known)
        makers: list[Callable[[int, int, list[str]], list[str]]] = [
            *(self.let, self.let, self.put, self.log, self.leave),
            *(
                [self.branch, self.match, self.attempt, self.loop, self.tasks]
                * (left > 0)
            ),
        ]
        lines: list[str] = []
        for _ in range(self.random.randint(1, 3)):
            made = self.random.choice(makers)(depth, left - 1, known)
            lines += ["  " * depth + line if line[0] != " " else line for line in made]
        return lines or ["  " * depth + "log info 1"]

    def let(self, depth: int, left: int, known: list[str]) -> list[str]:
        name, value = self.name("v"), self.value(known)
        known.append(name)
        return [f"let {name} is {value}"]

    def put(self, depth: int, left: int, known: list[str]) -> list[str]:
        return (
            [f"set {self.random.choice(known)} is {self.value(known)}"] if known else []
        )

    def log(self, depth: int, left: int, known: list[str]) -> list[str]:
        return [f"log info {self.value(known)}"]

    def leave(self, depth: int, left: int, known: list[str]) -> list[str]:
        return [f"return {self.value(known)}"]

    def branch(self, depth: int, left: int, known: list[str]) -> list[str]:
        lines = [f"if {self.condition(known)}:", *self.body(depth + 1, left, known)]
        if self.random.random() < 0.6:
            lines += ["else:", *self.body(depth + 1, left, known)]
        return lines

    def match(self, depth: int, left: int, known: list[str]) -> list[str]:
        lines = [f"match {self.value(known)}:", "  " * depth + "  with:"]
        cases = self.random.sample(
            ['when "a"', "when 1", "when 2"], self.random.randint(0, 2)
        )
        if not cases or self.random.random() < 0.7:
            cases.append("otherwise")
        for case in cases:
            lines += [
                "  " * (depth + 2) + f"{case}:",
                *self.body(depth + 3, left, known),
            ]
        return lines

    def attempt(self, depth: int, left: int, known: list[str]) -> list[str]:
        tried = self.body(depth + 1, left, known)
        caught = self.body(depth + 1, left, known)
        return ["try:", *tried, f"with catch {self.name('e')}:", *caught]

    def loop(self, depth: int, left: int, known: list[str]) -> list[str]:
        kind = self.random.choice(["repeat", "while", "each"])
        if kind == "repeat":
            head = f"repeat up to {self.random.randint(1, 3)} times:"
            return [head, *self.body(depth + 1, left, known)]
        if kind == "each":
            item = self.name("x")
            inner = self.body(depth + 1, left, [*known, item])
            return [f"for each {item} in input.items:", *inner]
        at = self.name("i")
        head = f"repeat while {at} is less than {self.random.randint(0, 2)} limit 5:"
        step = "  " * (depth + 1) + f"set {at} is {at} + 1"
        return [f"let {at} is 0", head, step, *self.body(depth + 1, left, known)]

    def tasks(self, depth: int, left: int, known: list[str]) -> list[str]:
        lines = ["parallel:"]
        for _ in range(2):
            run = "  " * (depth + 1) + f'run "{self.name("t")}":'
            lines += [run, *self.body(depth + 2, left, known)]
        return lines


def main() -> None:
    """Write the apps that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    for seed in range(given.seed, given.seed + given.count):
        (given.folder / f"app{seed}.ai").write_text(app(seed))


if __name__ == "__main__":
    main()
