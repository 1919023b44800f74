"""`n3gen test`: the tests in specs, run on a virtual clock."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any, TextIO

import click

from n3gen.cli.options import config_of, config_option, paths_argument
from n3gen.cli.output import count, has_color, placed, say, show_problems
from n3gen.project.errors import ProjectError

if TYPE_CHECKING:
    from n3gen.diagnostics import Label
    from n3gen.project.config import Config
    from n3gen.project.testing import Case, CaseRun, Recordings, Suite

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
    default="text",
    help="How the outcome is reported, on stdout.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="The same as `--output-format json`."
)
@config_option
def command(paths: tuple[str, ...], **given: Any) -> int:
    """Run the tests in specs: the blocks `test NAME of CHAIN`.

    Each test is one run of its chain, compiled in memory, on a virtual clock: two
    hours of waiting take milliseconds. Steps are answered by their mocks; a call to
    the network without one fails the test, unless it is recorded or replayed. Exits
    with 1 where a test failed, and where there is none.

    \b
    Examples:
      n3gen test
      n3gen test chains/triage.ai --filter happy
      n3gen test --record recordings     once, with keys
      n3gen test --replay recordings     from then on, without
    """
    from n3gen.project.testing import find_tests, run_tests

    recordings = _recordings(given["record"], given["replay"])
    config = config_of(paths, {"config": given["config"]})
    is_recorded = bool(recordings.record or recordings.replay)
    suite = find_tests(config, paths, recordings=is_recorded)
    cases = _chosen(suite.cases, given["text"])
    output_format = "json" if given["as_json"] else given["output_format"]
    if output_format != "json":
        show_problems(placed(suite.problems, suite.config))
    runs: list[CaseRun] = []
    stdout = sys.stdout
    # What steps print is no part of the report.
    with redirect_stdout(sys.stderr):
        for run in run_tests(suite.config, cases, recordings):
            runs.append(run)
            if output_format == "text":
                _show(run, suite.config, stdout, is_real=recordings.record is not None)
    if output_format == "json":
        click.echo(_as_json(suite, runs))
    elif output_format == "junit":
        click.echo(_as_junit(suite, runs), nl=False)
    if not suite.problems.has_errors:
        say(_summary(suite, runs, given["text"]))
    return 0 if runs and all(run.passed for run in runs) else 1


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
    from n3gen.diagnostics.moved import moved_label
    from n3gen.diagnostics.render import picture

    color = has_color(stream)
    word = (
        click.style("ok  ", fg="green") if run.passed else click.style("FAIL", fg="red")
    )
    lines = [f"{word}  {plain(run.case.title)}  ({_time(run, is_real=is_real)})"]
    for fault in run.faults:
        first, *others = fault.message.split("\n")
        lines += [f"  {plain(first)}", *(f"    {plain(line)}" for line in others)]
        drawing = picture(moved_label(run.case.label(fault), config.seen), color)
        lines += [f"  {line}".rstrip() for line in drawing.split("\n")]
    click.echo("\n".join(lines), file=stream, color=color)


def _time(run: CaseRun, *, is_real: bool) -> str:
    from n3gen.project.outcomes import duration_text

    real = duration_text(run.real)
    if is_real or run.elapsed is None:
        return real
    return f"{duration_text(run.elapsed)} of virtual time in {real}"


def _summary(suite: Suite, runs: Sequence[CaseRun], text: str | None) -> str:
    if not suite.cases:
        return "no tests; write a `test NAME of CHAIN:` block in a spec"
    if not runs:
        known = count(len(suite.cases), "test")
        return f"no test has `{text}` in its `NAME of CHAIN`; there are {known}"
    failed = sum(not run.passed for run in runs)
    if not failed:
        return f"{count(len(runs), 'test')} passed"
    return f"{failed:,} of {count(len(runs), 'test')} failed"


def _as_json(suite: Suite, runs: Sequence[CaseRun]) -> str:
    from n3gen.diagnostics.formats import write

    failed = sum(not run.passed for run in runs)
    data = {
        "passed": len(runs) - failed,
        "failed": failed,
        "tests": [_test_data(run, suite.config) for run in runs],
        "problems": json.loads(write(placed(suite.problems, suite.config), "json")),
    }
    return json.dumps(data, indent=2)


def _as_junit(suite: Suite, runs: Sequence[CaseRun]) -> str:
    """Return the outcome as a JUnit report; times are of the tests' own clock."""
    from n3gen.diagnostics.junit import TestCase, junit_report

    cases: list[TestCase] = []
    for run in runs:
        place = _place(
            run.case.document.key_label(run.case.test.place.loc), suite.config
        )
        failure = "\n".join(
            "{message} ({file}:{line})".format(
                message=fault.message, **_place(run.case.label(fault), suite.config)
            )
            for fault in run.faults
        )
        cases.append(
            TestCase(
                run.case.title,
                place["file"],
                place["line"],
                run.elapsed or 0.0,
                failure,
            )
        )
    return junit_report(cases)


def _test_data(run: CaseRun, config: Config) -> dict[str, Any]:
    test, elapsed = run.case.test, run.elapsed
    return {
        "name": test.name,
        "chain": test.chain,
        "status": "ok" if run.passed else "failed",
        **_place(run.case.document.key_label(test.place.loc), config),
        "elapsed_ms": None if elapsed is None else round(elapsed * 1000),
        "real_ms": round(run.real * 1000),
        "faults": [
            {"message": fault.message, **_place(run.case.label(fault), config)}
            for fault in run.faults
        ],
    }


def _place(label: Label, config: Config) -> dict[str, Any]:
    line, column = label.file.position(label.span.start)
    return {"file": config.seen(label.file.path), "line": line, "column": column}
