"""`n3gen runs`: durable runs, looked after from outside of the processes that execute them."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator
from typing import Any

import click

from n3gen.cli.options import config_of, config_option
from n3gen.cli.output import printable, say
from n3gen.cli.ways_to_answer import way_to_answer
from n3gen.project.errors import ProjectError
from n3gen.project.given_data import json_given
from n3gen.project.kept_runs import KeptRun, kept_runs

__all__ = ["command"]

_format_option = click.option(
    "--output-format", type=click.Choice(["text", "json"]), default="text"
)


@click.group("runs")
def command() -> None:
    """Look after durable runs: those of modules that are built for `dbos`.

    They are where `N3GEN_RUNS` says, or in the file `runs` of the configuration, whether
    or not a process executes them now.

    \b
    Examples:
      n3gen runs list
      n3gen runs show 1f0c
      n3gen runs show 1f0c --trace run.html
      n3gen runs answer 1f0c approval '{"approved": true}'
      n3gen runs cancel 1f0c
      n3gen runs retry 1f0c
    """


@command.command("list")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True)
@_format_option
@config_option
def list_command(limit: int, output_format: str, config: str | None) -> int:
    """List the newest runs, the newest first."""
    with kept_runs(config_of((), {"config": config})) as runs:
        found = runs.listed(limit)
    if output_format == "json":
        click.echo(json.dumps([_data(run) for run in found], indent=2))
        return 0
    for run in found:
        began = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.began))
        click.echo(f"{run.id:16}  {run.status:9}  {began}  {run.chain}")
    if not found:
        say("no runs")
    return 0


@command.command("show")
@click.argument("run_id", metavar="RUN")
@click.option(
    "--trace",
    metavar="FILE",
    help="Write where the time went, as far as it came: .html, .svg, or .json for Perfetto.",
)
@_format_option
@config_option
def show_command(
    run_id: str, trace: str | None, output_format: str, config: str | None
) -> int:
    """Show a run: its record once it has ended, else what its steps have come to so far."""
    with kept_runs(config_of((), {"config": config})) as runs:
        run = runs.found(run_id)
        outcomes = {} if run.record is not None else runs.outcomes(run_id)
        is_left = runs.is_left(run)
        is_here = is_left and runs.is_of_this_build(run)
    if trace is not None:
        _trace(trace, run, list(_steps(outcomes)))
        return 0
    if output_format == "json" or run.record is not None:
        shown = run.record or {**_data(run), "steps": list(_steps(outcomes))}
        click.echo(json.dumps(shown, indent=2))
        return 0
    click.echo(f"{run.id}: {run.chain} of {run.source}, {run.status}")
    executor = "nobody now" if is_left else run.executor or "nobody"
    click.echo(f"code {run.version}, executed by {executor}")
    for step in _steps(outcomes):
        took = f"{step['elapsed_ms'] / 1000:.2f} s"
        click.echo(printable(f"  {step['path']}  {step['status']} in {took}"))
    for question in run.questions:
        text = question["question"] or "an answer"
        if "given" in question:
            text += f" ({question['given']} of {question['count']} answers given)"
        click.echo(printable(f"  {question['step']} waits: {text}"))
        click.echo(printable(f"    {way_to_answer(run.id, question)}"))
    if is_left and not is_here:
        click.echo("  it is of other code than is built here: a process of the build")
        click.echo("    that it was started with goes on with it")
    elif is_left:
        click.echo(
            "  `n3gen worker` goes on with it, and so does the same command with"
        )
        click.echo(f"    --run-id {shlex.quote(run.id)}")
    return 0


@command.command("answer")
@click.argument("run_id", metavar="RUN")
@click.argument("name")
@click.argument("answer", metavar="JSON|@FILE|-")
@click.option("--key", help="The key of the question, where several are open.")
@config_option
def answer_command(
    run_id: str, name: str, answer: str, key: str | None, config: str | None
) -> int:
    """Answer what a run waits for; it may be answered while no process executes it.

    NAME is what the step waits for. The answer is JSON, a file that holds it, or - for
    standard input.
    """
    data = json_given("the answer", answer)
    with kept_runs(config_of((), {"config": config})) as runs:
        run = runs.found(run_id)
        is_new = runs.answer(run, name, data, key)
    if not is_new:
        say(f"'{name}' of {run_id} has this answer already")
    elif run.asks(name, key):
        say(f"answered '{name}' of {run_id}")
    else:
        what = f"'{name}'" if key is None else f"'{name}' under the key '{key}'"
        say(f"kept for {run_id}, which does not wait for {what} yet")
    return 0


@command.command("cancel")
@click.argument("run_id", metavar="RUN")
@config_option
def cancel_command(run_id: str, config: str | None) -> int:
    """Cancel a run."""
    with kept_runs(config_of((), {"config": config})) as runs:
        runs.cancel(runs.found(run_id))
    say(f"cancelled {run_id}")
    return 0


@command.command("resume")
@click.argument("run_id", metavar="RUN")
@config_option
def resume_command(run_id: str, config: str | None) -> int:
    """Have a run gone on with that was cancelled, or whose process is gone.

    A worker with the code of the run does so: it is put into the queue again.
    """
    with kept_runs(config_of((), {"config": config})) as runs:
        run = runs.found(run_id)
        runs.resume(run)
    say(f"queued {run_id}, for a worker with code {run.version}")
    return 0


@command.command("retry")
@click.argument("run_id", metavar="RUN")
@config_option
def retry_command(run_id: str, config: str | None) -> int:
    """Go on from the failed steps of a run that has failed, in a new run.

    Steps that ended well are not run again, unless the spec says something else of them
    now. A worker with the code that is built now does the rest.
    """
    with kept_runs(config_of((), {"config": config})) as runs:
        name = runs.retry(runs.found(run_id))
    say(f"queued {name}, which continues {run_id}")
    return 0


def _trace(path: str, run: KeptRun, steps: list[dict[str, Any]]) -> None:
    """Write the trace of a run; of one under way, with the steps that have ended."""
    from n3gen.project.trace_files import write_trace
    from n3gen.traces.read import NoTrace, record_so_far, trace_of

    record = run.record or record_so_far(run.chain, run.id, run.status, steps)
    try:
        write_trace(path, {run.chain: trace_of(record)})
    except NoTrace as error:
        raise ProjectError(f"run `{run.id}` cannot be drawn: {error}") from error
    say(f"wrote {path}")


def _data(run: KeptRun) -> dict[str, Any]:
    """A run as plain data."""
    return {
        "run_id": run.id,
        "chain": run.chain,
        "source": run.source,
        "status": run.status,
        "version": run.version,
        "executor": run.executor,
        "began": run.began,
        "payload": run.payload,
        "questions": [*run.questions],
    }


def _steps(outcomes: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield what the steps of a run have come to as its record will, by their starts."""
    steps = [
        (place.rpartition(":")[0], outcome)
        for place, outcome in outcomes.items()
        if isinstance(outcome, dict) and "attempts" in outcome
    ]
    for path, outcome in sorted(steps, key=lambda step: step[1]["started"]):
        name = path.rpartition("].")[2].rpartition(".")[2]
        yield {
            "name": name,
            "status": outcome["status"],
            "result": outcome["result"],
            "error": outcome.get("error"),
            "attempts": outcome["attempts"],
            "queued_ms": round(outcome["queued"] * 1000),
            "started_ms": round(outcome["started"] * 1000),
            "elapsed_ms": round(outcome["elapsed"] * 1000),
            "path": path,
            **outcome.get("extras", {}),
        }
