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


ANYWHERE = """
type Item: {n: int?}
state counts: dict[str, int]
state opt: int?

chain values:
    input:
        some: list[int?]
        named: dict[str, int?]
        all: list[Item]
        open: any
        rows: list[dict[str, any]]
    step untyped: {target: find}
    step counted: {state: counts, key: k, update: "{{ (value | default(6)) + 1 }}"}
    step opted: {state: opt, update: "{{ (value | default(6)) + 1 }}"}
    step failing: {target: fail, on_error: continue}
    parallel beside:
        on_error: continue
        step p: {target: fail}
    for tried: i in [1]:
        on_error: continue
        step q: {target: fail}
    do cleared:
        step r: {target: fail}
        on_error as e:
            step s: {value: "{{ (e.status | default(6)) + 1 }}"}
    for rounds: one in untyped.list:
        step round: {value: "{{ one | default(7) }}"}
    result:
        item: "{{ payload.some[0] | default(7) }}"
        last: "{{ payload.some[-1] | default(7) }}"
        picked: "{{ payload.some | first | default(7) }}"
        key: "{{ payload.named.x | default(7) }}"
        got: "{{ payload.named.get('zz') | default(7) }}"
        computed: "{{ payload.named[payload.open.key] | default(7) }}"
        mapped: "{{ payload.all | map(attribute='n') | first | default(7) }}"
        each: "{{ payload.some | map('default', 7) | first }}"
        rows: "{{ payload.rows | map(attribute='kind', default=7) | first }}"
        choice: "{{ (none if payload.some else 1) | default(7) }}"
        open: "{{ payload.open.x | default(7) }}"
        untyped: "{{ untyped.none | default(7) }}"
        lazy: "{{ payload.some[0] | default(untyped.none | default(7)) }}"
        text: "{{ payload.some[0] | default('seven') }} of {{ untyped.none | default(7) }}"
        error: "{{ steps.failing.error.status | default(7) }}"
        kept: "{{ failing.status | default(7) }}"
        beside: "{{ beside.p.status | default(7) }}"
        tried: "{{ tried[0].status | default(7) }}"
        local: "{% for one in payload.some %}{{ one | default(7) }}{% endfor %}"
        counted: "{{ counted }}"
        opted: "{{ opted }}"
        cleared: "{{ cleared }}"
        rounds: "{{ rounds[0] }}"
        defined: "{{ [payload.some[0] is defined, untyped.none is defined] }}"
        falsy: "{{ [payload.open.zero | default(7), untyped.empty | default('x')] }}"
"""


def test_default_takes_none_as_missing_wherever_it_comes_from() -> None:
    def fail(ctx: object) -> None:
        raise ValueError("no")

    def find(ctx: object) -> object:
        return {"none": None, "list": [None], "empty": ""}

    payload = {
        "some": [None],
        "named": {"x": None},
        "all": [{"n": None}],
        "open": {"x": None, "key": "x", "zero": 0},
        "rows": [{"kind": None}],
    }
    record = run(
        build(ANYWHERE).run_chain(
            "values", payload, connectors={"find": find, "fail": fail}
        )
    )
    assert record["error"] is None
    sevens = (
        "item last picked key got computed mapped each rows choice open untyped lazy "
        "error kept beside tried counted opted cleared rounds"
    )
    assert record["result"] == dict.fromkeys(sevens.split(), 7) | {
        "text": "seven of 7",
        "local": "7",
        "defined": [False, False],
        "falsy": [0, ""],
    }
