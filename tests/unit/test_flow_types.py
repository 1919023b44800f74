"""Types that follow from the flow: of long chains of names, and in circles."""

from __future__ import annotations

from n3gen.compiler import compile_file
from n3gen.source import SourceFile


def codes(text: str) -> list[str]:
    found = compile_file(SourceFile.of("specs/x.ai", text), emits=False).problems
    return [f"{one.rule.code} {one.message}" for one in found]


def test_names_that_follow_from_many_others_have_a_type() -> None:
    steps = "".join(
        f'    step s{n}:\n        value: "{{{{ s{n - 1} }}}}"\n' for n in range(1, 200)
    )
    text = (
        "chain asks:\n    step call: {kind: chain, target: long, payload: {}}\n"
        '    step z: {value: "{{ call.x }} {{ call.y }}"}\n'
        f"chain long:\n    step s0: {{value: {{x: 1}}}}\n{steps}"
    )
    assert codes(text) == ["N509 `call` has no field `y`"]


def test_what_follows_from_the_steps_behind_it_is_open_from_some_depth_on() -> None:
    steps = "".join(
        f'    step s{n}: {{value: "{{{{ s{n + 1} }}}}"}}\n' for n in range(200)
    )
    text = (
        f"chain c:\n    schedule: dag\n{steps}    step s200: {{value: {{x: 1}}}}\n"
        '    result: ["{{ s0.y }}", "{{ s200.y }}"]\n'
    )
    assert codes(text) == ["N509 `s200` has no field `y`"]


def test_what_follows_from_itself_is_open() -> None:
    text = (
        "chain c:\n    input: {n: int}\n    max_depth: 3\n"
        '    step again: {kind: chain, target: c, payload: {n: 1}, when: "payload.n > 1"}\n'
        "    while rounds: s.n < 3 max 3:\n"
        '        step s: {value: {n: "{{ s.n | default(0) + 1 }}", m: "{{ s }}"}}\n'
        '    result: {one: "{{ (again | default({})).one.two }}", two: "{{ rounds.m.m.anything }}"}\n'
    )
    assert codes(text) == []
