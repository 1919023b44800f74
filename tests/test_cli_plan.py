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


def test_what_parallel_steps_need_is_told(root: Path, capsys: Output) -> None:
    steps = "".join(
        f"    step {name}:\n        parallel: true\n        value: 1\n" for name in "ab"
    )
    # A pool of rounds needs nothing, parallel steps do, in a body too.
    pool = "    for r: x in [1, 2] parallel 2:\n        step c:\n            value: 1\n"
    branch = "    if payload.x:\n" + steps.replace("    step", "        step").replace(
        "        parallel", "            parallel"
    ).replace("        value", "            value")
    text = f"chain flat:\n{steps}\nchain deep:\n{branch}\nchain pool:\n{pool}"
    (root / "chains/x.ai").write_text(text)

    def told(configured: str) -> list[bool]:
        (root / "n3gen.toml").write_text(configured)
        capsys.readouterr()
        assert plan() == 0
        lines = capsys.readouterr().out.splitlines()
        speeds = [line for line in lines if "ideal speed-up" in line]
        return [line.endswith("), with ENABLE_PARALLEL_STEPS=true") for line in speeds]

    assert told("") == [True, True, False]
    assert plan("--output-format", "json") == 0
    data = json.loads(capsys.readouterr().out)
    assert [one["enable_parallel_steps"] for one in data] == [False] * 3
    assert told("enable_parallel_steps = true") == [False] * 3


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


BRANCHES = """\
connection m:
    api: openai
    api_key: env("KEY")
    model: small
limit narrow: 1
chain cheap:
    if payload.x:
        for o: i in range(50):
            step a: {target: free}
    else:
        step z: {connection: m, prompt: "aaaa", options: {max_tokens: 1000}}
chain again:
    max_depth: 3
    step a: {connection: m, prompt: "aaaa", options: {max_tokens: 1000}, retry: 0}
    if payload.more:
        step r: {kind: chain, target: again}
    result: "{{ a }}"
chain unpriced:
    if payload.x:
        step a: {connection: m, model: n, prompt: "aaaa", options: {max_tokens: 2000}}
    else:
        step b: {connection: m, prompt: "aaaa", options: {max_tokens: 1000}}
chain queued:
    parallel o:
        step a: {target: f, limit: narrow, timeout: 5s}
        step b: {target: f, limit: narrow, timeout: 5s}
"""


@pytest.mark.parametrize(
    ("chain", "options", "fault"),
    [
        ("cheap", ("--max-calls", "50"), None),
        ("cheap", ("--max-calls", "49"), "makes 50 calls at worst, more than 49"),
        ("again", ("--max-calls", "3"), None),
        ("again", ("--max-calls", "2"), "makes 3 calls at worst, more than 2"),
        ("again", ("--max-cost", "0.005"), "costs 0.0120 at worst, more than 0.005"),
        ("unpriced", ("--max-cost", "9"), "has no cost, as there is no price for `n`"),
        ("queued", ("--max-time", "10s"), None),
        ("queued", ("--max-time", "9s"), "takes 10s at worst, more than 9s"),
    ],
)
def test_ceilings_of_what_is_the_worst_for_each(
    root: Path, chain: str, options: tuple[str, ...], fault: str | None, capsys: Output
) -> None:
    (root / "chains/x.ai").write_text(BRANCHES)
    words = ["plan", "chains/x.ai", chain, *options]
    assert main(words) == (fault is not None)
    wanted = "" if fault is None else f"error: chain `{chain}` {fault}\n"
    assert capsys.readouterr().err == wanted


def test_tokens_are_those_of_the_longest_branch(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text(BRANCHES)
    assert main(["plan", "chains/x.ai", "unpriced", "--output-format", "json"]) == 0
    (data,) = json.loads(capsys.readouterr().out)
    worst = data["price"]["at_worst"]
    assert (worst["tokens"], worst["unpriced"]) == (2001, ["n"])
    assert data["price"]["expected"]["unpriced"] == ["n"]


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


def test_what_has_no_price_is_not_free(root: Path, capsys: Output) -> None:
    (root / "n3gen.toml").unlink()
    plan("--items", "10", "--output-format", "markdown")
    shown = capsys.readouterr().out
    assert "| 3,892 | 7,432 | no price | no price |" in shown
    assert "There is no price for small." in shown
    plan("--items", "10")
    assert "about 3,892 tokens, no price for small" in capsys.readouterr().out


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


OTHER = """\
connection m:
    api: openai
    api_key: env("KEY")
    model: small
chain greet:
    timeout: 30
    step hello:
        prompt: "Hello {{ payload.name }}"
"""


@pytest.fixture
def two(root: Path) -> Path:
    """Add a file in a folder of its own, and one that has no chains."""
    (root / "chains/more").mkdir()
    (root / "chains/more/y.ai").write_text(OTHER)
    (root / "chains/shared.ai").write_text("type Pair:\n    left: int\n")
    return root


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("paths", "chains"),
    [
        ((), ["greet", "digest"]),
        (("chains",), ["greet", "digest"]),
        (("chains/more",), ["greet"]),
        (("chains/x.ai", "chains/more"), ["greet", "digest"]),
        (("chains/x.ai", "chains/more/y.ai", "greet"), ["greet"]),
        (("greet",), ["greet"]),
        (("chains/shared.ai",), []),
        (("chains/*.ai",), ["digest"]),
    ],
)
def test_files_and_folders(
    paths: tuple[str, ...], chains: list[str], capsys: Output
) -> None:
    assert main(["plan", *paths, "--output-format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["chain"] for one in found] == chains
    files = {"greet": "chains/more/y.ai", "digest": "chains/x.ai"}
    assert [one["file"] for one in found] == [files[name] for name in chains]


@pytest.mark.usefixtures("two")
def test_files_are_named_where_there_are_several(capsys: Output) -> None:
    assert main(["plan"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "chains/more/y.ai:"
    assert lines[lines.index("chains/x.ai:") - 1] == ""
    assert main(["plan", "chains/more"]) == 0
    assert capsys.readouterr().out.startswith("chain greet (")
    assert main(["plan", "chains", "--output-format", "markdown"]) == 0
    head, rule, *rows = capsys.readouterr().out.splitlines()[:4]
    assert head.startswith("| File | Chain | Calls |")
    assert rule.startswith("| --- | --- | ---: |")
    assert [row[:30] for row in rows] == [
        "| chains/more/y.ai | greet | 1",
        "| chains/x.ai | digest | 2 | 3",
    ]


@pytest.mark.usefixtures("two")
def test_ceilings_of_several_files_name_the_file(capsys: Output) -> None:
    assert main(["plan", "chains", "--items", "10", "--max-time", "45"]) == 1
    wanted = "chains/x.ai: chain `digest` takes 60s at worst, more than 45s"
    assert capsys.readouterr().err == f"error: {wanted}\n"


@pytest.mark.usefixtures("two")
def test_names_of_loops_and_calls_may_be_those_of_any_file(capsys: Output) -> None:
    options = ("--items", "docs=10", "--latency", "hello=3s", "--latency", "points=1s")
    assert main(["plan", "chains", *options, "--output-format", "json"]) == 0
    greet, digest = json.loads(capsys.readouterr().out)
    assert greet["price"]["expected"]["seconds"] == 3
    assert digest["price"]["expected"]["calls"] == 11
    assert main(["plan", "chains", "--items", "dcs=10"]) == 2
    assert "nothing is called `dcs`; did you mean `docs`?" in capsys.readouterr().err


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("paths", "error"),
    [
        (("gret",), "`gret` is no path and no chain; did you mean `greet`?"),
        (("chains", "gret"), "no chain `gret` in chains; did you mean `greet`?"),
        (("chains/x.ai", "digst"), "no chain `digst` in `chains/x.ai`; did you mean"),
        (("chains/z.ai",), "`chains/z.ai`"),
        (("chians/",), "`chians"),
    ],
)
def test_wrong_paths(paths: tuple[str, ...], error: str, capsys: Output) -> None:
    assert main(["plan", *paths]) == 2
    assert error in capsys.readouterr().err


@pytest.mark.usefixtures("two")
def test_what_has_no_chains_is_said(capsys: Output) -> None:
    assert main(["plan", "chains/shared.ai"]) == 0
    assert capsys.readouterr() == ("", "no file has a chain\n")
    assert main(["plan", "chains/shared.ai", "--max-calls", "3"]) == 1
    assert "error: no file has a chain whose bounds" in capsys.readouterr().err


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("bound", ["-1", "nan"])
def test_a_cost_that_bounds_nothing(bound: str, capsys: Output) -> None:
    assert main(["plan", "chains", "--max-cost", bound]) == 2
    assert "--max-cost" in capsys.readouterr().err


def test_a_chain_may_be_called_as_a_folder(two: Path, capsys: Output) -> None:
    (two / "digest").mkdir()
    assert main(["plan", "chains/x.ai", "digest"]) == 0
    assert capsys.readouterr().out.startswith("chain digest (")


def test_errors_of_one_file_leave_no_plan(two: Path, capsys: Output) -> None:
    (two / "chains/more/y.ai").write_text(OTHER.replace("payload", "paylod"))
    assert main(["plan", "chains"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "--> chains/more/y.ai:8:" in err
