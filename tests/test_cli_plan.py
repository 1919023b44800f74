"""`n3gen plan` from end to end: what chains come to, and ceilings for CI."""

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
chain digest:
    timeout: 60
    for docs: doc in payload.docs parallel 2:
        step points:
            prompt: "The points of {{ doc }}"
            retry: 1
    step whole:
        prompt: "All of {{ docs }}"
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    prices = '[prices."small"]\ninput = 1.0\noutput = 4.0\n'
    (tmp_path / "n3gen.toml").write_text(f'specs = ["chains"]\n{prices}')
    return tmp_path


def plan(*options: str) -> int:
    return main(["plan", "chains/x.ai", *options])


def test_what_a_chain_comes_to(capsys: Output) -> None:
    assert plan("--items", "docs=10", "--latency", "2s") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-3:] == [
        "  calls           1 or more of models and connectors",
        "  expected        11 calls, about 3,892 tokens, cost 0.0121, 12s",
        "  at worst        21 calls, about 7,432 tokens, cost 0.0232",
    ]


def test_without_items_there_is_no_bound(capsys: Output) -> None:
    assert plan() == 0
    out = capsys.readouterr().out
    assert "  expected        2 calls, about 706+ tokens" in out
    assert "  at worst        3+ calls" in out


def test_data(capsys: Output) -> None:
    assert plan("--output-format", "json", "--latency", "2s") == 0
    (data,) = json.loads(capsys.readouterr().out)
    assert data["price"]["expected"]["calls"] == 2
    assert data["price"]["expected"]["seconds"] == 4
    assert data["price"]["at_worst"]["calls"] is None
    assert data["price"]["at_worst"]["seconds"] == 60


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (("--max-calls", "30"), None),
        (("--max-calls", "20"), "makes 21 calls at worst, more than 20"),
        (("--max-time", "1m"), None),
        (("--max-time", "60"), None),
        (("--max-time", "59.5"), "takes 60s at worst, more than 59.5s"),
        (("--max-time", "59s"), "takes 60s at worst, more than 59s"),
        (("--max-cost", "1"), None),
        (("--max-cost", "0.01"), "costs 0.0232 at worst, more than 0.01"),
    ],
)
def test_ceilings(options: tuple[str, ...], fault: str | None, capsys: Output) -> None:
    assert plan("--items", "docs=10", *options) == (fault is not None)
    wanted = "" if fault is None else f"error: chain `digest` {fault}\n"
    assert capsys.readouterr().err == wanted


def test_what_has_no_bound_is_above_any_ceiling(root: Path, capsys: Output) -> None:
    assert plan("--max-calls", "1000") == 1
    assert "has no bound of calls; say how many items" in capsys.readouterr().err
    (root / "n3gen.toml").unlink()
    assert plan("--items", "5", "--max-cost", "1000") == 1
    assert "no cost, as there is no price for `small`" in capsys.readouterr().err


def test_a_comment_for_a_pull_request(capsys: Output) -> None:
    options = ("--items", "10", "--max-calls", "20", "--output-format", "markdown")
    assert plan(*options) == 1
    assert capsys.readouterr().out == """\
| Chain | Calls | At worst | Tokens | At worst | Cost | At worst | Time at worst | Critical path |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
| digest | 11 | 21 | 3,892 | 7,432 | 0.0121 | 0.0232 | 60s | docs → docs/points → whole |

Tokens and costs are a guess: a token for four letters of a prompt, 100 for each value inserted, `max_tokens` or 250 for an answer.

- **chain `digest` makes 21 calls at worst, more than 20**
"""


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--items", "doc=3"), "nothing is called `doc`; did you mean `docs`?"),
        (("--items", "docs=x"), "this is not a number of items"),
        (
            ("--latency", "pints=2s"),
            "nothing is called `pints`; did you mean `points`?",
        ),
        (("--latency", "2x"), "--latency 2x: "),
        (("--max-time", "soon"), "--max-time soon: "),
        (("--max-calls", "-1"), "-1 is not in the range x>=0"),
    ],
)
def test_what_is_wrong(options: tuple[str, ...], error: str, capsys: Output) -> None:
    assert plan(*options) == 2
    assert error in capsys.readouterr().err
