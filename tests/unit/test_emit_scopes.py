"""Scopes that are all there is in another open beside it, as linters ask."""

from __future__ import annotations

import pytest

from tests.building import built_text

PAUSES = """
        step a:
            wait: 1s
            parallel: true
        step b:
            wait: 2s
            parallel: true
"""

BEHIND = """
        step c:
            wait: 3s
"""

ELSE = """
    else:
        step d:
            wait: 4s
"""

BEFORE = """
        step l:
            wait: 5s
            background: true
"""


@pytest.mark.parametrize(
    ("steps", "opened"),
    [
        (PAUSES, ["Within(run, 5, line=2), Group(run) as group"]),
        (PAUSES + BEHIND, ["Within(run, 5, line=2)", "Group(run) as group"]),
        (PAUSES + ELSE, ["TimeOrElse(5), Group(run) as group"]),
        (
            BEFORE + PAUSES,
            [
                "Within(run, 5, line=2), Background(run) as background",
                "Group(run) as group",
            ],
        ),
    ],
)
def test_a_scope_alone_in_another_opens_beside_it(
    steps: str, opened: list[str]
) -> None:
    body = built_text(f"chain main:\n    within 5s:{steps}    result: done\n")
    lines = [line.strip() for line in body.splitlines() if "Step(" not in line]
    own = [line for line in lines if line.startswith("async with ")]
    assert own[: len(opened)] == [f"async with {one}:" for one in opened]


ROUNDS = """
chain main:
    input: {n: int}
    for texts: x in [1, 2]:
        step a:
            wait: 1s
        result: "So {{ 'yes ' ~ payload.n if payload.n else 'no' }}"
    result: "{{ texts }}"
"""


def test_the_value_of_a_round_stands_in_no_parentheses_of_its_own() -> None:
    body = built_text(ROUNDS)
    assert "texts.append(" in body
    assert "texts.append((" not in body
    until = ROUNDS.replace("[1, 2]:", "[1, 2] parallel:\n        until: payload.n > x")
    body = built_text(until)
    assert "return Enough(" in body
    assert "return Enough((" not in body
