"""A field of a type that was not given is missing for `default`, however it is reached."""

from __future__ import annotations

import pytest

from tests.building import build
from tests.clock import run

SPEC = """
type Person:
    name: str
    age: int?

state found: Person?

chain ages:
    input: {one: Person, all: "list[Person]"}
    step typed: {target: find, output: Person}
    step kept: {state: found, set: {name: Eve}}
    step left: {state: found}
    step passed: {value: "{{ typed }}"}
    step untyped: {target: find}
    for rounds: person in payload.all:
        step line: {value: "{{ person.age | default('?') }}"}
    parallel beside:
        step member: {target: find, output: Person}
    race first:
        step quick: {target: find, output: Person}
        step slow: {target: late, output: Person}
    if chosen: payload.one.name == "Ada":
        step taken: {target: find, output: Person}
    result:
        typed: "{{ typed.age | default('?') }}"
        payload: "{{ payload.one.age | default('?') }}"
        kept: "{{ kept.age | default('?') }}"
        left: "{{ left.age | default('?') }}"
        state: "{{ state.found.age | default('?') }}"
        passed: "{{ passed.age | default('?') }}"
        rounds: "{{ rounds }}"
        beside: "{{ beside.member.age | default('?') }}"
        first: "{{ first.age | default('?') }}"
        chosen: "{{ chosen.age | default('?') }}"
        at: "{{ payload.all[0].age | default('?') }}"
        filtered: "{{ (payload.all | first).age | default('?') }}"
        mapped: "{{ payload.all | map(attribute='age', default='?') | list }}"
        lazily: "{{ (payload.all | first).age | default(left.age | default('?')) }}"
        defined: "{{ left.age is defined or (payload.all | first).age is defined }}"
        sum: "{{ (left.age | default(1)) + 1 }}"
        untyped: "{{ untyped.age | default('?') }}"
        read: "{{ [left.age, payload.all[0].age] }}"
"""


@pytest.mark.parametrize("age", [None, 36])
def test_default_takes_a_field_that_was_not_given_as_missing(age: int | None) -> None:
    person = {"name": "Ada", "age": age}
    payload = {"one": person, "all": [person]}
    given = {"find": lambda ctx: person, "late": lambda ctx: person}
    record = run(build(SPEC).run_chain("ages", payload, connectors=given))
    assert record["status"] == "ok", record["error"]
    found = record["result"]
    either = "?" if age is None else age
    of_eve = {"kept": "?", "left": "?", "state": "?", "sum": 2}
    assert found == {
        **dict.fromkeys(("typed", "payload", "passed", "beside", "first"), either),
        **dict.fromkeys(("chosen", "at", "filtered", "lazily", "untyped"), either),
        "rounds": [either],
        "mapped": [either],
        "defined": age is not None,
        "read": [None, age],
        **of_eve,
    }
