"""Cases that Python takes for one another: truths and numbers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.test_flow import result_of
from tests.building import build

CASES = """
    chain c:
        match which: payload.x:
            case 1, 0:
                step number: {value: "number"}
            case true:
                step yes: {value: "yes"}
            case false, 2.5:
                step no: {value: "no"}
            else:
                step other: {value: "other"}
        result: "{{ which }}"
"""


@pytest.mark.parametrize(
    ("given", "found"),
    [
        *((1, "number"), (1.0, "number"), (0, "number"), (True, "yes"), (False, "no")),
        *((2.5, "no"), (2, "other"), ("1", "other"), (None, "other")),
    ],
)
def test_a_truth_is_no_number(given: Any, found: str) -> None:
    assert result_of(build(CASES), {"x": given}) == found


def test_a_case_may_be_for_both() -> None:
    module = build("""
        chain c:
            match which: payload.x:
                case 1, true:
                    step both: {value: "both"}
                case 0:
                    step zero: {value: "zero"}
            result: "{{ which | default('none') }}"
    """)
    found = [result_of(module, {"x": x}) for x in (1, True, 1.0, 0, False)]
    assert found == ["both", "both", "both", "zero", "none"]


def test_a_declared_number_needs_no_guard() -> None:
    module = build("""
        chain c:
            input: {x: int}
            match which: payload.x:
                case 1:
                    step one: {value: "one"}
                else:
                    step other: {value: "other"}
            result: "{{ which }}"
    """)
    assert result_of(module, {"x": 1}) == "one"
