"""Faults of YAML's text: the sentence says what is where it cannot be, and what to write."""

from __future__ import annotations

import pytest

from tests.compiling import problems_of

COLUMN = "begin all items of one list in the same column"


@pytest.mark.parametrize(
    ("below", "marked", "way_out"),
    [
        ("- name: a\n  value: 1\n - name: b\n   value: 2\n", "- name: b", COLUMN),
        ("    - name: a\n      value: 1\n  - name: b\n", "- name: b", COLUMN),
        (
            "  - name: a\n    prompt: Note: this\n",
            ": this",
            "put the text in quotes",
        ),
    ],
)
def test_a_fault_of_yaml_is_told_at_its_place(
    below: str, marked: str, way_out: str
) -> None:
    text = f"chain: c\nsteps:\n{below}"
    (problem,) = problems_of("x.yaml", text)
    assert (problem.rule.code, problem.help) == ("N119", way_out)
    assert text[problem.label.span.start :].startswith(marked)


def test_a_list_behind_its_key_is_sent_to_the_next_line() -> None:
    (problem,) = problems_of("x.yaml", "chain: c\nsteps: - name: a\n")
    assert problem.message == "a list cannot begin on the line of its key"
    assert problem.help == "begin its first item on the next line"
