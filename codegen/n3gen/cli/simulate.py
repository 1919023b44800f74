"""`n3gen simulate`: a chain of a spec under load, on a virtual clock."""

from __future__ import annotations

import json
import sys
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

import click

from n3gen.cli.durations import DURATION
from n3gen.cli.options import config_of, config_option
from n3gen.cli.output import placed, printable, say, show_problems
from n3gen.cli.plan import complete_chains, the_chain
from n3gen.project.single import compile_path

__all__ = ["command"]

_USAGE = 2


@click.command("simulate")
@click.argument("path")
@click.argument("chain", required=False, shell_complete=complete_chains)
@click.option(
    "--runs", type=click.IntRange(1), default=100, metavar="N", help="How many runs."
)
@click.option(
    "--arrivals",
    default="1 at once",
    metavar="WHEN",
    help="When runs begin: `all`, `10 at once`, `every 50ms` or `poisson 20/s`.  "
    "[default: 1 at once]",
)
@click.option(
    "--latency",
    "latencies",
    multiple=True,
    metavar="[NAME=]TIME",
    help="How long calls take: `2s`, `200ms..400ms`, `300ms p95 900ms` or "
    "`exponential 300ms`. NAME is a step, connector, connection, function or actor.",
)
@click.option(
    "--failure",
    "failures",
    multiple=True,
    metavar="[NAME=]SHARE KIND",
    help="How often calls fail, and in what: `1% timeout`, `2% 503, 1% refusal`.",
)
@click.option(
    "--calls",
    "profiles",
    metavar="FILE",
    type=click.Path(),
    help="Latencies, failures and values of calls, in YAML.",
)
@click.option(
    "--recorded",
    metavar="DIR",
    type=click.Path(),
    help="Take latencies and failures from a folder of recordings.",
)
@click.option(
    "--rows",
    metavar="FILE",
    type=click.Path(),
    help="Payloads, as `n3gen batch` reads them.  [default: made to fit the input]",
)
@click.option(
    "--sweep",
    "sweeps",
    multiple=True,
    metavar="NAME=N,N",
    help="What to vary: `llm=1,5,10`, `limit.NAME=..`, `rate.CONNECTION=..`, "
    "`tokens.CONNECTION=..`, `concurrent.CONNECTION=..`; `none` is without a limit.",
)
@click.option("--seed", type=int, default=0, metavar="N", help="Of all that is random.")
@click.option(
    "--timeout", type=DURATION, metavar="TIME", help="For the chain of a run."
)
@click.option(
    "--parallel/--sequential",
    default=True,
    help="Whether parallel steps run together.  [default: parallel]",
)
@click.option(
    "--trace",
    metavar="FILE",
    help="Write where the time of the slowest run went, one of each setting: .html, and "
    "of one setting .svg, or .json for Perfetto.",
)
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How the outcome is shown, on stdout.",
)
@config_option
def command(path: str, chain: str | None, **given: Any) -> int:
    """Simulate a CHAIN of the spec file PATH under load: times, waits, bottlenecks.

    The module that the spec builds to runs on a virtual clock, with all its limits,
    rates, timeouts and retries. What it calls is simulated: a call takes the time that
    is given, or one made up by the seed, may fail, and gives a value of its type.

    Exits with 1 where a run failed that no given failure, timeout or rate explains.

    \b
    Examples:
      n3gen simulate chains/triage.ai --latency 300ms..2s
      n3gen simulate chains/triage.ai --calls calls.yaml --sweep llm=1,5,10,50
      n3gen simulate chains/triage.ai --runs 10000 --arrivals "poisson 20/s" \\
        --latency "openai=800ms p95 3s" --failure "openai=1% 429"
    """
    from n3gen.project.simulation.report import unforeseen_lines
    from n3gen.project.simulation.request import request_of
    from n3gen.project.termination import ended_by_sigterm
    from n3gen.project.trace_files import check_ending

    config = config_of((path,), {"config": given["config"]})
    _, compilation = compile_path(
        path, config=replace(config, telemetry="none", metrics="counts")
    )
    show_problems(placed(compilation.problems, config))
    if compilation.problems.has_errors:
        return 1
    request = request_of(compilation, the_chain(compilation, chain), config, given)
    if given["trace"] is not None:
        check_ending(given["trace"], len(request.configurations))
    show_problems(placed(request.problems, config))
    if request.problems.has_errors:
        return _USAGE
    with redirect_stdout(sys.stderr), ended_by_sigterm():
        simulated, sources = request.run()
    if given["output_format"] == "json":
        click.echo(json.dumps(request.data(simulated, sources), indent=2))
    else:
        for line in request.lines(simulated, sources):
            click.echo(printable(line))
    if given["trace"] is not None:
        request.write_traces(given["trace"], simulated)
        say(f"wrote {given['trace']}")
    unforeseen = [*unforeseen_lines(simulated)]
    for line in unforeseen:
        say(line)
    return 1 if unforeseen else 0
