"""What Prometheus knows of runs and steps: the counts of a module, and more, by chain and step."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Histogram as PrometheusHistogram

from ..run.metrics import Metrics
from ..run.records import RunResult

__all__ = ["PrometheusMetrics", "family"]

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""The bounds of the buckets of durations: calls to models take seconds to minutes."""

TIMES = (1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 16, 32)
"""The bounds of the buckets of speed-ups."""


def family(make: Callable[..., Any], name: str, about: str, *labels: str) -> Any:
    """Return a family of metrics, registered once by whichever module is the first.

    What is registered is kept with the registry, where modules of any version find it.
    """
    families: dict[str, Any]
    families, lock = vars(REGISTRY).setdefault("n3gen", ({}, Lock()))
    with lock:
        if name not in families:
            bounds: dict[str, Any] = {}
            if make is PrometheusHistogram:
                bounds["buckets"] = TIMES if name.endswith("speedup") else SECONDS
            families[name] = make(name, about, labels, **bounds)
        return families[name]


class PrometheusMetrics(Metrics):
    """Counts over all runs of a module, which Prometheus can scrape too.

    Its families are those of the whole process, in the registry that the client of
    Prometheus has by default.
    """

    def count(self, chain: str, record: RunResult | None, *, parallel: bool) -> None:
        """Add a run that has ended."""
        super().count(chain, record, parallel=parallel)
        status = "cancelled" if record is None else record["status"]
        about = "Runs that have ended."
        family(PrometheusCounter, "n3gen_runs", about, "chain", "status").labels(
            chain, status
        ).inc()
        about = "Runs that ran steps together."
        family(PrometheusCounter, "n3gen_parallel_runs", about, "chain").labels(
            chain
        ).inc(parallel)
        if record is not None:
            observe_run(chain, record["metadata"])
            for step in record["steps"]:
                observe_step(chain, step)


def observe_run(chain: str, about: dict[str, Any]) -> None:
    """Observe how long a run took, and what running steps together has saved."""
    told = "Seconds that runs took."
    took = family(PrometheusHistogram, "n3gen_run_duration_seconds", told, "chain")
    took.labels(chain).observe(about["elapsed_ms"] / 1000)
    told = "Seconds that the steps of a run waited for permits."
    waited = family(PrometheusHistogram, "n3gen_run_queue_seconds", told, "chain")
    waited.labels(chain).observe(about["queued_ms"] / 1000)
    told = "The time of all steps over the time of the run."
    faster = family(PrometheusHistogram, "n3gen_run_speedup", told, "chain")
    faster.labels(chain).observe(about["speedup"])
    dropped = about.get("dropped_steps", [0])[0]
    told = "Steps without a record of their own, in no family of steps."
    family(PrometheusCounter, "n3gen_dropped_steps", told, "chain").labels(chain).inc(
        dropped
    )


def observe_step(chain: str, step: Any) -> None:
    """Observe how a step ended, and how long it worked and waited."""
    name, status = step["name"], step["status"]
    told = "Seconds that steps were at work."
    took = family(
        PrometheusHistogram,
        "n3gen_step_duration_seconds",
        told,
        "chain",
        "step",
        "status",
    )
    took.labels(chain, name, status).observe(step["elapsed_ms"] / 1000)
    told = "Seconds that steps waited for permits."
    waited = family(
        PrometheusHistogram, "n3gen_step_queue_seconds", told, "chain", "step"
    )
    waited.labels(chain, name).observe(step["queued_ms"] / 1000)
    told = "Tries of steps after their first."
    again = family(PrometheusCounter, "n3gen_step_retries", told, "chain", "step")
    again.labels(chain, name).inc(step["attempts"] - 1)
