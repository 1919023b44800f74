"""What the log has of payloads that do not fit: nothing that is in them."""

from __future__ import annotations

import asyncio

import pytest

from tests.building import build

SPEC = """
    type Person:
        born: date
    chain c:
        input:
            age: int
            born: date
            grade: int = 1
            tags: list[str] = []
            who: Person | none = none
            left: str
        step s: {value: "{{ payload.age }}"}
    """


def test_the_log_of_a_wrong_payload_quotes_nothing_of_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    payload = {
        "age": "my hunter2",
        "born": "hunter2",
        "grade": "hunter2",
        "tags": ["fine", {"hunter2": 1}],
        "who": {"born": "hunter2"},
        "mesage": "hunter2",
    }
    record = asyncio.run(build(SPEC).run_chain("c", payload))
    assert "`age` must be int, not str: 'my hunter2'" in record["error"]
    assert caplog.messages == [
        "Chain 'c' got a wrong payload: `age` must be int; `born` must be date; "
        "`grade` must be int; `tags` must be list[str]; `who` must be Person | none; "
        "`left` is missing (str); `mesage` is unknown"
    ]
    assert "hunter2" not in caplog.text
