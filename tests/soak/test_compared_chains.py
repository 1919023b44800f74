"""Chains of which a module and the interpreter of the tests have told different things."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import yaml
from n3gen.compiler import Options, compile_file

from tests.building import module_from, process_is_fresh, whole_support
from tests.soak.fuzz_runs import spelled
from tests.soak.hurried import hurried
from tests.soak.seen_runs import Given, expected_of, seen_of

CHAINS = {
    "a step behind one that has failed, in a round behind one in which it has not": (
        """
        c:
          steps:
            - name: b1
              while: 1 > 0
              max: 3
              steps:
                - name: s2
                  target: work
                  options:
                    seconds: 1
                    give: "{{ loop.index }}"
                    fails: "{{ 'error' if loop.index == 2 else none }}"
                - name: s3
                  depends_on: {ended: [s2]}
                  value: "{{ s2 | default('none', true) }}"
                - {name: s4, value: "{{ loop.index }}"}
                - name: s5
                  depends_on: {ended: [s2]}
                  value: "{{ s4 | default('none', true) }}"
        """,
        9,
    ),
    "a called chain that is late, and no time for another try": (
        """
        sub:
          steps:
            - within: 2
              steps: [{name: s1, target: work, options: {seconds: 3}}]
        c:
          steps:
            - name: s2
              kind: chain
              target: sub
              payload: {}
              retry: {max: 1, delay: 3, jitter: false}
              on_error: continue
        """,
        4,
    ),
    "a called chain whose race is lost, and no time for another try": (
        """
        sub:
          steps:
            - name: b1
              race: 1
              steps: [{name: s1, target: work, options: {seconds: 2, fails: error}}]
        c:
          steps:
            - name: s2
              kind: chain
              target: sub
              payload: {}
              retry: {max: 1, delay: 3, jitter: false}
        """,
        4,
    ),
    "a failure in the background of a body that is being cut off": (
        """
        c:
          steps:
            - name: s1
              background: true
              target: work
              options: {seconds: 3, fails: error}
            - {name: s2, target: work, options: {seconds: 9, lingers: 4}}
        """,
        2,
    ),
    "a step in the background that asks for a permit before the next step": (
        """
        limits: {lock: 1}
        chains:
          c:
            steps:
              - name: s1
                background: true
                target: work
                limit: lock
                options: {seconds: 3}
              - {name: s2, target: work, limit: lock, options: {seconds: 1}}
        """,
        9,
    ),
    "a clause that reads a block whose background has failed": (
        """
        c:
          steps:
            - name: b1
              do:
                - name: s1
                  background: true
                  target: work
                  options: {seconds: 5, fails: error}
                - {name: s2, target: work, options: {seconds: 2, give: 4}}
            - on_error: any
              steps: [{name: t1, value: "{{ b1 | default('none', true) }}"}]
        """,
        9,
    ),
    "a block needed of which a value alone was not skipped": (
        """
        c:
          steps:
            - name: b1
              do:
                - {name: s1, value: "{{ 1 + 1 }}"}
                - {name: s2, target: work, when: "1 > 2"}
            - {name: s3, target: work, depends_on: [b1], on_skip: skip}
        """,
        9,
    ),
    "a step needed that has the name of one that the caller has skipped": (
        """
        sub:
          steps:
            - {name: s3, value: "{{ 1 + 1 }}"}
            - {name: s4, target: work, depends_on: [s3], on_skip: skip}
        c:
          steps:
            - if: 1 == 1
              then: [{name: s6, target: work, options: {seconds: 1}}]
              else: [{name: s3, target: work, options: {seconds: 1}}]
            - {name: s8, kind: chain, target: sub, payload: {}}
        """,
        9,
    ),
    "a try that fails past the deadline, as what runs last waits for its step": (
        """
        c:
          steps:
            - name: s1
              background: true
              target: work
              timeout: 5
              retry: {max: 1, delay: 2, jitter: false}
              options: {seconds: 7}
            - name: b1
              do:
                - {name: s2, target: work, options: {seconds: 9}}
                - finally:
                    - name: s3
                      target: work
                      options:
                        seconds: 1
                        read: "{{ s1 | default('none', true) }}"
        """,
        3,
    ),
    "a source of items that fails with a status": (
        """
        c:
          steps:
            - name: b1
              on_error: continue
              parallel:
                - name: b2
                  for: i
                  in: >-
                    stream("tests.reference.callables:items", step="f1", seconds=[1, 1],
                    gives=[4, 1], fails="429")
                  steps: [{name: s1, value: "{{ i }}"}]
        """,
        9,
    ),
    "a text with an expression that fails": (
        """
        c:
          steps:
            - {name: s1, target: work, when: "1 > 2"}
          result: "{{ s1 + 1 }} or so"
        """,
        9,
    ),
}


@pytest.fixture(scope="module")
def package() -> Iterator[str]:
    with process_is_fresh(), whole_support() as package, hurried():
        yield package


@pytest.mark.parametrize("what", CHAINS)
def test_a_module_runs_as_the_interpreter_does(what: str, package: str) -> None:
    text, timeout = CHAINS[what]
    data = yaml.safe_load(text)
    data = {"chains": data} if "chains" not in data else data
    compilation = compile_file(spelled(data, is_ai=True), Options(runtime="shared"))
    assert compilation.body is not None, compilation.problems
    module = module_from(compilation.body, package)
    for parallel in (True, False):
        given = Given({}, parallel, permits=50, timeout=timeout)
        seen, expected = seen_of(module, given), expected_of(data, given)
        assert not seen.difference(expected), seen.difference(expected)
