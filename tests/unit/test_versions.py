"""What changes the version of a chain, and of its steps, and what can be mended."""

from __future__ import annotations

from textwrap import dedent

import pytest
from n3gen.compiler import compile_file
from n3gen.semantics.digests import LEFT_OUT
from n3gen.semantics.versions import Versions
from n3gen.source import SourceFile
from n3gen.spec.blocks import BLOCKS
from n3gen.spec.entries import TRIES, Step
from n3gen.spec.json_schema import RECORDS
from n3gen.spec.steps import KINDS

MENDABLE = {
    "chain": "description timeout max_parallel max_depth budget",
    "pipeline": "description timeout max_parallel budget",
    "connection": "description api_key timeout rate_limit retry idempotency_header",
    "connector": "description timeout retry limit",
    "actor": "runs mailbox",
    "step": "description timeout retry limit priority",
    **dict.fromkeys(BLOCKS, "description"),
    **dict.fromkeys(("finally", "on_error"), ""),
    "stage": "description timeout retry limit priority buffer",
    "cache": "ttl path",
    "field": "description",  # but of a declared type, which a model reads
}
"""The keys of each construct that say how work is done, or what for."""

PART = {
    "chain": "schedule input steps result",
    "pipeline": "stages result",
    "field": "type default alias min max min_length max_length pattern",
    "stage": "name kind when output options on_error finally input stream parallel steps "
    "ask target with cancel payload fallback cache executor remember emit fail method "
    "url headers json query prompt system messages images files embed tools rounds model "
    "connection send value state key set update append merge delete stop tell wait "
    "count default",
    "fallback": "connector on",
    "cache": "key",
    "message": "role content images files",
    "tool": "name target description",
    "named_tool": "target description",
    "connection": "api base_url model headers query structured_output method path body "
    "answer latency answers endpoint",
    "answer": "contains answer",
    "connector": "prompt system messages images files embed tools rounds model "
    "connection options output fallback cache on_error",
    "state": "type default scope by keep",
    "actor": "target with scope restart",
    "join": "any count of ended",
    "elif": "if then",
    "case": "case steps",
    "step": "name kind parallel background depends_on when output options on_error "
    "finally on_skip fallback cache",
    "do": "do name result background parallel",
    "finally": "finally",
    "for": "for in steps name result background parallel key on_error until batch tolerate",
    "if": "if then elif else name result background parallel",
    "match": "match cases else name result background parallel",
    "on_error": "on_error as steps",
    "parallel": "parallel on_error name result background",
    "race": "race steps stagger name background parallel",
    "while": "while max steps name result background parallel",
    "within": "within steps else name result background parallel",
    "ask": "ask target with",
    "cancel": "cancel target",
    "connector step": "target with executor remember",
    "chain step": "target payload",
    "emit": "emit",
    "fail": "fail",
    "http": "method url headers json query",
    "llm": "prompt system messages images files embed tools rounds model connection "
    "remember",
    "python": "target with executor",
    "send": "send target value",
    "state step": "state target key set update append merge delete",
    "stop": "stop",
    "tell": "tell target with",
    "value": "value",
    "wait": "wait target ask key count default",
}
"""The keys that results may depend on."""

ELSEWHERE = {"retry", "timeouts", "rate_limit", "budget", "limit", "channel"}
"""Constructs that can all be mended: each stands under a key that says how."""

OF_TESTS = {"test", "expect", "expected_step", "expected_score", "mock"}


def tables() -> dict[str, set[str]]:
    """The names of all keys by their construct."""
    found = {one.name: one.keys for one in RECORDS}
    found |= {word: form.KEYS for word, form in BLOCKS.items() if word != "stage"}
    found["step"] = (*Step.COMMON, *TRIES)
    common = {key.name for key in TRIES}
    for kind, form in KINDS.items():
        own = tuple(key for key in form.KEYS if key.name not in common)
        if own:
            found[f"{kind} step" if kind in found else kind] = own
    return {
        name: {key.name for key in keys}
        for name, keys in found.items()
        if name not in ELSEWHERE | OF_TESTS
    }


def test_it_is_decided_of_each_key_whether_results_depend_on_it() -> None:
    decided = {
        name: {*PART.get(name, "").split(), *MENDABLE.get(name, "").split()}
        for name in (*PART, *MENDABLE)
    }
    assert decided == tables()


def test_what_is_left_out_is_what_can_be_mended() -> None:
    mendable = {key for keys in MENDABLE.values() for key in keys.split()}
    part = {key for keys in PART.values() for key in keys.split()}
    by_case = {"parallel", "depends_on", "cache", "description"}
    assert LEFT_OUT & part <= by_case
    of_chains = {"max_parallel", "max_depth", "budget"}  # whose nodes are not written
    of_limits = {"limit", "ttl", "path"}  # under `limits`, `limited` and `cache`
    assert mendable - of_chains - of_limits <= LEFT_OUT


def versions(text: str) -> tuple[str, dict[str, str]]:
    """The version of the chain `c`, and those of its steps."""
    source = SourceFile.of("specs/x.ai", dedent(text))
    found = compile_file(source, emits=False)
    assert found.spec is not None, [one.message for one in found.problems]
    assert not any(one.severity == "error" for one in found.problems)
    chain = next(one for one in found.spec.chains if one.name == "c")
    known = Versions(found.spec)
    return known.whole(chain), known.of(chain, lambda step: 0)


CALL = """
    type Word:
        text: {type: str, description: "a word"}
        n: int = 1
    state seen: int = 0
    connection m:
        api: local
    connector other:
        prompt: "{{ payload.x }}"
    chain c:
        input:
            x: int
            word: Word
        step a: {kind: python, target: "fns:f", with: {x: 1}, retry: 1}
        step b: {prompt: "hi", depends_on: [a], cache: {ttl: 60, path: "a.db"}}
        step d:
            prompt: "ho"
            output: Word
        for f: i in [1, 2]:
            tolerate: 2
            until: i > 3
            step z: {kind: python, target: "fns:f", with: {x: "{{ i }}"}}
        parallel both:
            step p: {value: 1}
            step q: {value: "{{ f }}"}
        if state.seen > 2:
            step w: {value: 1}
"""


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("retry: 1}", "retry: 1, on_error: continue}"),
        ("retry: 1}", "retry: 1, on_error: skip}"),
        ("depends_on: [a]", "depends_on: [a], on_skip: skip"),
        ("tolerate: 2", "tolerate: 0"),
        ("tolerate: 2", "tolerate: 10%"),
        ("tolerate: 2", "on_error: continue"),
        ("until: i > 3", "until: i > 1"),
        ("            until: i > 3\n", ""),
        ("parallel both:\n", "parallel both:\n            on_error: continue\n"),
        ("n: int = 1", "n: int = 2"),
        ('description: "a word"', 'description: "a long word"'),
        ("seen: int = 0", "seen: int = 3"),
        ("{ttl: 60,", '{key: "k", ttl: 60,'),
        ("x: int\n", "x: int = 1\n"),
        ("step w: {value: 1}", 'step w: {value: 1}\n        result: "{{ both }}"'),
        ('prompt: "hi",', 'prompt: "hi", fallback: other,'),
        (
            "step w: {value: 1}",
            "step w: {value: 1}\n        on_error [timeout]:\n            step e: {value: 2}",
        ),
    ],
)
def test_the_version_of_a_chain_changes_with_what_it_comes_to(
    before: str, after: str
) -> None:
    assert before in CALL
    assert versions(CALL)[0] != versions(CALL.replace(before, after))[0]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("retry: 1", "retry: 4"),
        ("retry: 1", "timeout: 3s"),
        ("retry: 1", "priority: 2"),
        ("retry: 1", 'description: "calls"'),
        ("ttl: 60", "ttl: 90"),
        (', cache: {ttl: 60, path: "a.db"}', ""),
        (', depends_on: [a], cache: {ttl: 60, path: "a.db"}', ""),
        ("api: local", "api: local\n        timeout: 3s"),
        ("chain c:\n", "chain c:\n        max_parallel: 3\n        timeout: 3s\n"),
        ("i in [1, 2]:", "i in [1, 2] parallel 2:"),
    ],
)
def test_the_version_of_a_chain_is_that_of_one_that_is_mended(
    before: str, after: str
) -> None:
    assert before in CALL
    assert versions(CALL) == versions(CALL.replace(before, after))


def test_the_order_is_part_of_a_result_that_is_the_last_batch() -> None:
    text = """
        chain c:
            step a: {value: 1}
            step b: {value: 2, parallel: false}
            step e: {value: 3, parallel: true}
    """
    other = text.replace("parallel: false", "parallel: true")
    assert versions(text)[0] != versions(other)[0]
    with_result = '{value: 3, parallel: true}\n            result: "{{ b }}"'
    text, other = (
        one.replace("{value: 3, parallel: true}", with_result) for one in (text, other)
    )
    assert versions(text) == versions(other)


def test_what_becomes_of_a_failed_step_is_no_part_of_its_own_version() -> None:
    text = CALL.replace("retry: 1}", "retry: 1, on_error: continue}")
    assert versions(CALL)[1] == versions(text)[1]


@pytest.mark.parametrize("of", ["any: [a, b]", "any: [a]", "count: 2, of: [a, b]"])
def test_a_join_is_part_of_the_version_of_its_step(of: str) -> None:
    text = """
        chain c:
            step a: {kind: connector, target: x, parallel: true}
            step b: {kind: connector, target: y, parallel: true}
            step e: {value: "{{ a }}", depends_on: {any: [b, a]}}
    """
    other = text.replace("any: [b, a]", of)
    assert versions(text)[1]["e"] != versions(other)[1]["e"]


def test_a_step_changes_with_what_becomes_of_the_steps_inside() -> None:
    text = """
        chain c:
            step call: {kind: chain, target: inner}
        chain inner:
            step a: {kind: python, target: "fns:f", with: {x: 1}}
            step b: {value: 2}
    """
    other = text.replace("{x: 1}}", "{x: 1}, on_error: continue}")
    (whole, steps), (whole_too, steps_too) = versions(text), versions(other)
    assert steps["call"] != steps_too["call"]
    assert whole != whole_too
    pipeline = """
        pipeline c:
            stage one(n: int) -> int:
                step a: {kind: python, target: "fns:f", with: {x: 1}, output: int}
    """
    other = pipeline.replace("{x: 1},", "{x: 1}, on_error: skip,")
    assert versions(pipeline)[1]["one"] != versions(other)[1]["one"]
