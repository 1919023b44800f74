"""`n3gen test`: the tests in specs, run on a virtual clock."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, TextIO

import click

from n3gen.cli.options import config_option, format_of, paths_argument, projects_of
from n3gen.cli.output import count, has_color, placed, say, show_problems
from n3gen.project.errors import ProjectError

if TYPE_CHECKING:
    from n3gen.diagnostics import Label
    from n3gen.diagnostics.junit import TestCase
    from n3gen.project.config import Config
    from n3gen.project.outcomes import Fault
    from n3gen.project.row_runs import RowRuns
    from n3gen.project.testing import Case, CaseRun, Recordings, Suite

    Tested = list[tuple[CaseRun, Config]]

__all__ = ["command"]


@click.command("test")
@paths_argument
@click.option(
    "--filter",
    "text",
    metavar="TEXT",
    help="Only tests with TEXT in `NAME of CHAIN`.",
)
@click.option(
    "--record",
    metavar="DIR",
    envvar="N3GEN_RECORD",
    help="Make calls without a mock, in real time, and keep the answers in DIR.",
)
@click.option(
    "--replay",
    metavar="DIR",
    envvar="N3GEN_REPLAY",
    help="Answer calls without a mock from DIR.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json", "junit"]),
    help="How the outcome is reported, on stdout.  [default: text]",
)
@click.option(
    "--json", "as_json", is_flag=True, help="The same as `--output-format json`."
)
@config_option
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Run the tests in specs: the blocks `test NAME of CHAIN`.

    Each test is one run of its chain, or one for each of its rows, compiled in memory,
    on a virtual clock: two hours of waiting take milliseconds. Steps are answered by
    their mocks; a call to the network without one fails the test, unless it is recorded
    or replayed. Exits with 1 where a test failed, and where there is none.

    \b
    Examples:
      n3gen test
      n3gen test chains/triage.ai --filter happy
      n3gen test --record recordings     once, with keys
      n3gen test --replay recordings     from then on, without
    """
    from n3gen.project.in_memory import modules_apart
    from n3gen.project.termination import ended_by_sigterm
    from n3gen.project.testing import find_tests, run_tests

    output_format = format_of(given["output_format"], as_json=given["as_json"])
    recordings = _recordings(given["record"], given["replay"])
    is_recorded = bool(recordings.record or recordings.replay)
    suites = [
        find_tests(config, own, recordings=is_recorded)
        for config, own in projects_of(paths, {"config": given["config"]})
    ]
    if output_format != "json":
        for suite in suites:
            show_problems(placed(suite.problems, suite.config))
    tested: Tested = []
    stdout = sys.stdout
    # What steps print is not part of the report.
    with redirect_stdout(sys.stderr), ended_by_sigterm():
        for suite in suites:
            cases = _chosen(suite.cases, given["text"])
            with modules_apart(suite.config.root):
                for run in run_tests(suite.config, cases, recordings):
                    tested.append((run, suite.config))
                    if output_format == "text":
                        is_real = recordings.record is not None
                        _show(run, suite.config, stdout, is_real=is_real)
    if output_format == "json":
        click.echo(_as_json(suites, tested))
    elif output_format == "junit":
        click.echo(_as_junit(suites, tested), nl=False)
    if not any(suite.problems.has_errors for suite in suites):
        known = sum(len(suite.cases) for suite in suites)
        say(_summary(known, tested, given["text"]))
    has_failed = any(suite.problems.has_errors for suite in suites)
    has_failed = has_failed or not all(run.passed for run, _ in tested)
    return 1 if has_failed or not tested else 0


def _recordings(record: str | None, replay: str | None) -> Recordings:
    from n3gen.project.testing import Recordings

    if record and replay:
        raise ProjectError(
            "`--record` and `--replay` are both given, or N3GEN_RECORD and N3GEN_REPLAY "
            "are set; choose one"
        )
    return Recordings(record or None, replay or None)


def _chosen(cases: Iterable[Case], text: str | None) -> list[Case]:
    wanted = (text or "").casefold()
    return [case for case in cases if wanted in case.title.casefold()]


def _show(run: CaseRun, config: Config, stream: TextIO, *, is_real: bool) -> None:
    """Prints how a test went: a line, and below it what was not as expected."""
    from n3gen.diagnostics.cells import plain

    color = has_color(stream)
    word = (
        click.style("ok  ", fg="green") if run.passed else click.style("FAIL", fg="red")
    )
    about = ", ".join([*_of_rows(run), _time(run, is_real=is_real)])
    lines = [f"{word}  {plain(run.case.title)}  ({about})"]
    for group in run.rows.grouped(run.case.label) if run.rows else ():
        for line in group.lines():
            lines += _indented(line)
        lines += _drawn(group.label, config, color=color)
    for fault in run.faults:
        lines += _indented(fault.message)
        lines += _drawn(run.case.label(fault), config, color=color)
    click.echo("\n".join(lines), file=stream, color=color)


def _indented(message: str) -> list[str]:
    from n3gen.diagnostics.cells import plain

    first, *others = message.split("\n")
    return [f"  {plain(first)}", *(f"    {plain(line)}" for line in others)]


def _drawn(label: Label, config: Config, *, color: bool) -> list[str]:
    from n3gen.diagnostics.moved import moved_label
    from n3gen.diagnostics.render import picture

    drawing = picture(moved_label(label, config.seen), color)
    return [f"  {line}".rstrip() for line in drawing.split("\n")]


def _of_rows(run: CaseRun) -> list[str]:
    """What the line of a test says of its rows, and of the means of its scores."""
    rows = run.rows
    if rows is None or not len(rows):
        return []
    known = count(len(rows), "row")
    failed = len(rows.failed)
    scores = [f"{name} {_score(one.mean)}" for name, one in rows.scores.items()]
    return [f"{failed:,} of {known} failed" if failed else known, *scores]


def _score(mean: float) -> str:
    """A mean in three digits, or as a whole number: `0.75`, `4,000`."""
    return f"{mean:.3g}" if abs(mean) < 1000 else f"{mean:,.0f}"


def _time(run: CaseRun, *, is_real: bool) -> str:
    from n3gen.project.outcomes import duration_text

    real = duration_text(run.real)
    if is_real or run.elapsed is None:
        return real
    return f"{duration_text(run.elapsed)} of virtual time in {real}"


def _summary(known: int, tested: Tested, text: str | None) -> str:
    if not known:
        return "no tests; write a `test NAME of CHAIN:` block in a spec"
    if not tested:
        there = count(known, "test")
        return f"no test has `{text}` in its `NAME of CHAIN`; there are {there}"
    failed = sum(not run.passed for run, _ in tested)
    if not failed:
        return f"{count(len(tested), 'test')} passed"
    return f"{failed:,} of {count(len(tested), 'test')} failed"


def _as_json(suites: Sequence[Suite], tested: Tested) -> str:
    from n3gen.diagnostics.formats import as_data

    failed = sum(not run.passed for run, _ in tested)
    problems = [one for s in suites for one in placed(s.problems, s.config)]
    data = {
        "passed": len(tested) - failed,
        "failed": failed,
        "tests": [_test_data(run, config) for run, config in tested],
        "problems": as_data(problems),
    }
    return json.dumps(data, indent=2)


def _as_junit(suites: Sequence[Suite], tested: Tested) -> str:
    """Return the outcome as a JUnit report; times are of the tests' own clock.

    Where the specs of a project have errors, none of its tests has run, and the errors
    are what failed.
    """
    from n3gen.diagnostics.junit import case_of_error, junit_report
    from n3gen.diagnostics.rule import Severity

    failed = [
        case_of_error(problem)
        for suite in suites
        if suite.problems.has_errors
        for problem in placed(suite.problems, suite.config)
        if problem.severity is Severity.ERROR
    ]
    cases = [case for run, config in tested for case in _cases(run, config)]
    return junit_report([*failed, *cases])


def _cases(run: CaseRun, config: Config) -> Iterator[TestCase]:
    """A case for each row, and one for the test itself where there is more to say of it."""
    from n3gen.diagnostics.junit import TestCase

    title = run.case.title
    place = _place(run.case.document.key_label(run.case.test.place.loc), config)
    file, line = place["file"], place["line"]
    for number, seconds in enumerate(run.rows.seconds if run.rows else (), 1):
        faults = run.rows.failed.get(number, ()) if run.rows else ()
        failure = _failure(run, faults, config)
        yield TestCase(f"{title} [{number}]", file, line, seconds, failure)
    expect = run.case.test.expect
    if run.rows is None or run.faults or (expect is not None and expect.scores):
        seconds = run.elapsed or 0.0 if run.rows is None else 0.0
        yield TestCase(title, file, line, seconds, _failure(run, run.faults, config))


def _failure(run: CaseRun, faults: Sequence[Fault], config: Config) -> str:
    return "\n".join(
        "{message} ({file}:{line})".format(
            message=fault.message, **_place(run.case.label(fault), config)
        )
        for fault in faults
    )


def _test_data(run: CaseRun, config: Config) -> dict[str, Any]:
    test = run.case.test
    return {
        "name": test.name,
        "chain": test.chain,
        "status": "ok" if run.passed else "failed",
        **_place(run.case.document.key_label(test.place.loc), config),
        "elapsed_ms": _milliseconds(run.elapsed),
        "real_ms": round(run.real * 1000),
        "faults": _faults_data(run, run.faults, config),
        **({} if run.rows is None else _rows_data(run, run.rows, config)),
    }


def _rows_data(run: CaseRun, rows: RowRuns, config: Config) -> dict[str, Any]:
    return {
        "rows_file": rows.path,
        "scores": {
            name: {"rows": len(scores.values), **scores.figures()}
            for name, scores in rows.scores.items()
        },
        "rows": [
            {
                "row": number,
                "line": line,
                "status": "failed" if number in rows.failed else "ok",
                "elapsed_ms": _milliseconds(seconds),
                "faults": _faults_data(run, rows.failed.get(number, ()), config),
            }
            for number, (line, seconds) in enumerate(
                zip(rows.lines, rows.seconds, strict=True), 1
            )
        ],
    }


def _milliseconds(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _faults_data(
    run: CaseRun, faults: Sequence[Fault], config: Config
) -> list[dict[str, Any]]:
    return [
        {"message": fault.message, **_place(run.case.label(fault), config)}
        for fault in faults
    ]


def _place(label: Label, config: Config) -> dict[str, Any]:
    line, column = label.file.position(label.span.start)
    return {"file": config.seen(label.file.path), "line": line, "column": column}
