"""The name that was meant."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from n3gen.diagnostics import nearest, suggest


@pytest.mark.parametrize(
    ("name", "candidates", "meant"),
    [
        ("sumary", ["news", "summary"], "summary"),
        ("tragte", ["timeout", "target"], "target"),
        ("ab", ["ba", "abc"], "abc"),
        ("Kind", ["kin", "kind"], "kind"),
        ("STRASSE", ["straße", "strass"], "straße"),
        ("dependsOn", ["description", "depends_on"], "depends_on"),
        ("first_name", ["last_name", "name_first"], "name_first"),
        ("timeout_seconds", ["retry", "timeout"], "timeout"),
        ("a", ["b"], None),
        ("kind", ["kind"], None),
        ("weather", ["retry", "cache"], None),
        ("", ["a"], None),
        ("x", [], None),
    ],
)
def test_nearest(name: str, candidates: list[str], meant: str | None) -> None:
    assert nearest(name, candidates) == meant


def test_the_closer_one_wins_over_the_earlier_one() -> None:
    assert nearest("summry", ["summary_x", "summary"]) == "summary"


def test_two_names_with_all_the_words_are_no_suggestion() -> None:
    assert nearest("timeout_seconds", ["timeout"]) == "timeout"
    assert nearest("timeout_seconds", ["timeout", "seconds"]) is None


def test_the_order_of_the_candidates_does_not_matter() -> None:
    names = ["step_a", "step_b", "step_c"]
    assert nearest("step_x", names) == nearest("step_x", names[::-1]) == "step_a"


def test_a_huge_set_gives_one_answer() -> None:
    names = [f"step_{n:05}" for n in range(3_000)]
    found = {nearest("stpe_00007", set(names[n:] + names[:n])) for n in range(3)}
    assert found == {"step_00007"}


def test_huge_input_is_bounded_work() -> None:
    names = [f"{'x' * 60}{n}" for n in range(20_000)]
    started = time.process_time()
    assert nearest("y" * 1_000_000, names) is None
    assert nearest("x" * 60, (name for name in names)) is not None
    assert time.process_time() - started < 2


@settings(max_examples=60)
@given(st.text(max_size=12), st.lists(st.text(max_size=12), max_size=8))
def test_the_answer_is_another_of_the_candidates(name: str, names: list[str]) -> None:
    found = nearest(name, names)
    assert found is None or (found in names and found != name)


@settings(max_examples=60)
@given(st.text("abcdefgh", min_size=6, max_size=20), st.integers(0, 18))
def test_a_swap_of_two_letters_is_mended(name: str, at: int) -> None:
    at = min(at, len(name) - 2)
    typed = name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    assert nearest(typed, ["12345678", name]) == (name if typed != name else None)


def edits(left: str, right: str) -> int:
    """Count the edits between two texts by the whole table, as a textbook does."""
    table = {(i, 0): i for i in range(len(left) + 1)}
    table |= {(0, j): j for j in range(len(right) + 1)}
    for i, a in enumerate(left, start=1):
        for j, b in enumerate(right, start=1):
            replaced = table[i - 1, j - 1] + (a != b)
            found = min(table[i - 1, j] + 1, table[i, j - 1] + 1, replaced)
            if i > 1 and j > 1 and (a, left[i - 2]) == (right[j - 2], b):
                found = min(found, table[i - 2, j - 2] + 1)
            table[i, j] = found
    return table[len(left), len(right)]


@given(st.text("abc", max_size=9), st.text("abc", max_size=9), st.integers(1, 5))
def test_edits_are_counted_up_to_a_bound(left: str, right: str, bound: int) -> None:
    expected = edits(left, right)
    found = suggest._distance(left, right, bound)
    assert found == (expected if expected <= bound else None)


def test_the_nearest_of_many_names_is_found() -> None:
    names = [f"connector_number_{number}" for number in range(400)]
    assert nearest("conector_nummber_217", names) == "connector_number_217"
