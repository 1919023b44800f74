"""What black is shown in the place of a definition: short, and no less than it needs."""

from __future__ import annotations

import pytest
from n3gen.emit.examples import example_of

KEPT = [
    "x = 'single'",
    'x = "say \\"hi\\""',
    'x = "漢字"',
    "x = 1  # why",
    "x = 1; y = 2",
    'x = """text"""',
    '"a docstring"',
    f'x = call("{"word " * 16}")',
    "x = call(\n    first,\n    second,\n)",
]


@pytest.mark.parametrize("statement", KEPT)
def test_what_black_decides_by_its_text_is_kept(statement: str) -> None:
    assert example_of(f"{statement}\n") == f"{statement}\n"


def test_short_statements_lose_their_names_and_texts() -> None:
    text = 'async def _draft(run: Run):\n    first = call(run, f"{x} 17", line=104)\n'
    short = 'async def a(a: a):\n    a = a(a, "-", a=1)\n'
    assert example_of(text) == short


def test_two_of_many_branches_alike_are_shown() -> None:
    cases = (
        f'        case "c{n}":\n            s{n} = call({n})\n' for n in range(500)
    )
    text = "def f(x):\n    match x:\n" + "".join(cases) + "    return None\n"
    branch = '        case "-":\n            a = a(1)\n'
    assert example_of(text) == (
        "def a(a):\n    match a:\n" + 2 * branch + "    return None\n"
    )


def test_a_branch_unlike_its_neighbours_is_shown() -> None:
    text = "".join(
        f"{word} x == {n}:\n    y = call({n}{more})\n"
        for n, (word, more) in enumerate(
            [("if", ""), ("elif", ""), ("elif", ", a"), ("elif", ""), ("elif", "")]
        )
    )
    assert example_of(text).count(", a") == 1
    assert example_of(text).count("elif") == 4
