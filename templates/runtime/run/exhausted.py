"""Loops that end because they have had as many rounds as they may."""

from __future__ import annotations

from .run import Run, chain_logger

__all__ = ["report_exhausted"]


def report_exhausted(run: Run, loop: str, most: int) -> None:
    """Log and emit, once per run, that a `while` has ended at its `max`."""
    reported: set[tuple[str, str]] = run.shared.setdefault("exhausted", set())
    if (run.chain, loop) in reported:
        return
    reported.add((run.chain, loop))
    chain_logger(run.chain).warning(
        "Loop '%s' of chain '%s' ended at its max of %d rounds", loop, run.chain, most
    )
    if run.events is not None:
        run.events.append(run.event("loop_exhausted", loop=loop, max=most))
