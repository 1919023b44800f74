"""Random chains that are killed at random moments come to what they do on asyncio."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from n3gen.compiler import Options

from tests.building import build
from tests.durable import work
from tests.durable.killing import SEEDS, killed_run, random_kills, written_module

pytestmark = pytest.mark.large


BLOCKS = ["for", "pool", "parallel", "if", "do", "race", "within"]


class Draw:
    """Draws a chain, line by line; names are unique but where bodies stand beside others."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.count = 0

    def chain(self) -> str:
        lines = ["chain c:"]
        names = self.body(lines, 1, [], self.random.randint(2, 4), depth=2)
        result = ", ".join(f'"{name}": "{{{{ {name} }}}}"' for name in names)
        return "\n".join([*lines, f"    result: {{{result}}}"]) + "\n"

    def name(self) -> str:
        self.count += 1
        return f"s{self.count}"

    def body(
        self, lines: list[str], level: int, known: list[str], size: int, *, depth: int
    ) -> list[str]:
        """Write some entries, and return the names that they give."""
        given: list[str] = []
        for _ in range(size):
            kinds = ["step"] * 3 + (BLOCKS if depth else []) + ["wait"]
            kind = self.random.choice(kinds)
            name = self.name()
            getattr(self, f"add_{kind}")(lines, level, name, [*known, *given], depth)
            given.append(name)
        return given

    def add_step(
        self, lines: list[str], level: int, name: str, known: list[str], _: int
    ) -> None:
        pad, draw = "    " * level, self.random
        read = "".join(
            f"{{{{ {one} }}}}" for one in draw.sample(known, min(2, len(known)))
        )
        takes = draw.choice([0.0, 0.01, 0.05])
        lines.append(f"{pad}step {name}:")
        lines.append(f"{pad}    kind: python")
        lines.append(f'{pad}    target: "work:do"')
        if draw.random() < 0.2:
            lines.append(f"{pad}    on_error: {draw.choice(['continue', 'skip'])}")
            lines.append(f"{pad}    options: {{fails: boom, takes: {takes}}}")
        else:
            lines.append(
                f'{pad}    options: {{returns: "{name}({read})", takes: {takes}}}'
            )

    def nested(
        self, head: str, lines: list[str], level: int, known: list[str], depth: int
    ) -> None:
        lines.append("    " * level + head)
        self.body(lines, level + 1, known, self.random.randint(1, 3), depth=depth - 1)

    def add_for(self, lines: list[str], level: int, name: str, *more: Any) -> None:
        self.nested(f"for {name}: x{name} in [1, 2]:", lines, level, *more)

    def add_pool(self, lines: list[str], level: int, name: str, *more: Any) -> None:
        self.nested(
            f"for {name}: x{name} in [1, 2, 3] parallel 2:", lines, level, *more
        )

    def add_do(self, lines: list[str], level: int, name: str, *more: Any) -> None:
        self.nested(f"do {name}:", lines, level, *more)

    def add_if(
        self, lines: list[str], level: int, name: str, known: list[str], depth: int
    ) -> None:
        number = self.random.randint(0, 40)
        words = " ~ ".join([*known[:2], "''"])
        self.nested(
            f"if {name}: ({words}) | length > {number}:", lines, level, known, depth
        )
        self.nested("else:", lines, level, known, depth)

    def add_wait(self, lines: list[str], level: int, name: str, *_: Any) -> None:
        lines.append(f"{'    ' * level}step {name}: {{wait: 20ms}}")

    def add_race(
        self, lines: list[str], level: int, name: str, known: list[str], depth: int
    ) -> None:
        """A race whose winner is certain: the other contender fails, or never ends."""
        pad, draw = "    " * (level + 1), self.random
        loses = draw.choice(["fails: lost", "takes: 60"])
        loser = f'step {self.name()}: {{kind: python, target: "work:do", options: {{{loses}}}}}'
        if stagger := draw.random() < 0.3:
            loser = loser.replace("takes: 60", "fails: lost")
        lines.append("    " * level + f"race {name}:")
        lines += [f"{pad}stagger: 30ms"] * stagger
        lines += [pad + loser] if (is_first := draw.random() < 0.5) else []
        self.nested(f"do {self.name()}:", lines, level + 1, known, depth)
        lines += [] if is_first else [pad + loser]

    def add_within(
        self, lines: list[str], level: int, name: str, known: list[str], depth: int
    ) -> None:
        """A block that has time enough, or one that never ends."""
        is_late = self.random.random() < 0.5
        head = f"within {name}: {'300ms' if is_late else '10m'}:"
        self.nested(head, lines, level, known, 1 if is_late else depth)
        if is_late:
            never = '{kind: python, target: "work:do", options: {takes: 60}}'
            lines.append(f"{'    ' * (level + 1)}step {self.name()}: {never}")
        self.nested("else:", lines, level, known, depth)

    def add_parallel(
        self, lines: list[str], level: int, name: str, known: list[str], depth: int
    ) -> None:
        lines.append("    " * level + f"parallel {name}:")
        for _ in range(2):
            self.nested(f"do {self.name()}:", lines, level + 1, known, depth)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_run_comes_to_what_it_does_on_asyncio(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = Draw(seed).chain()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "work", work)
    plain = build(spec, options=Options(enable_parallel_steps=True))
    wanted = asyncio.run(plain.run_chain("c"))
    (tmp_path / "log").unlink(missing_ok=True)
    written_module(tmp_path, spec)
    found = killed_run(tmp_path, random_kills(seed, 8))
    assert found.record["status"] == wanted["status"], spec
    assert found.record["result"] == wanted["result"], spec
    found.check_nothing_ran_again()
