"""Keys without a value, items and kinds of errors in the wrong place: one message each."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of

STEP_KEYS = (
    "timeout retry depends_on when limit priority output on_error on_skip cache "
    "fallback parallel background description"
)


def told(path: str, text: str) -> list[tuple[str, str]]:
    return [(one.rule.code, one.help or "") for one in problems_of(path, text)]


@pytest.mark.parametrize("key", STEP_KEYS.split())
def test_a_key_of_a_step_without_a_value_is_told(key: str) -> None:
    in_ai = f"chain c:\n    step a:\n        target: t\n        {key}:\n"
    in_yaml = f"chain: c\nsteps:\n  - name: a\n    target: t\n    {key}:\n"
    for path, text in (("x.ai", in_ai), ("x.yaml", in_yaml)):
        (problem,) = problems_of(path, text)
        assert problem.rule.code == "N202"
        assert problem.message == f"`{key}` has no value"
        assert (problem.help or "").endswith(" behind its `:`, or remove the key")
        span = problem.label.span
        assert text[span.start : span.end] == key


@pytest.mark.parametrize("key", ["timeout", "budget", "max_parallel", "schedule"])
def test_a_key_of_a_chain_without_a_value_is_told(key: str) -> None:
    in_ai = f"chain c:\n    {key}:\n    step a:\n        value: 1\n"
    in_yaml = f"chain: c\n{key}:\nsteps:\n  - {{name: a, value: 1}}\n"
    assert [code for code, _ in told("x.ai", in_ai)] == ["N202"]
    assert [code for code, _ in told("x.yaml", in_yaml)] == ["N202"]


@pytest.mark.parametrize(
    "block",
    [
        "for: d\n    in:",
        "for:\n    in: payload.d",
        "if:",
        "while:\n    max: 3",
        "while: payload.x\n    max:",
        "within:",
        "race:",
        "match:",
    ],
)
def test_a_first_key_without_a_value_is_told_once(block: str) -> None:
    body = "    steps:\n      - {name: a, target: t}\n"
    if block.startswith("if"):
        body = body.replace("steps", "then")
    if block.startswith("match"):
        body = "    cases:\n      - case: 1\n        steps: [{name: a, target: t}]\n"
    text = f"chain: c\nsteps:\n  - {block}\n{body}"
    assert [code for code, _ in told("x.yaml", text)] == ["N202"]


def test_a_null_that_is_written_says_that_there_is_none() -> None:
    step = '{"name": "a", "target": "t", "retry": null, "timeout": null}'
    assert not told("x.json", f'{{"chain": "c", "timeout": null, "steps": [{step}]}}')


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("for: d\n    items: payload.d", ("N201", "did you mean `in`?")),
        ("for: d\n    of: payload.d", ("N201", "did you mean `in`?")),
        ("for: d", ("N202", "add an expression")),
        ('for: d\n    in: ""', ("N202", "write an expression behind its `:`")),
        (
            "for: d in payload.d",
            ("N202", "write `for: d` and `in: payload.d`"),
        ),
        (
            "for: payload.d\n    as: d",
            ("N202", "write `for: d` and `in: payload.d`"),
        ),
        ("for: [1, 2]", ("N202", "write `for: item` and `in: [...]`")),
        (
            "parallel:",
            ("N201", "remove this line: the steps go below `parallel:` itself"),
        ),
    ],
)
def test_what_a_block_of_steps_lacks_is_told_once(
    entry: str, expected: tuple[str, str]
) -> None:
    text = (
        f"chain: c\nsteps:\n  - {entry}\n    steps:\n      - {{name: a, target: t}}\n"
    )
    assert told("x.yaml", text) == [expected]


KINDS = "[timeout, 404]"
CLAUSE = f"write `on_error {KINDS}:`"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (f"on_error {KINDS}", ("N110", "add a `:` here")),
        (
            f"on_error: {KINDS}",
            ("N207", f"{CLAUSE}, and steps that run instead below"),
        ),
        (
            f"on_error: {KINDS}\n            step y:\n                value: 1",
            ("N113", CLAUSE),
        ),
        (
            "on_error: timeout",
            ("N207", "write `on_error [timeout]:`, and steps that run instead below"),
        ),
        (
            f"on_error {KINDS}: continue",
            ("N106", "write the steps that run instead on the next lines, indented"),
        ),
        (f"on_error {KINDS}:", ("N212", "add a step")),
    ],
)
def test_kinds_of_errors_on_a_step_are_told_once(
    lines: str, expected: tuple[str, str]
) -> None:
    text = f"chain c:\n    step x:\n        target: t\n        {lines}\n"
    assert told("x.ai", text) == [expected]


@pytest.mark.parametrize(
    "more", ["", "    steps:\n      - {name: y, value: 1}\n    as: e\n"]
)
def test_kinds_of_errors_on_a_step_in_yaml_are_told_once(more: str) -> None:
    text = (
        f"chain: c\nsteps:\n  - name: x\n    target: t\n    on_error: {KINDS}\n{more}"
    )
    way_out = f"write `on_error: [{{on_error: {KINDS}, steps: [...]}}]`"
    assert told("x.yaml", text) == [("N207", way_out)]


@pytest.mark.parametrize("block", ["for d in payload.d:", "parallel:"])
def test_kinds_of_errors_on_a_block_are_told_once(block: str) -> None:
    steps = "".join(f"        step {n}:\n            target: t\n" for n in "xy")
    text = f"chain c:\n    {block}\n        on_error: {KINDS}\n{steps}"
    way_out = f"{CLAUSE} behind its steps, and steps that run instead below"
    assert told("x.ai", text) == [("N207", way_out)]
