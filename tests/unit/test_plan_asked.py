"""Whom a chain asks, how often, and for how much: the parts of plans by models."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

SPEC = """\
connection m:
    api: openai
    api_key: env("KEY")
    model: small
connection free:
    api: local
connector large:
    connection: m
    model: large
    prompt: "four letters a token"
    options: {max_tokens: 10}
connector spare:
    connection: m
    prompt: "four letters a token"
    options: {max_tokens: 10}
    retry: 0
chain inner:
    step one: {target: spare, retry: 3}
chain c:
    for docs: doc in payload.docs:
        step small:
            prompt: "four letters a token"
            connection: m
            options: {max_tokens: 10}
            retry: 1
    if payload.hard:
        step hard: {target: large, retry: 2, fallback: spare}
    else:
        step easy:
            kind: chain
            target: inner
    step told: {target: crm, retry: 4, fallback: [pager]}
    step noted: {prompt: "x", connection: free, when: payload.hard, retry: 0}
    on_error as error:
        step sorry: {target: large, retry: 0}
    finally:
        step bye: {target: crm}
"""
PRICES = """\
specs = ["chains"]
[prices.small]
input = 1_000_000
output = 2_000_000
[prices.large]
input = 10_000_000
output = 20_000_000
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    (tmp_path / "n3gen.toml").write_text(PRICES)
    return tmp_path


def asked(capsys: Output, *options: str) -> list[dict[str, object]]:
    words = ["chains/x.ai", "c", "--output-format", "json", *options]
    assert main(["plan", *words]) == 0
    (plan,) = json.loads(capsys.readouterr().out)
    found: list[dict[str, object]] = plan["price"]["asked"]
    return found


def test_calls_and_costs_of_each(capsys: Output) -> None:
    """A small call is 5 tokens and 10 of an answer: 25; a large one 250."""
    found = asked(capsys, "--items", "docs=3")
    names = [(one["model"], one["connection"], one["connector"]) for one in found]
    assert names == [
        ("small", "m", None),
        ("large", "m", None),
        (None, None, "crm"),
        (None, None, "pager"),
        (None, "free", None),
    ]
    assert [tuple(one["calls"].values()) for one in found] == [  # type: ignore[attr-defined]
        # At worst 2 for each item, and 4 in the branch that is the dearest for it.
        (0, 3, 6 + 4),
        # The dearer branch with its tries, and the clause for what fails behind it.
        (0, 1, 3 + 1),
        # Both `told` and `bye`, which always runs; the body may have failed before.
        (1, 2, 5 + 1),
        (0, 0, 1),
        (0, 1, 1),
    ]
    assert [tuple(one["cost"].values()) for one in found] == [  # type: ignore[attr-defined]
        (75, 250),
        (250, 1000),
        (None, None),
        (None, None),
        (0, 0),
    ]


def test_without_items_some_have_no_bound(capsys: Output) -> None:
    found = asked(capsys)
    small, large = found[:2]
    assert small["calls"] == {"least": 0, "expected": 1, "most": None}
    assert small["cost"] == {"expected": 25, "most": None}
    assert large["calls"] == {"least": 0, "expected": 1, "most": 4}


def test_the_parts_add_up_to_what_is_expected(capsys: Output) -> None:
    words = ["chains/x.ai", "c", "--output-format", "json", "--items", "4"]
    assert main(["plan", *words]) == 0
    (plan,) = json.loads(capsys.readouterr().out)
    price = plan["price"]
    calls = sum(one["calls"]["expected"] for one in price["asked"])
    cost = sum(one["cost"]["expected"] or 0 for one in price["asked"])
    assert (calls, cost) == (price["expected"]["calls"], price["expected"]["cost"])


def test_a_table_below_the_plan(capsys: Output) -> None:
    assert main(["plan", "chains/x.ai", "c", "--items", "docs=3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-7:] == [
        "",
        "  asked            at least  expected  at worst      cost   at worst",
        "  small of m              0         3        10   75.0000   250.0000",
        "  large of m              0         1         4  250.0000  1000.0000",
        "  connector crm           1         2         6         -          -",
        "  connector pager         0         0         1         -          -",
        "  free                    0         1         1    0.0000     0.0000",
    ]
    assert main(["plan", "chains/x.ai", "inner"]) == 0
    assert "asked" not in capsys.readouterr().out


def test_a_table_of_a_comment(capsys: Output) -> None:
    words = ["chains/x.ai", "--items", "3", "--output-format", "markdown"]
    assert main(["plan", *words]) == 0
    out = capsys.readouterr().out
    assert (
        "| Chain | Model | Calls at least | Calls | At worst | Cost | At worst |" in out
    )
    assert "| c | small of m | 0 | 3 | 10 | 75.0000 | 250.0000 |\n" in out
    assert "| inner | small" not in out
