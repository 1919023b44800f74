"""`n3gen simulate` from end to end: what it prints, and what is wrong on its command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from n3gen.cli import main

Output = pytest.CaptureFixture[str]

SPEC = """\
connection openai:
    api: openai
    api_key: env("OPENAI_API_KEY")
    model: gpt-4o-mini

limit db: 2

chain greet:
    input: {name: str}
    step visitor:
        target: name_finder
        limit: db
    step hello:
        prompt: "Greet {{ visitor }}, {{ payload.name }}"
"""
LATENCIES = ("--latency", "1s", "--latency", "openai=2s")


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAX_CONCURRENT_LLM_CALLS", raising=False)
    (tmp_path / "chains").mkdir()
    (tmp_path / "chains/x.ai").write_text(SPEC)
    return tmp_path


def simulate(*options: str) -> int:
    return main(["simulate", "chains/x.ai", *options])


def test_a_report(capsys: Output) -> None:
    assert simulate(*LATENCIES, "--runs", "4", "--arrivals", "all") == 0
    assert capsys.readouterr().out == """\
greet: 4 runs, all, seed 0

| Configuration  | Time | Speed-up | p50 | p95 | p99 | Runs/s | Queued | Bottleneck     |
| -------------- | ---: | -------: | --: | --: | --: | -----: | -----: | -------------- |
| Sequential     | 12 s |    1.00x |   - |   - |   - |      - |      - | -              |
| as in the spec |  4 s |    3.00x | 3 s | 4 s | 4 s |      1 | 500 ms | step hello 57% |

| Step    | Ran | Tries | Failed | p50 | p95 | p99 | Queued p95 | Waits for |
| ------- | --: | ----: | -----: | --: | --: | --: | ---------: | --------- |
| visitor |   4 |     4 |      0 | 1 s | 1 s | 1 s |        1 s | limit.db  |
| hello   |   4 |     4 |      0 | 2 s | 2 s | 2 s |        0 s | -         |

| Limit    | Most | In use | Waits | Mean wait | p95 | Queue |
| -------- | ---: | -----: | ----: | --------: | --: | ----- |
| llm      |   50 |   6.0% |     0 |       0 s | 0 s | 0     |
| limit.db |    2 |  50.0% |     2 |       1 s | 1 s | 0.5   |

Critical path of a run, in the mean:
   57%  step hello  2 s
   29%  step visitor  1 s
   14%  wait for limit.db  500 ms
"""


def test_the_slowest_run_of_each_setting_is_traced(root: Path, capsys: Output) -> None:
    load = (*LATENCIES, "--runs", "4", "--arrivals", "all", "--trace")
    assert simulate(*load, "run.json") == 0
    kept = json.loads((root / "run.json").read_text())["n3gen"]
    steps = kept["record"]["steps"]
    assert [(one["name"], one["queued_ms"], one["elapsed_ms"]) for one in steps] == [
        ("visitor", 1000, 1000),
        ("hello", 0, 2000),
    ]
    assert kept["limits"]["db"]["most"] == 2
    sweep = ("--sweep", "limit.db=1,2")
    assert simulate(*load, "run.html", *sweep) == 0
    page = (root / "run.html").read_text()
    assert '"title":"limit.db=1"' in page and '"title":"limit.db=2"' in page
    assert '"db":{"most":1,' in page
    capsys.readouterr()
    assert simulate(*load, "run.svg", *sweep) == 2
    told = capsys.readouterr()
    assert "only a page (`.html`) shows several runs" in told.err
    assert told.out == ""  # before anything is simulated
    assert simulate(*load, "run.txt") == 2
    assert "the name of a trace ends in" in capsys.readouterr().err


def test_no_limit_is_told_as_none(capsys: Output) -> None:
    options = (*LATENCIES, "--sweep", "limit.db=none,1", "--runs", "2")
    assert simulate(*options, "--output-format", "json") == 0
    told = json.loads(capsys.readouterr().out)["configurations"]
    assert [one["limits"]["limit.db"]["most"] for one in told] == [None, 1]
    assert simulate(*options) == 0
    assert "1,000,000,000" not in capsys.readouterr().out


def test_a_sweep_of_two_settings_has_each_with_each(capsys: Output) -> None:
    options = ("--sweep", "llm=1,none", "--sweep", "limit.db=1,2", "--runs", "2")
    assert simulate(*LATENCIES, *options) == 0
    lines = capsys.readouterr().out.splitlines()
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| llm")]
    assert rows == [
        "llm=1, limit.db=1",
        "llm=1, limit.db=2",
        "llm=none, limit.db=1",
        "llm=none, limit.db=2",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--latency", "helo=2s"],
            "--latency helo=2s: chain `greet` calls no `helo`; did you mean `hello`?",
        ),
        (
            ["--latency", "hello=2x"],
            "--latency hello=2x: ",
        ),
        (
            ["--latency", "soon"],
            "--latency soon: `soon` is no latency; a latency is a duration (`2s`), a "
            "range (`200ms..400ms`), a median with a 95th percentile "
            "(`300ms p95 900ms`), or a mean (`exponential 300ms`)",
        ),
        (
            ["--latency", "900ms p95 300ms"],
            "--latency 900ms p95 300ms: the 95th percentile is below the median, or the "
            "median is 0; write the median first: `300ms p95 900ms`",
        ),
        (
            ["--failure", "1%"],
            "--failure 1%: `1%` is no failure; write how often and in what: "
            "`1% timeout`, `0.5% 503 after 30s`",
        ),
        (
            ["--failure", "1% timeot"],
            "--failure 1% timeot: `timeot` is no kind of failure; did you mean "
            "`timeout`?",
        ),
        (
            ["--failure", "1% 200"],
            "--failure 1% 200: 200 is no status of a failure; it is from 400 to 599",
        ),
        (
            ["--failure", "60% 503, 60% timeout"],
            "--failure 60% 503, 60% timeout: more than 100% of the calls fail; lower the "
            "shares",
        ),
        (
            ["--arrivals", "often"],
            "--arrivals often: `often` does not say when runs begin; write `all`, "
            "`10 at once`, `every 50ms` or `poisson 20/s`",
        ),
        (
            ["--sweep", "limit.bd=1"],
            "--sweep limit.bd=1: `limit.bd` is nothing that can be varied; did you mean "
            "`limit.db`?",
        ),
        (
            ["--sweep", "rate.openai=60"],
            "--sweep rate.openai=60: connection `openai` has no `requests_per_minute` to "
            "vary; give it one in the spec",
        ),
        (
            ["--sweep", "llm=1,0"],
            "--sweep llm=1,0: `0` is neither a whole number from 1 nor `none`; write "
            "`llm=1,5,10`",
        ),
        (
            ["--sweep", "llm=1", "--sweep", "llm=2"],
            "--sweep llm=2: `llm` is varied twice",
        ),
        (["--calls", "no.yaml"], "there is no file `no.yaml`, which --calls names"),
        (["--rows", "no.jsonl"], "there is no file `no.jsonl`"),
        (["--recorded", "none"], "cannot read `none`: no such file or directory"),
        (
            ["--recorded", "chains"],
            "`chains` has no recording; make some by running with "
            "N3GEN_RECORD=chains",
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(
    options: list[str], message: str, capsys: Output
) -> None:
    assert simulate(*options) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"error: {message}")
    assert captured.err.count("\n") == 1


def test_a_file_of_calls_is_checked_at_its_places(root: Path, capsys: Output) -> None:
    (root / "calls.yaml").write_text(
        "hello: {latency: 2s, failur: 1% 503}\n"
        "visitor:\n    values: []\n    failure: 1% timeot\n"
        "guest: 1s\n"
    )
    assert simulate("--calls", "calls.yaml") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith(("error", "  -->"))] == [
        "error[N201]: what is known of `hello` has no key `failur`",
        "  --> calls.yaml:1:22",
        "error[N203]: `values` must be a list of values, not an empty list",
        "  --> calls.yaml:3:13",
        "error[N203]: `timeot` is no kind of failure",
        "  --> calls.yaml:4:14",
        "error[N201]: chain `greet` calls no `guest`",
        "  --> calls.yaml:5:1",
    ]


def test_options_change_what_a_file_says(root: Path, capsys: Output) -> None:
    (root / "calls.yaml").write_text('"*": 5s\nhello: {latency: 2s, value: Hi}\n')
    options = ("--calls", "calls.yaml", "--latency", "hello=1s", "--runs", "1")
    assert simulate(*options, "--output-format", "json") == 0
    (one,) = json.loads(capsys.readouterr().out)["configurations"]
    assert one["time"] == 6.0


def test_rows_are_payloads_over_and_over(root: Path, capsys: Output) -> None:
    (root / "rows.jsonl").write_text('{"name": "Ada"}\n{"nam": "Bob"}\n')
    options = ("--rows", "rows.jsonl", "--runs", "5", "--output-format", "json")
    assert simulate(*LATENCIES, *options) == 1
    captured = capsys.readouterr()
    (one,) = json.loads(captured.out)["configurations"]
    assert one["statuses"] == {"error": 2, "ok": 3}
    assert captured.err == (
        "2 runs failed by what was not simulated: where calls give what no expression can "
        "work with, say what they give with --calls; where a payload does not fit the "
        "chain, give payloads that do with --rows\n"
    )


def test_values_that_expressions_cannot_work_with_are_said(
    root: Path, capsys: Output
) -> None:
    (root / "chains/x.ai").write_text(
        'chain c:\n    step a: {target: f}\n    step b: {value: "{{ a.n + 1 }}"}\n'
    )
    (root / "calls.yaml").write_text("a: {latency: 1s, value: {n: one}}\n")
    assert simulate("--calls", "calls.yaml", "--runs", "2") == 1
    captured = capsys.readouterr()
    assert "runs ended: 2 error\n  2 x Step 'b' failed in `value`: " in captured.out
    assert "say what they give with --calls" in captured.err
    assert simulate("--latency", "1s", "--runs", "2") == 0


def test_a_spec_with_an_error_is_not_simulated(root: Path, capsys: Output) -> None:
    (root / "chains/x.ai").write_text(SPEC.replace("visitor }}", "visiter }}"))
    assert simulate() == 1
    assert "did you mean `visitor`?" in capsys.readouterr().err


def test_no_call_goes_out(root: Path, capsys: Output) -> None:
    """Neither a key, nor a network, nor a function is needed."""
    assert simulate(*LATENCIES, "--runs", "1") == 0
    assert capsys.readouterr().err == ""


ACTOR = """\
actor store:
    target: store:Store
    runs: {runs}
    scope: {scope}

chain c:
    input: {{all: list[int]}}
    for all: n in payload.all parallel:
        step kept:
            ask: store.put
            with: {{n: "{{{{ n }}}}"}}
            output: int
    step last:
        tell: store.put
        with: {{n: 0}}

test three of c:
    payload: {{all: [1, 2, 3]}}
"""


@pytest.mark.parametrize("runs", ["loop", "thread", "process"])
@pytest.mark.parametrize(("scope", "seconds"), [("run", 4.0), ("process", 8.0)])
def test_actors_are_simulated_one_message_at_a_time(
    runs: str, scope: str, seconds: float, root: Path, capsys: Output
) -> None:
    (root / "store.py").write_text("class Store:\n    put = print\n")
    (root / "chains/x.ai").write_text(ACTOR.format(runs=runs, scope=scope))
    names = ("--latency", "store.put=1s", "--runs", "2", "--arrivals", "all")
    assert simulate(*names, "--output-format", "json") == 0
    told = capsys.readouterr()
    assert told.err == ""  # where `print` would be
    assert json.loads(told.out)["configurations"][0]["time"] == seconds
    assert simulate("--latency", "other=1s") == 2
    assert "it calls `kept`, `last`, `store`, `store.put`" in capsys.readouterr().err


ROWS = {
    "rows.jsonl": '{"name": "a"}\n{"name": \n',
    "torn.csv": "name,more\na,b\nc\n",
    "semicolons.csv": "name;more\n",
    "list.json": '{"name": "a"}',
    "none.jsonl": "\n",
    "none.csv": "name\n",
    "row.jsonl": None,
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_that_cannot_be_read_are_said_as_tests_and_batches_say_it(
    name: str, root: Path, capsys: Output
) -> None:
    for file, text in ROWS.items():
        if text is not None:
            (root / "chains" / file).write_text(text)
    plain = 'chain c:\n    step a: {value: "{{ payload.name }}"}\n'
    tested = f"test t of c:\n    rows: {name}\n    payload: {{name: a}}\n"
    (root / "chains/x.ai").write_text(plain + tested)
    path = f"chains/{name}"
    assert simulate("--rows", path, "--runs", "2") == 2
    told = capsys.readouterr().err.removeprefix("error: ").rstrip("\n")
    place, is_placed, sentence = told.partition(": ") if ":" in told else ("", "", told)
    is_placed = is_placed and place.startswith(path)
    sentence = sentence if is_placed else told
    main(["batch", "chains/x.ai", "c", path, "--out", "out.jsonl"])
    assert told in capsys.readouterr().err
    assert main(["test", "chains/x.ai"]) == 1
    shown = capsys.readouterr().out.splitlines()
    assert shown[1] == f"  {sentence}"
    if is_placed:
        assert shown[2] == f"    --> {place}"
