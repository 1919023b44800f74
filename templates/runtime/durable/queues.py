"""The queues of modules: a process listens to those of the modules that it has imported."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, Final

from dbos import DBOS

from ..run.process import process_state

__all__ = ["ROUNDS", "listen", "queue_of", "queues_here", "rounds_queue", "runs_queue"]

ROUNDS: Final = " rounds"
"""What the names of workflows end with that take rounds of loops."""

KNOWN: Final = "3.4.0"
"""The version of DBOS in which how a process takes on queues was looked up."""

RUNS_POLL = 0.3
"""Seconds between two looks for runs that are to be gone on with."""


def runs_queue(source: str) -> str:
    """Return the queue of a module's runs."""
    return f"n3gen runs of {source}"


def rounds_queue(source: str) -> str:
    """Return the queue of shares of a module's loops."""
    return f"n3gen rounds of {source}"


def queue_of(workflow: str) -> str:
    """Return the queue for a workflow, by its name: `chains/x.ai:c`, or `... rounds`."""
    source = workflow.rpartition(":")[0]
    is_share = workflow.endswith(ROUNDS)
    return rounds_queue(source) if is_share else runs_queue(source)


def queues_here(code: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the queues of the modules of some code that this process has imported.

    By the source of the module and the name of the queue: what it is registered with.
    """
    found: dict[str, dict[str, dict[str, dict[str, Any]]]]
    found = process_state().setdefault("durable_queues", {})
    return found.setdefault(code, {})


async def listen(dbos: Any, queues: Mapping[str, Mapping[str, Any]]) -> None:
    """Listen to the queues of a module, which may have been imported when DBOS ran already.

    DBOS looks once a second which queues there are. Raises `RuntimeError` for a version
    of it that does so otherwise.
    """
    # What `DBOS.listen_queues` has set, which it does only before the launch.
    listening: list[str] | None = getattr(dbos, "_listening_queues", None)
    if type(listening) is not list:
        raise RuntimeError(
            f"dbos {version('dbos')} does not take queues as {KNOWN} does once it runs: "
            f"install `dbos=={KNOWN}`, or a newer n3gen"
        )
    for name, limits in queues.items():
        await DBOS.register_queue_async(name, on_conflict="always_update", **limits)
        listening.append(name)
