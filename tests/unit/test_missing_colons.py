"""First lines without their colon: one message, at the place where it is missing."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of

STEP = "\n        step a:\n            value: 1\n"

BARE_NAMES = ["do", "do d", "parallel", "parallel p", "race", "race r"]
REST_BEHIND_NAMES = [
    "within z: 5s",
    "for parts: doc in payload.docs",
    "for parts: doc in payload.docs parallel 3",
    "for parts: doc in payload.docs parallel  # all at once",
    "race r: 2 of",
    "while w: draft < 3 max 5",
    "if z: payload.x",
    "match m: payload.x",
]
WITHOUT_NAMES = [
    "within 5s",
    "for doc in payload.docs",
    "race 2 of",
    "while draft < 3 max 5",
    "if payload.x",
    "on_error",
    "on_error [timeout] as e",
    "finally",
    "else",
    "match payload.x",
]


@pytest.mark.parametrize("line", BARE_NAMES + REST_BEHIND_NAMES + WITHOUT_NAMES)
def test_a_first_line_without_its_colon_is_told_once(line: str) -> None:
    before = "    if payload.y:" + STEP if line == "else" else "    step x:\n"
    body = "\n        case 1:\n            step a:\n                value: 1\n"
    text = f"chain c:\n{before}    {line}{body if 'match' in line else STEP}"
    (problem,) = problems_of("x.ai", text)
    assert problem.rule.code == "N110"
    word = line.split()[0]
    assert problem.message == f"the first line of this `{word}` does not end in `:`"
    first = f"    {line.partition('  #')[0]}"
    assert problem.label.span.start == text.index(first) + len(first)


@pytest.mark.parametrize(
    "line",
    [
        "chain d",
        "connection d",
        "connector d",
        "type d",
        "actor d",
        "pipeline d",
        "test d of c",
    ],
)
def test_a_definition_without_its_colon_is_told_once(line: str) -> None:
    text = f"{line}\n    api: local\n"
    codes = [problem.rule.code for problem in problems_of("x.ai", text)]
    assert codes[0] == "N110"
    assert "N112" not in codes


@pytest.mark.parametrize(
    ("line", "way_out"),
    [
        ("limit db 5", "write `limit db: 5`"),
        ("limit lock 4 within db", "write `limit lock: 4 within db`"),
        ("channel q 5", "write `channel q: 5`"),
        ("state s int = 0", "write `state s: int = 0`"),
        ("state s str", "write `state s: str`"),
        (
            "connection m api: local",
            "write `connection m:`, and `api: local` on the next line, indented",
        ),
        (
            "chain c:\n    step a value: 1",
            "write `step a:`, and `value: 1` on the next line, indented",
        ),
        ("chain c:\n    dag", "write `schedule: dag`"),
        ("chain c:\n    schedule dag", "write `schedule: dag`"),
        ("chain c:\n    step a:\n        wait 5s", "write `wait: 5s`"),
    ],
)
def test_what_stands_behind_the_missing_colon_is_shown_behind_it(
    line: str, way_out: str
) -> None:
    (problem,) = problems_of("x.ai", line + "\n")
    assert (problem.rule.code, problem.help) == ("N110", way_out)


@pytest.mark.parametrize(
    ("line", "way_out"),
    [
        ("for parts doc in payload.docs:", "for parts: doc in payload.docs:"),
        ("for parts: doc of payload.docs:", "for parts: doc in payload.docs:"),
        ("for (const doc of payload.docs):", "for doc in payload.docs:"),
    ],
)
def test_a_loop_of_another_form_is_shown_as_it_is_written(
    line: str, way_out: str
) -> None:
    (problem,) = problems_of("x.ai", f"chain c:\n    {line}{STEP}")
    assert (problem.rule.code, problem.help) == ("N113", f"write `{way_out}`")


def test_text_behind_a_first_line_that_is_whole_is_no_part_of_it() -> None:
    text = "chain c:\n    if done: payload.x\n    step a:\n        value: 1\n"
    (problem,) = problems_of("x.ai", text)
    assert problem.rule.code == "N106"
