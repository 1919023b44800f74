"""How far loops are, told by the paths of steps."""

from __future__ import annotations

from typing import Any

import pytest
from n3gen.compiler import compile_file
from n3gen.plan.loop_sizes import loop_sizes
from n3gen.source import SourceFile
from n3gen.templates.runtime.traces.loop_rounds import Loops, rounds_in, rounds_of


def test_the_loops_around_a_step() -> None:
    assert list(rounds_of("docs[a.1].call.pages[2].look")) == [
        ("docs", "docs[a.1]"),
        ("docs.call.pages", "docs[a.1].call.pages[2]"),
    ]
    assert list(rounds_of("call.look")) == []


def test_a_round_is_done_when_nothing_of_it_is_under_way() -> None:
    loops = Loops({"docs": 3})
    loops.begin("docs[0].a", 0)
    loops.begin("docs[0].b", 0)
    loops.begin("docs[1].a", 0)
    loops.end("docs[0].a", 1000)
    (loop,) = loops
    assert loop.done == 0
    loops.end("docs[0].b", 2000, failed=True)
    assert (loop.done, loop.failed, loop.rate, loop.seconds_left) == (1, 1, 0.5, 4.0)
    loops.end("docs[1].a", 2000)
    assert loop.done == 2


def test_a_loop_whose_rounds_are_not_known_has_no_time_left() -> None:
    loops = Loops({})
    loops.begin("docs[0].a", 0)
    loops.end("docs[0].a", 10)
    (loop,) = loops
    assert loop.total is None
    assert loop.seconds_left is None


@pytest.mark.parametrize(
    ("items", "more", "payload", "total"),
    [
        ("payload.docs", "", {"docs": [1, 2, 3]}, 3),
        ("input.a.docs", "", {"a": {"docs": {"x": 1}}}, 1),
        ("payload.docs", "batch: 2", {"docs": [1, 2, 3]}, 2),
        ("range(5)", "", None, 5),
        ("payload.docs", "", {"docs": "text"}, None),
        ("payload.docs", "", None, None),
        ("payload.docs | sort", "", {"docs": [1]}, None),
    ],
)
def test_how_many_rounds_a_loop_has(
    items: str, more: str, payload: Any, total: int | None
) -> None:
    text = (
        "chain c:\n    if yes: payload.x:\n"
        f"        for docs: doc in {items} parallel 2:\n"
        f"            {more}\n            step s:\n                value: 1\n"
    )
    found = compile_file(SourceFile.of("x.ai", text), emits=False)
    assert not found.problems.has_errors
    wanted = {} if total is None else {"docs": total}
    assert rounds_in(loop_sizes(found.plans["c"]), payload) == wanted


def test_loops_in_loops_have_the_rounds_of_all_their_times() -> None:
    text = """chain c:
    for docs: doc in payload.docs parallel 2:
        for parts: part in range(3):
            step s: {value: 1}
            for words: word in range(2):
                step t: {value: 1}
        if yes: payload.x:
            for maybe: one in range(3):
                step u: {value: 1}
        for unknown: one in doc.parts:
            for inner: two in range(9):
                step v: {value: 1}
"""
    found = compile_file(SourceFile.of("x.ai", text), emits=False)
    assert not found.problems.has_errors, [p.message for p in found.problems]
    assert rounds_in(loop_sizes(found.plans["c"]), {"docs": [1, 2]}) == {
        "docs": 2,
        "docs.parts": 6,
        "docs.parts.words": 12,
    }
