"""Specs with a declared type `R` at many places, and what changes of them break."""

from __future__ import annotations

from tests.offers import changes, offer

__all__ = ["PLACES", "found", "given", "spec"]

PLACES = (
    *("R", "R?", "list[R]", "dict[str, R]", "R | int", "Box", "Box?"),
    *("list[dict[str, R?]]", "dict[one of [k, l], list[R]]"),
)

CHAIN = """\
connection openai: {{api: openai, api_key: env("KEY"), model: m}}

type R:
    a: {{type: "{type}", {keys}}}
    b: {b}
    kind: {kind}
    {more}

type Box:
    r: list[R]

chain c:
    input:
        {fields}
    step t: {{prompt: "Hi"}}
    step x:
        target: desk
        output: {output}
        {when}
    step y: {{target: desk}}
    {result}
"""

FULL = {
    "type": "int",
    "keys": "max: 9",
    "b": 'str = ""',
    "kind": "one of [x, y] = x",
    "more": "next: R?",
    "fields": 'r: "R"',
    "output": "R",
    "when": "",
    "result": 'result: "{{ x }}"',
}


def spec(**parts: str) -> str:
    return CHAIN.format_map(FULL | parts)


def found(before: str, after: str) -> list[str]:
    lines = [
        f"{one.rule.code} {one.message}"
        for one in changes(*map(offer, (before, after)))
    ]
    return [line for line in lines if not line.startswith("N805")]


def given(place: str, **parts: str) -> str:
    """A spec that has `R` at a place of its input, and no result of it."""
    return spec(**{"fields": f'r: "{place}"', "result": "", **parts})
