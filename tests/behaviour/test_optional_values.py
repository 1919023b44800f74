"""A value of an optional type that is none is missing for `default`, wherever it is from."""

from __future__ import annotations

import pytest

from tests.building import build
from tests.clock import run

SPEC = """
state kept: int?

chain inner:
    input: {n: int?}
    step found: {target: find, output: int?}
    result: "{{ found }}"

chain values:
    input: {n: int?, all: "list[int?]", more: "list[int]?"}
    step typed: {target: find, output: int?}
    step stored: {state: kept, set: "{{ payload.n }}"}
    step left: {state: kept}
    step copied: {value: "{{ payload.n }}"}
    step called: {kind: chain, target: inner, payload: {n: 1}}
    step many: {target: list, output: "list[int]?"}
    step asked:
        wait: answer
        output: int?
        timeout: 1
        default: null
    race first:
        step quick: {target: find, output: int?}
        step slow: {target: late, output: int?}
    for rounds: n in payload.all:
        step line: {value: "{{ n | default(7) }}"}
    for items: n in many | default([7]):
        step item: {value: "{{ n }}"}
    result:
        typed: "{{ typed | default(7) }}"
        state: "{{ state.kept | default(7) }}"
        stored: "{{ stored | default(7) }}"
        left: "{{ left | default(7) }}"
        copied: "{{ copied | default(7) }}"
        called: "{{ called | default(7) }}"
        asked: "{{ asked | default(7) }}"
        first: "{{ first | default(7) }}"
        sum: "{{ (typed | default(6)) + 1 }}"
        text: "{{ 'is ' ~ (typed | default(7)) }}"
        rounds: "{{ rounds[0] }}"
        items: "{{ items[0] }}"
        payload: "{{ payload.n | default(7) }}"
        defined: "{{ typed is defined or first is defined or state.kept is defined }}"

pipeline staged:
    stage one(n: int) -> int?:
        target: find
    stage two(m: int?) -> int:
        value: "{{ m | default(7) }}"
"""


@pytest.mark.parametrize("found", [None, 3])
def test_default_takes_none_of_an_optional_type_as_missing(found: int | None) -> None:
    given = {
        "find": lambda ctx: found,
        "late": lambda ctx: found,
        "list": lambda ctx: None if found is None else [found],
    }
    module = build(SPEC)
    payload = {"n": found, "all": [found], "more": None}
    record = run(module.run_chain("values", payload, connectors=given))
    value = 7 if found is None else found
    is_given = found is not None
    names = "typed state stored left copied called first rounds items payload"
    expected = dict.fromkeys(names.split(), value) | {
        "asked": 7,
        "sum": (6 if found is None else found) + 1,
        "text": f"is {value}",
        "defined": is_given,
    }
    assert record["error"] is None
    assert record["result"] == expected
    staged = run(module.run_chain("staged", {"n": 1}, connectors=given))
    assert (staged["error"], staged["result"]) == (None, value)


def test_types_that_are_optional_twice_are_one() -> None:
    module = build("""
        pipeline staged:
            stage load(folder: str) -> list[str]:
                target: many
                stream: true
            stage known(doc: str) -> str?:
                target: word
                when: doc != "b"
            stage all(words: list[str | none]) -> str:
                target: joined
        """)
    given = {
        "many": lambda ctx: ["a", "b"],
        "word": lambda ctx: "word",
        "joined": lambda ctx: "joined",
    }
    record = run(module.run_chain("staged", {"folder": "x"}, connectors=given))
    assert (record["error"], record["result"]) == (None, "joined")
