"""What is said of inputs and messages that are not what they are to be."""

from __future__ import annotations

from typing import Any

import pytest

from tests.building import build
from tests.clock import run

TYPED = """
type T:
    label: one of [a, b]
chain c:
    input: {t: T, d: date, u: uuid}
    step s: {value: "{{ payload.d }}"}
"""
ASKED = """
connection ai:
    api: local
chain c:
    step s: {connection: ai, messages: "{{ payload }}"}
"""


def test_what_is_no_date_uuid_or_record() -> None:
    payload = {"t": None, "d": "no", "u": "no"}
    record = run(build(TYPED).run_chain("c", payload))
    assert record["error"] == (
        "Chain 'c' got a wrong payload: `t` must be T, not none; "
        "`d` must be date, not 'no'; `u` must be uuid, not 'no'"
    )


def test_what_does_not_fit_in_a_record() -> None:
    payload = {
        "t": {"label": "z"},
        "d": "2026-01-02",
        "u": "12345678-1234-5678-1234-567812345678",
    }
    record = run(build(TYPED).run_chain("c", payload))
    told = "Chain 'c' got a wrong payload: `t.label` must be 'a' or 'b'"
    assert record["error"] == told


@pytest.mark.parametrize(
    ("second", "told"),
    [
        ("hi", "message 2 must be a mapping with `role` and `content`"),
        ({}, "the `role` of message 2 must be `system`, `user` or `assistant`"),
        ({"role": "user"}, "the `content` of message 2 must be a text"),
    ],
)
def test_a_fault_in_messages_names_its_message(second: Any, told: str) -> None:
    first = {"role": "user", "content": "Hi"}
    record = run(build(ASKED).run_chain("c", [first, second]))
    assert f"ModelError: {told} (" in record["error"]
