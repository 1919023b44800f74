"""`n3gen worker`: a process that executes durable runs."""

from __future__ import annotations

import asyncio

import click

from n3gen.cli.options import config_of, config_option, env_file_option
from n3gen.cli.output import count, say
from n3gen.project.durable_worker import WorkerRequest, durable_modules, work
from n3gen.project.env_file import load_env_file

__all__ = ["command"]


@click.command("worker")
@click.option(
    "--slot",
    metavar="NAME",
    help="Its name, the same whenever a supervisor starts it again.  [default: the "
    "first number that is free]",
)
@click.option(
    "--health", metavar="FILE", help="A file that is written every 2 s while it works."
)
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=10.0,
    show_default=True,
    help="Seconds for steps under way to end, once it is asked to stop.",
)
@env_file_option
@config_option
def command(
    slot: str | None,
    health: str | None,
    grace: float,
    env_file: str | None,
    config: str | None,
) -> int:
    """Execute durable runs: what others queue, and what processes that are gone have left.

    Serves the modules of the output folder that are built for `dbos`, as they were built
    last: runs of other code are left to workers that have it. SIGTERM or Ctrl-C stops it
    once the steps under way have ended, and a second one at once; the runs go on in the
    next worker.

    \b
    Examples:
      n3gen worker
      n3gen worker --slot a --health /run/n3gen-a.json
    """
    project = config_of((), {"config": config})
    if env_file is not None:
        load_env_file(env_file)
    modules = durable_modules(project)
    left = asyncio.run(work(modules, WorkerRequest(slot, health, grace), say))
    say(f"stopped; {count(left, 'run')} to go on with" if left else "stopped")
    return 0
