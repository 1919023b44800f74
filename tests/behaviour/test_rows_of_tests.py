"""Tests with rows: what each row fills in, what is scored, and what is said of data."""

from __future__ import annotations

import gc
import json
import os
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest
from n3gen.project.config import find_config
from n3gen.project.row_reader import LONGEST_ROW
from n3gen.project.row_runs import RowRuns
from n3gen.project.testing import CaseRun, find_tests, run_tests
from n3gen.source import SourceFile
from n3gen.syntax import read_document
from n3gen.syntax.yaml_print import print_yaml

Outcome = Callable[..., CaseRun]

CHAIN = """\
chain c:
    input: {text: str}
    step mood:
        target: finder
        timeout: 10s
        retry: {max: 2, delay: 1s, jitter: false}
    step region:
        value: "{{ env.REGION }}"
    result: {mood: "{{ mood }}", region: "{{ region }}", text: "{{ payload.text }}"}

"""


@pytest.fixture(params=["ai", "yaml"])
def outcome(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Outcome:
    """Runs the only test of a spec, in either spelling, beside files of data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ENABLE_PARALLEL_STEPS", raising=False)
    monkeypatch.setenv("REGION", "none")
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.delitem(sys.modules, "row_functions", raising=False)

    def run(text: str, functions: str = "", **files: str | bytes) -> CaseRun:
        (tmp_path / "chains").mkdir(exist_ok=True)
        (tmp_path / "row_functions.py").write_text(dedent(functions))
        for name, data in files.items():
            data = data.encode() if isinstance(data, str) else data
            (tmp_path / "chains" / name.replace("_", ".")).write_bytes(data)
        text = CHAIN + dedent(text)
        if request.param == "yaml":
            document, problems = read_document(SourceFile.of("spec.ai", text))
            assert document is not None and not problems
            text = print_yaml(document.data)
        (tmp_path / f"chains/spec.{request.param}").write_text(text)
        config = find_config()
        suite = find_tests(config)
        assert [problem.message for problem in suite.problems] == []
        (found,) = run_tests(config, suite.cases)
        return found

    return run


def rows_of(run: CaseRun) -> RowRuns:
    assert run.rows is not None
    return run.rows


def failures(run: CaseRun) -> dict[int, list[str]]:
    """The messages of the rows that failed, by their numbers."""
    return {n: [f.message for f in fs] for n, fs in rows_of(run).failed.items()}


def messages(run: CaseRun) -> list[str]:
    return [fault.message for fault in run.faults]


def text_at(run: CaseRun, number: int, index: int = 0) -> str:
    """The text in the spec under the caret of a row's fault."""
    label = run.case.label(rows_of(run).failed[number][index])
    return label.file.text[label.span.start : label.span.end]


def jsonl(*rows: object) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


FILLED = """
    test t of c:
        rows: cases.jsonl
        payload: {text: "{{ row.text | upper }}!"}
        env: {REGION: "{{ row.region }}"}
        mock:
            mood: {delay: "{{ row.delay }}", value: "{{ row.mood }}"}
        expect:
            result: {mood: "{{ row.mood }}", region: "{{ row.region }}", text: "{{ row.want }}"}
            elapsed_above: "{{ row.above }}"
            steps: {mood: "{{ row.status }}"}
    """


def test_a_row_fills_in_every_part_and_keeps_types(outcome: Outcome) -> None:
    first = {"text": "a", "region": "north", "delay": "2s", "mood": {"n": [1, None]}}
    second = {"text": "b", "region": "", "delay": 0, "mood": 1.5}
    run = outcome(
        FILLED.replace(', region: "{{ row.region }}", text', ", text").replace(
            'result: {mood: "{{ row.mood }}", text: "{{ row.want }}"}',
            'result: {mood: "{{ row.mood }}", region: "{{ row.seen }}", text: "{{ row.want }}"}',
        ),
        cases_jsonl=jsonl(
            {**first, "seen": "north", "want": "A!", "above": 1.9, "status": "ok"},
            {**second, "region": "x", "seen": "x", "want": "B!", "above": None}
            | {"status": {"attempts": 1}},
        ),
    )
    assert failures(run) == {} and messages(run) == []
    assert run.passed and run.elapsed == 2.0
    assert list(rows_of(run).seconds) == [2.0, 0.0]
    assert list(rows_of(run).lines) == [1, 2]


def test_env_of_a_row_is_set_and_unset_and_put_back(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows: [{is: north}, {is: 5}, {is: ""}]
            payload: {text: a}
            env: {REGION: "{{ row.is }}"}
            mock: {mood: 1}
            expect: {result: {mood: 1, text: a, region: "{{ row.is | string }}"}}
        """)
    assert [*failures(run)] == [3]
    assert "environment variable `REGION`" in failures(run)[3][0]
    assert os.environ["REGION"] == "none"


FED = """
    channel notes: 3
    chain reads:
        for taken: note in channel notes:
            step noted: {value: "{{ note }}"}
        result: "{{ taken }}"

    test t of reads:
        rows: [{notes: [a, 4], one: b, wanted: [a, 4]}, {notes: [], one: 5, wanted: []}]
        send: {notes: ITEMS}
        expect: {result: RESULT}
        score: {count: result | length}
    """


@pytest.mark.parametrize(
    ("items", "result"),
    [
        ("[a, b]", "[a, b]"),
        ('"{{ row.notes }}"', '"{{ row.wanted }}"'),
        ('[{n: "{{ row.one }}"}, "{{ row.one }}"]',) * 2,
    ],
)
def test_each_row_feeds_the_channels(items: str, result: str, outcome: Outcome) -> None:
    run = outcome(FED.replace("ITEMS", items).replace("RESULT", result))
    assert run.passed, [failures(run), messages(run)]
    assert len(rows_of(run).scores["count"].values) == 2


def test_a_row_without_items_for_a_channel_is_told_at_its_place(
    outcome: Outcome,
) -> None:
    run = outcome(FED.replace("ITEMS", '"{{ row.one }}"').replace("RESULT", "[]"))
    assert failures(run) == {
        1: ["`notes` must be a list of items, not a text"],
        2: ["`notes` must be a list of items, not a number"],
    }
    assert text_at(run, 1) == '"{{ row.one }}"'


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ("[[1, 2], [1, 2, 3], []]", True),
        ("[[1, 2], [1, 2, 3, 4]]", False),
        ("[[1, 2, 3, 4], [1]]", False),
        ("[[1], [0]]", False),
        ("[[]]", False),
    ],
)
def test_a_mock_of_a_round_that_no_row_has_is_told(
    rows: str, told: bool, outcome: Outcome
) -> None:
    """A row that fails might have come to it, and so might a loop that does not run."""
    run = outcome(f"""
        chain rounds:
            input: {{xs: "list[int]"}}
            for each: x in payload.xs:
                if x == 0:
                    step no_number: {{fail: "it is 0"}}
                step look: {{target: finder}}

        test t of rounds:
            rows: {rows}
            payload: {{xs: "{{{{ row }}}}"}}
            mock: {{look: 1, "each[3].look": 9}}
        """)
    wanted = ["no round `each[3]` ran in any row"] if told else []
    assert messages(run) == wanted


def test_errors_of_mocks_come_from_rows(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows:
                - {error: 503, times: 1, status: ok, attempts: 2, said: null}
                - {error: timeout, times: 9, status: error, attempts: 3, said: timeout}
                - {error: boom, times: 9, status: error, attempts: 1, said: boom}
            payload: {text: a}
            mock:
                mood: {error: "{{ row.error }}", times: "{{ row.times }}", value: calm}
            expect:
                status: "{{ row.status }}"
                error: "{{ row.said }}"
                steps: {mood: {attempts: "{{ row.attempts }}"}}
        """)
    assert messages(run) == []
    assert 1 not in failures(run)
    assert run.elapsed is not None and run.elapsed >= 1


def test_a_whole_part_may_be_of_the_row(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows: [{payload: {text: a}, mood: {error: boom}, out: {x: 1}}]
            payload: "{{ row.payload }}"
            mock: {mood: "{{ row.mood }}"}
            expect: {error: boom}
        """)
    assert failures(run) == {}


def test_texts_of_rows_are_data(outcome: Outcome) -> None:
    """An expression that a row has is a text, and so is a name of Python's."""
    odd = "{{ 1 + 1 }} {% if %} \\u0027'''\" __import__('os')"
    run = outcome(
        """
        test t of c:
            rows: cases.jsonl
            payload: {text: "{{ row.text }}"}
            mock: {mood: "{{ row.text }}"}
            expect: {result: {mood: "{{ row.text }}", region: none, text: "{{ row.text }}"}}
        """,
        cases_jsonl=jsonl({"text": odd}),
    )
    assert failures(run) == {}


SCORED = """
    test t of c:
        rows: cases.jsonl
        payload: {text: a}
        mock: {mood: {delay: 1s, value: "{{ row.got }}"}}
        score:
            ok: "{{ result.mood == row.want }}"
            length: result.mood | length
            quick: "{{ run.metadata.elapsed_ms <= 1000 and run.steps[0].status == 'ok' }}"
        expect:
            ok: {BOUNDS}
    """


def scored(outcome: Outcome, bounds: str, *right: bool) -> CaseRun:
    rows = ({"got": "x" * n, "want": "x" * n if r else ""} for n, r in enumerate(right))
    return outcome(SCORED.replace("BOUNDS", bounds), cases_jsonl=jsonl(*rows))


def test_scores_are_compared_over_all_rows(outcome: Outcome) -> None:
    run = scored(outcome, "mean_above: 0.7, mean_below: 0.8", True, False, True, True)
    assert messages(run) == [] and failures(run) == {}
    scores = rows_of(run).scores
    assert scores["ok"].figures() == {"mean": 0.75, "min": 0.0, "max": 1.0}
    assert list(scores["length"].values) == [0.0, 1.0, 2.0, 3.0]
    assert scores["quick"].mean == 1.0


@pytest.mark.parametrize(
    ("bounds", "message"),
    [
        (
            "mean_above: 0.75",
            "the mean of `ok` is 0.75 over 4 rows, which is not above 0.75",
        ),
        (
            "mean_below: 0.75",
            "the mean of `ok` is 0.75 over 4 rows, which is not below 0.75",
        ),
        ("min_above: 0", "the lowest `ok` is 0 over 4 rows, which is not above 0"),
        ("min_below: 0", "the lowest `ok` is 0 over 4 rows, which is not below 0"),
        ("max_above: 1", "the highest `ok` is 1 over 4 rows, which is not above 1"),
        ("max_below: 1", "the highest `ok` is 1 over 4 rows, which is not below 1"),
    ],
)
def test_a_bound_is_outside_of_what_it_allows(
    outcome: Outcome, bounds: str, message: str
) -> None:
    run = scored(outcome, bounds, True, False, True, True)
    (found,) = messages(run)
    assert found.split("\n")[0] == message
    assert not run.passed and failures(run) == {}
    label = run.case.label(run.faults[0])
    under = label.file.text[label.span.start : label.span.end]
    assert under == bounds.partition(": ")[2]


def test_rows_that_pull_a_score_down_are_named(outcome: Outcome) -> None:
    run = scored(outcome, "mean_above: 0.9", *[True] * 3, *[False] * 8)
    assert messages(run)[0].split("\n")[1:] == [
        *(
            f"row {n} (chains/cases.jsonl:{n}): 0, the result is "
            f'{{"mood": "{"x" * (n - 1)}", "region": "none", "text": "a"}}'
            for n in range(4, 9)
        ),
        "and 3 more rows",
    ]


def test_a_row_that_lacks_a_field(outcome: Outcome) -> None:
    """It is reported once, where it is read first; the other rows run."""
    run = outcome(
        """
        test t of c:
            rows: cases.jsonl
            payload: {text: "{{ row.text }}"}
            mock: {mood: "{{ row.text }}"}
            score: {ok: "{{ result.mood == row.want }}"}
        """,
        cases_jsonl=jsonl({"want": 1}, {"text": "a"}, {"text": "b", "want": "b"}),
    )
    assert failures(run) == {
        1: ["`row.text` is missing: `row` has `want`"],
        2: ["`row.want` is missing: `row` has `text`"],
    }
    assert text_at(run, 1).strip('"') == "{{ row.text }}"
    assert text_at(run, 2).strip('"') == "{{ result.mood == row.want }}"
    assert rows_of(run).scores["ok"].mean == 1.0


@pytest.mark.parametrize(
    ("score", "message"),
    [
        ("result.text", 'score `s` is "a", and has to be a number or true or false'),
        ("none", "score `s` is null, and has to be a number or true or false"),
        ("1 / (result.mood - 1)", "ZeroDivisionError: "),
        ("1e308 * 10 * result.mood", "score `s` is Infinity, and has to be a number"),
    ],
)
def test_a_score_that_is_no_number(outcome: Outcome, score: str, message: str) -> None:
    run = outcome(f"""
        test t of c:
            rows: [{{}}]
            payload: {{text: a}}
            mock: {{mood: 1}}
            score: {{s: "{{{{ {score} }}}}"}}
            expect: {{s: {{mean_above: 1}}}}
        """)
    (found,) = failures(run)[1]
    assert found.startswith(message)
    # Nothing is said of the mean of no scores.
    assert messages(run) == []


def test_a_run_that_ends_otherwise_has_no_score(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows: [{e: boom}, {e: null}]
            payload: {text: a}
            mock: {mood: {error: "{{ row.e }}", value: 1, times: 9}}
            score: {ok: "{{ result.mood == 1 }}"}
            expect: {ok: {mean_above: 0.9}}
        """)
    assert "the run ended `error`, not `ok`" in failures(run)[1][0]
    assert list(rows_of(run).scores["ok"].values) == [1.0]
    assert messages(run) == []


def test_what_rows_make_of_keys_is_read_as_in_any_test(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows:
                - {delay: soon, env: a}
                - {delay: 1s, env: [1]}
                - {delay: 1s, env: a, status: fine}
            payload: {text: a}
            env: {REGION: "{{ row.env }}"}
            mock: {mood: {delay: "{{ row.delay }}", value: 1}}
            expect: {status: "{{ row.status | default('ok') }}"}
        """)
    first, second, third = failures(run).values()
    assert first == ["`delay`: `soon` is not a duration"]
    assert second == ["`REGION` must be a text, not a list"]
    assert third == ["`status` cannot be `fine`"]
    assert text_at(run, 1).strip('"') == "{{ row.delay }}"


def test_a_csv_file_has_texts(outcome: Outcome) -> None:
    run = outcome(
        """
        test t of c:
            rows: cases.csv
            payload: {text: "{{ row.text }}"}
            mock: {mood: "{{ row['the mood'] | int }}"}
            expect: {result: {mood: "{{ row.n | int }}", region: none, text: "{{ row.text }}"}}
        """,
        cases_csv='\ufefftext,the mood,n\r\n"a, ""b""\r\nc",1,1\r\n\r\nd,2,3\r\n',
    )
    assert list(rows_of(run).lines) == [2, 5]
    assert failures(run) == {2: ["`result.mood` is 2, not 3"]}


def test_a_json_file_is_a_list(outcome: Outcome) -> None:
    run = outcome(
        """
        test t of c:
            rows: cases.json
            payload: {text: "{{ row[0] }}"}
            mock: {mood: "{{ row[1].n }}"}
            expect: {result: {mood: 1, region: none, text: a}}
        """,
        cases_json='[\n  ["a", {"n": 1}],\n\n  ["a",\n {"n": 2}]\n]\n',
    )
    assert list(rows_of(run).lines) == [2, 4]
    assert failures(run) == {2: ["`result.mood` is 2, not 1"]}


BROKEN = {
    "syntax": (
        '{"a": 1}\n\n{"a": }\n',
        "jsonl",
        3,
        7,
        "this is not JSON: expecting value",
    ),
    "list": (
        '[\n{"a": 1}\n]\n',
        "jsonl",
        1,
        2,
        "a file with one list is called `.json`",
    ),
    "two": ('{"a": 1} {"a": 2}\n', "jsonl", 1, 10, "the line goes on after its value"),
    "nan": ('{"a": NaN}\n', "jsonl", 1, 7, "`NaN` is not a number that data can hold"),
    "surrogate": ('{"a": "\\ud800"}\n', "jsonl", 1, 1, "half of a surrogate pair"),
    "latin": (b'{"a": 1}\n{"a": "\xe9"}\n', "jsonl", 2, 8, "the data is not UTF-8"),
    "deep": ("[" * 100_000 + "\n", "jsonl", 1, 1, "the value has too many levels"),
    "digits": ('{"a": ' + "1" * 5000 + "}\n", "jsonl", 1, 1, "digits"),
    "empty": (
        "\n\n",
        "jsonl",
        0,
        0,
        "`chains/cases.jsonl` has no row, so nothing runs",
    ),
    "mapping": ('{"a": 1}\n', "json", 1, 1, "rows are a list"),
    "comma": ('[{"a": 1}\n {"a": 2}]', "json", 2, 2, "`,` or `]` belongs here"),
    "unclosed": ('[{"a": 1}', "json", 1, 10, "`,` or `]` belongs here"),
    "after": ('[{"a": 1}]\n[]', "json", 2, 1, "the list ends before this"),
    "item": ('[{"a": 1},\n {"a" 1}]', "json", 2, 7, "this is not JSON: expecting ':'"),
    "fields": (
        "a,b\n1,2\n1,2,3\n",
        "csv",
        3,
        1,
        "the row has 3 fields, and the first line 2",
    ),
    "quote": (
        'a,b\n1,2\n1,"2\n3,4\n',
        "csv",
        3,
        1,
        "a quote in this row is never closed",
    ),
    "stray": ('a,b\n"1"2,3\n', "csv", 2, 1, "this is not CSV"),
    "semicolons": ("a;b\n1;2\n", "csv", 1, 2, "separate them by commas"),
    "twice": ("a,a\n1,2\n", "csv", 1, 1, "names the fields, and has `a` twice"),
    "header": ("a,b\n", "csv", 0, 0, "has no row, so nothing runs"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_data_that_cannot_be_read(outcome: Outcome, case: str) -> None:
    """It is one message at its place, before anything runs."""
    data, ending, line, column, message = BROKEN[case]
    run = outcome(
        f"""
        test t of c:
            rows: cases.{ending}
            payload: {{text: a}}
            mock: {{mood: 1}}
        """,
        **{f"cases_{ending}": data},
    )
    assert len(rows_of(run)) == 0
    (found,) = messages(run)
    assert message in found
    label = run.case.label(run.faults[0])
    if line:
        assert label.file.path == f"chains/cases.{ending}"
        assert label.file.position(label.span.start) == (line, min(column, 10**6))
    else:
        assert label.file.text[label.span.start : label.span.end] == f"cases.{ending}"


def missing(outcome: Outcome, name: str) -> str:
    run = outcome(
        f"""
        test t of c:
            rows: {name}
            payload: {{text: a}}
            mock: {{mood: 1}}
        """,
        cases_jsonl=jsonl({}),
    )
    (found,) = messages(run)
    label = run.case.label(run.faults[0])
    assert label.file.text[label.span.start : label.span.end] == name
    return found


def test_a_file_that_is_not_there(outcome: Outcome) -> None:
    assert missing(outcome, "case.jsonl") == (
        "there is no file `chains/case.jsonl`: did you mean `cases.jsonl`?"
    )
    assert missing(outcome, "far/off/x.csv") == (
        "there is no file `chains/far/off/x.csv`: the path is relative to the folder of "
        "the spec"
    )


def test_what_is_no_file_is_not_waited_for(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "chains").mkdir()
    os.mkfifo(tmp_path / "chains/pipe.jsonl")
    (tmp_path / "chains/folder.csv").mkdir()
    is_no_file = "`chains/pipe.jsonl` is a pipe or device, not a regular file"
    assert missing(outcome, "pipe.jsonl") == is_no_file
    assert missing(outcome, "folder.csv") == (
        "`chains/folder.csv` is a folder, not a regular file"
    )


def test_a_file_outside_the_folder(outcome: Outcome, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/cases.jsonl").write_text(jsonl({"n": 1}))
    run = outcome("""
        test t of c:
            rows: ../data/cases.jsonl
            payload: {text: a}
            mock: {mood: "{{ row.n }}"}
            expect: {result: {mood: 2, region: none, text: a}}
        """)
    assert rows_of(run).named(1) == "row 1 (data/cases.jsonl:1)"
    assert failures(run) == {1: ["`result.mood` is 1, not 2"]}


def test_a_line_without_an_end_is_bounded(outcome: Outcome) -> None:
    run = outcome(
        """
        test t of c:
            rows: cases.jsonl
            payload: {text: a}
        """,
        cases_jsonl=b'"' + b"a" * (LONGEST_ROW + 2),
    )
    assert messages(run) == [f"the row has more than {LONGEST_ROW:,} bytes"]
    large = outcome(
        """
        test t of c:
            rows: cases.json
            payload: {text: a}
        """,
        cases_json=b"[" + b" " * LONGEST_ROW,
    )
    assert "write it as `.jsonl`, which is read line by line" in messages(large)[0]


def test_each_row_begins_at_zero_and_knows_nothing_of_others(outcome: Outcome) -> None:
    run = outcome(
        """
        chain cached:
            step first:
                kind: python
                target: row_functions:count
                cache: {ttl: 1h}
            step second:
                kind: python
                target: row_functions:now
            result: ["{{ first }}", "{{ second }}"]

        test t of cached:
            rows: [{n: 1}, {n: 2}, {n: 3}]
            expect: {result: ["{{ row.n }}", 0.0], steps: {first: {cached: false}}}
        """,
        """
        import asyncio

        calls = []

        def count(ctx):
            calls.append(1)
            return len(calls)

        async def now(ctx):
            at = asyncio.get_running_loop().time()
            await asyncio.sleep(3600 - 3400)
            return at
        """,
    )
    assert failures(run) == {}
    assert run.elapsed == 600.0


def test_a_call_without_a_mock_fails_every_row(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows: [{}, {}, {}]
            payload: {text: a}
            score: {ok: 1}
        """)
    why = "step `mood` calls `finder`, which is given at run time: add it to `mock`"
    assert failures(run) == {n: [why] for n in (1, 2, 3)}
    (group,) = rows_of(run).grouped(run.case.label)
    assert list(group.lines()) == [
        f"row 1 ({rows_of(run).path}:{rows_of(run).lines[0]}) and 2 more rows: {why}"
    ]


def test_a_run_that_never_ends_is_the_last(outcome: Outcome) -> None:
    run = outcome(
        """
        chain stuck:
            step first:
                kind: python
                target: row_functions:spin

        test t of stuck:
            rows: [{}, {}, {}]
        """,
        """
        import asyncio

        async def spin(ctx):
            while True:
                await asyncio.sleep(0)
        """,
    )
    ((message,),) = failures(run).values()
    assert message.startswith("the run never ends: ")
    assert messages(run) == ["the rows behind row 1 did not run"]


def test_the_module_is_imported_once(outcome: Outcome, tmp_path: Path) -> None:
    run = outcome(
        """
        chain counted:
            step first:
                kind: python
                target: row_functions:imports

        test t of counted:
            rows: cases.jsonl
            expect: {result: 1}
        """,
        """
        from pathlib import Path

        log = Path("imports.txt")
        log.write_text((log.read_text() if log.exists() else "") + "x")

        def imports(ctx):
            return len(log.read_text())
        """,
        cases_jsonl=jsonl(*({"n": n} for n in range(50))),
    )
    assert failures(run) == {} and messages(run) == []


def test_rows_that_pass_take_no_memory(outcome: Outcome) -> None:
    """Results of 20 kB each; what is kept of a row that passes is two numbers."""
    text = """
        test t of c:
            rows: cases.jsonl
            payload: {text: a}
            mock: {mood: "{{ row.text }}"}
            score: {ok: "{{ result.mood == row.text }}"}
            expect: {ok: {min_above: 0}}
        """
    rows = [{"text": f"{n}" + "x" * 20_000} for n in range(150)]
    outcome(text, cases_jsonl=jsonl(*rows[:2]))  # what is imported and cached once
    tracemalloc.start()
    run = outcome(text, cases_jsonl=jsonl(*rows))
    gc.collect()
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert run.passed and len(rows_of(run)) == 150
    assert kept < 1_000_000 + sum(len(row["text"]) for row in rows) / 3


ODD: list[object] = [
    *(
        None,
        True,
        0,
        -0.0,
        1e300,
        2**200,
        "",
        " ",
        "\n",
        "{",
        "}}",
        "{#",
        "ünï\u2028",
        "null",
    ),
    *([], {}, [[]], {"value": 1}, {"error": "x", "times": 1}, {"": {"a b": [None]}}),
    *({"row": "{{ row }}"}, ["{% raw %}", "\\", '"', "'", "\x00"], "yes", "012", "1h"),
]


def test_any_value_of_a_row_comes_through(outcome: Outcome) -> None:
    run = outcome(
        """
        test t of c:
            rows: cases.jsonl
            payload: {text: a}
            mock: {mood: {value: "{{ row.v }}"}}
            score: {same: "{{ result.mood == row.v }}"}
            expect:
                result: {mood: "{{ row.v }}", region: none, text: a}
                steps: {mood: {result: "{{ row.v }}"}}
                same: {min_above: 0}
        """,
        cases_jsonl=jsonl(*({"v": value} for value in ODD)),
    )
    assert failures(run) == {} and messages(run) == []
    assert len(rows_of(run)) == len(ODD)


def test_texts_with_more_than_an_expression(outcome: Outcome) -> None:
    run = outcome("""
        test t of c:
            rows: [{a: 1, list: [x, y]}, {a: 2, list: []}]
            payload:
                text: "{% for item in row.list %}{{ loop.index }}{{ item }} {% endfor %}{{ row.none | default('?') }}"
            mock: {mood: "{{ '{{' }} row.a }}"}
            expect:
                result:
                    mood: "{{ '{{' }} row.a }}"
                    region: none
                    text: "{{ '1x 2y ?' if row.a == 1 else '?' }}"
        """)
    assert failures(run) == {}


def test_a_step_of_a_loop_is_mocked_by_rows(outcome: Outcome) -> None:
    run = outcome("""
        chain looped:
            input: {docs: list[str]}
            for doc in payload.docs:
                name: docs
                step found:
                    target: finder
            result: "{{ docs }}"

        test t of looped:
            rows: [{docs: [a, b], first: 1, second: 2}, {docs: [], first: 0, second: 0}]
            payload: {docs: "{{ row.docs }}"}
            mock: {"docs[0].found": "{{ row.first }}", found: "{{ row.second }}"}
            score: {count: "{{ result | length == row.docs | length }}"}
            expect: {count: {min_above: 0}}
        """)
    assert failures(run) == {} and messages(run) == []


def test_a_test_in_a_file_of_its_own(outcome: Outcome, tmp_path: Path) -> None:
    """Rows are relative to the file of the test, not to that of its chain."""
    (tmp_path / "chains/more").mkdir(parents=True)
    (tmp_path / "chains/more/cases.csv").write_text("n\n1\n")
    (tmp_path / "chains/more/tests.ai").write_text(
        "use ../spec\n\ntest t of c:\n    rows: cases.csv\n    payload: {text: a}\n"
        '    mock: {mood: "{{ row.n }}"}\n'
        '    expect: {result: {mood: "1", region: none, text: a}}\n'
    )
    run = outcome("")
    assert failures(run) == {} and rows_of(run).path == "chains/more/cases.csv"
