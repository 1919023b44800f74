"""Blocks in blocks, deeper than Python lets statements be nested."""

from __future__ import annotations

import pytest

from tests.behaviour.test_flow import result_of
from tests.building import build

DEPTH = 14

WORDS = {
    "do": "do b{n}:",
    "if": "if b{n}: payload > {n}:",
    "match": "match b{n}: payload:",
    "within": "within b{n}: 5s:",
    "while": "while b{n}: payload > {n} max 1:",
    "for": "for b{n}: x{n} in [payload]:",
}


def nested(first: str, level: int, *, has_clauses: bool) -> list[str]:
    """Return the lines of blocks in each other, each with a step that runs beside it."""
    if level == DEPTH:
        return ["step last: {value: '{{ payload * 2 }}'}"]
    body = [
        f"step beside{level}: {{wait: 1, background: true}}",
        *nested(first, level + 1, has_clauses=has_clauses),
    ]
    if has_clauses:
        body += [
            "on_error as e:",
            f"    step spare{level}: {{value: '{{{{ e.kind }}}}'}}",
        ]
        body += ["finally:", f"    step tidy{level}: {{value: '{{{{ payload }}}}'}}"]
    indent = "    "
    if first == "match":
        body = [f"case {DEPTH}:", *(f"    {line}" for line in body)]
        indent = "    "
    return [
        WORDS[first].format(n=level),
        *(f"{indent}{line}" for line in body),
    ]


@pytest.mark.parametrize("has_clauses", [False, True])
@pytest.mark.parametrize("word", WORDS)
def test_a_value_comes_out_of_blocks_however_deep(word: str, has_clauses: bool) -> None:
    lines = nested(word, 0, has_clauses=has_clauses)
    text = ["chain c:", *(f"    {line}" for line in lines), '    result: "{{ b0 }}"']
    result = result_of(build("\n".join(text)), DEPTH)
    while isinstance(result, list):
        (result,) = result
    assert result == DEPTH * 2


def clauses(levels: int) -> list[str]:
    """Return a body that fails, whose clauses end in clauses of their own."""
    own = [f"step s{levels}: {{fail: no}}"]
    if not levels:
        return ["step last: {value: '{{ payload * 2 }}'}"]
    return [*own, "on_error:", *(f"    {line}" for line in clauses(levels - 1))]


def clauses_of_steps(levels: int) -> list[str]:
    """Return a step that fails, whose clause has a step with a clause, and so on."""
    if not levels:
        return ["step last: {value: '{{ e1.message * payload }}', background: true}"]
    inner = clauses_of_steps(levels - 1)
    return [
        f"step s{levels}:",
        f"    fail: n{levels}",
        f"    on_error as e{levels}:",
        *(f"        {line}" for line in inner),
        "        finally:",
        f"            step tidy{levels}: {{value: '{{{{ e{levels}.kind }}}}'}}",
    ]


@pytest.mark.parametrize("levels", range(1, 8))
def test_clauses_end_clauses_however_deep_they_stand(levels: int) -> None:
    inner = [*clauses(levels)]
    body = [
        "step first: {fail: no}",
        "on_error:",
        "    do b:",
        "        within w: 5s:",
        *(f"            {line}" for line in inner),
        "        on_error:",
        "            step other: {value: 1}",
    ]
    text = ["chain c:", *(f"    {line}" for line in body)]
    assert result_of(build("\n".join(text)), 4) == 8


@pytest.mark.parametrize("levels", range(5, 16))
def test_clauses_of_a_chain_end_clauses_however_many(levels: int) -> None:
    text = ["chain c:", *(f"    {line}" for line in clauses(levels))]
    assert result_of(build("\n".join(text)), 4) == 8


@pytest.mark.parametrize("levels", range(1, 8))
def test_clauses_of_steps_end_clauses_however_many(levels: int) -> None:
    text = ["chain c:", *(f"    {line}" for line in clauses_of_steps(levels))]
    assert result_of(build("\n".join(text)), 2) == "n1n1"
