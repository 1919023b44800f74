"""Runs that are killed at the boundaries of their steps, over all constructs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.durable.killing import SEEDS, killed_run, random_kills, written_module

CHAINS = {
    "sequence": """
        chain c:
            step one: {kind: python, target: "work:do"}
            step two: {kind: python, target: "work:do", options: {returns: [1, 2]}}
            step three: {kind: python, target: "work:do"}
            result: "{{ one }} {{ two }} {{ three }}"
        """,
    "distinct_branches": """
        chain c:
            parallel both:
                do left:
                    step a: {kind: python, target: "work:do", options: {takes: 0.05}}
                    step b: {kind: python, target: "work:do"}
                    step c: {kind: python, target: "work:do", options: {returns: "{{ a ~ b }}!"}}
                do right:
                    step d: {kind: python, target: "work:do"}
                    step e: {kind: python, target: "work:do", options: {takes: 0.05}}
                    step f: {kind: python, target: "work:do", options: {returns: "{{ d ~ e }}?"}}
            result: "{{ both }}"
        """,
    "equal_branches": """
        chain c:
            parallel both:
                do left:
                    step a: {kind: python, target: "work:do", options: {takes: 0.05, returns: l1}}
                    step b: {kind: python, target: "work:do", options: {returns: l2}}
                    step c: {kind: python, target: "work:do", options: {returns: "{{ a ~ b }}"}}
                do right:
                    step a: {kind: python, target: "work:do", options: {returns: r1}}
                    step b: {kind: python, target: "work:do", options: {takes: 0.05, returns: r2}}
                    step c: {kind: python, target: "work:do", options: {returns: "{{ a ~ b }}"}}
            result: "{{ both }}"
        """,
    "diamond": """
        chain c:
            schedule: dag
            step a: {kind: python, target: "work:do"}
            step b: {kind: python, target: "work:do", depends_on: [a], options: {takes: 0.05}}
            step c: {kind: python, target: "work:do", depends_on: [a]}
            step d: {kind: python, target: "work:do", options: {returns: "{{ b }}{{ c }}"}}
            result: "{{ d }}"
        """,
    "results": """
        chain c:
            for pool: n in [3, 1, 2] parallel 3:
                step found: {kind: python, target: "work:do", options: {takes: "{{ n / 20 }}", returns: "{{ n }}"}}
                step pause: {kind: python, target: "work:do", options: {takes: 0.2}}
                step read: {kind: python, target: "work:read_found"}
            step last: {kind: python, target: "work:read_found", depends_on: [pool]}
            result: ["{{ pool }}", "{{ last }}"]
        """,
    "loops": """
        chain c:
            for rounds: n in [1, 2, 3]:
                step first: {kind: python, target: "work:do", options: {returns: "{{ n * 10 }}"}}
                step second: {kind: python, target: "work:do", options: {returns: "{{ first + n }}"}}
            for pool: n in [1, 2, 3] parallel 3:
                step first: {kind: python, target: "work:do", options: {returns: "{{ n * 2 }}"}}
                step second: {kind: python, target: "work:do", options: {returns: "{{ first + 1 }}"}}
            while tries: attempt < 3 max 5:
                step attempt: {kind: python, target: "work:do", options: {returns: "{{ loop.index }}"}}
            result: {rounds: "{{ rounds }}", pool: "{{ pool }}", tries: "{{ tries }}"}
        """,
    "branches": """
        chain c:
            step kind: {kind: python, target: "work:do", options: {returns: b}}
            match answer: kind:
                case "a":
                    step one: {kind: python, target: "work:do"}
                case "b":
                    step two: {kind: python, target: "work:do"}
                    step three: {kind: python, target: "work:do"}
            if more: answer == "three":
                step four: {kind: python, target: "work:do"}
            else:
                step five: {kind: python, target: "work:do"}
            result: "{{ answer }} {{ more }}"
        """,
    "failures": """
        chain c:
            step shaky: {kind: python, target: "work:do", options: {fails: boom}, on_error: continue}
            step optional: {kind: python, target: "work:do", options: {fails: gone}, on_error: skip}
            do answer:
                step wrong: {kind: python, target: "work:do", options: {fails: wrong}}
                on_error as error:
                    step mended: {kind: python, target: "work:do", options: {returns: "{{ error.message }} {{ error.kind }}"}}
                finally:
                    step tidy: {kind: python, target: "work:do"}
            step after: {kind: python, target: "work:do"}
            result: "{{ shaky.message }} {{ optional is none }} {{ answer }} {{ after }}"
        """,
    "failing_sibling": """
        chain c:
            do both:
                parallel:
                    step slow: {kind: python, target: "work:do", options: {takes: 5}}
                    step bad: {kind: python, target: "work:do", options: {fails: boom, takes: 0.02}}
                on_error:
                    step mended: {kind: python, target: "work:do"}
            step after: {kind: python, target: "work:do"}
            result: "{{ both }} {{ after }}"
        """,
    "race": """
        chain c:
            race winner:
                do quick:
                    step q1: {kind: python, target: "work:do", options: {takes: 0.02}}
                    step q2: {kind: python, target: "work:do", options: {takes: 0.02}}
                do slow:
                    step s1: {kind: python, target: "work:do"}
                    step s2: {kind: python, target: "work:do", options: {takes: 3}}
            step after: {kind: python, target: "work:do", options: {returns: "{{ winner }} {{ winner.winner }}"}}
            step last: {kind: python, target: "work:do"}
            result: "{{ after }} {{ last }}"
        """,
    "within": """
        chain c:
            within late: 300ms:
                step slow: {kind: python, target: "work:do", options: {takes: 30}}
            else:
                step instead: {kind: python, target: "work:do"}
            within early: 60s:
                step fast: {kind: python, target: "work:do"}
            step after: {kind: python, target: "work:do"}
            result: "{{ late }} {{ early }} {{ after }}"
        """,
    "called": """
        chain inner:
            input: {n: int}
            step i1: {kind: python, target: "work:do", options: {returns: "{{ payload.n + 1 }}"}}
            step i2: {kind: python, target: "work:do", options: {returns: "{{ i1 * 2 }}"}}
        chain c:
            step outer: {kind: chain, target: inner, payload: {n: 4}}
            step again: {kind: chain, target: inner, payload: {n: 7}}
            step last: {kind: python, target: "work:do"}
            result: "{{ outer }} {{ again }} {{ last }}"
        """,
    "typed": """
        type Verdict:
            label: one of [good, bad]
            score: float
        chain c:
            step judged:
                kind: python
                target: "work:do"
                output: Verdict
                options: {returns: {label: good, score: 0.5}}
            step told: {kind: python, target: "work:do", options: {returns: "{{ judged.label }} {{ judged.score }}"}}
            step last: {kind: python, target: "work:do"}
            result: "{{ told }} {{ judged.label }}"
        """,
}

EXPECTED: dict[str, Any] = {
    "sequence": "one [1, 2] three",
    "distinct_branches": {"left": "ab!", "right": "de?"},
    "equal_branches": {"left": "l1l2", "right": "r1r2"},
    "diamond": "bc",
    "results": [[3, 1, 2], 2],
    "loops": {"rounds": [11, 22, 33], "pool": [3, 5, 7], "tries": 3},
    "branches": "three four",
    "failures": "ValueError: boom True ValueError: wrong error after",
    "failing_sibling": "mended after",
    "race": "q2 quick last",
    "within": "instead fast after",
    "called": "10 16 last",
    "typed": "good 0.5 good",
}


@pytest.mark.large
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CHAINS)
def test_a_killed_run_comes_to_the_same_and_repeats_nothing(
    name: str, seed: int, tmp_path: Path
) -> None:
    written_module(tmp_path, CHAINS[name])
    outcome = killed_run(tmp_path, random_kills(seed, 12))
    assert outcome.record["status"] == "ok", outcome.record["error"]
    assert outcome.record["result"] == EXPECTED[name]
    assert outcome.lives > 1
    outcome.check_nothing_ran_again()


@pytest.mark.large
@pytest.mark.parametrize("name", ["equal_branches", "loops", "failures", "race"])
def test_a_killed_run_goes_on_in_postgres(
    name: str, address: str, tmp_path: Path
) -> None:
    written_module(tmp_path, CHAINS[name])
    outcome = killed_run(
        tmp_path, random_kills(1, 6), environment={"N3GEN_RUNS": address}
    )
    assert outcome.record["result"] == EXPECTED[name]
    outcome.check_nothing_ran_again()
