"""What Prometheus knows of runs and steps: the counts of a module, and more, by chain and step."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Lock
from typing import Any

from prometheus_client import REGISTRY
from prometheus_client import Counter as PrometheusCounter
from prometheus_client import Histogram as PrometheusHistogram

from ..run.metrics import Metrics
from ..run.records import RunResult

__all__ = ["SECONDS", "Family", "PrometheusMetrics"]

SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
"""The bounds of the buckets of durations: calls to models take seconds to minutes."""

TIMES = (1, 1.25, 1.5, 2, 3, 4, 6, 8, 12, 16, 32)
"""The bounds of the buckets of speed-ups."""


@dataclass(frozen=True)
class Family:
    """Metrics of one name by their labels: a histogram where there are `buckets`.

    It is registered once in a process, by whichever module is the first, and stored with
    the registry, where modules of any version find it.
    """

    name: str
    about: str
    labels: tuple[str, ...]
    buckets: tuple[float, ...] | None = None

    def of(self, *values: str) -> Any:
        """Return the metric of these values of the labels.

        Half of a surrogate pair, as in a name of a payload's model, would end all scraping.
        """
        families: dict[str, Any]
        families, lock = vars(REGISTRY).setdefault("n3gen", ({}, Lock()))
        with lock:
            found = families.get(self.name)
            if found is None:
                found = families[self.name] = self.registered()
        shown = (value.encode(errors="backslashreplace").decode() for value in values)
        return found.labels(*shown)

    def registered(self) -> Any:
        if self.buckets is None:
            return PrometheusCounter(self.name, self.about, self.labels)
        return PrometheusHistogram(
            self.name, self.about, self.labels, buckets=self.buckets
        )


RUNS_ENDED = Family("n3gen_runs", "Runs that have ended.", ("chain", "status"))
PARALLEL_RUNS = Family(
    "n3gen_parallel_runs", "Runs that ran steps together.", ("chain",)
)
RUN_SECONDS = Family(
    "n3gen_run_duration_seconds", "Seconds that runs took.", ("chain",), SECONDS
)
RUN_QUEUED = Family(
    "n3gen_run_queue_seconds",
    "Seconds that the steps of a run waited for permits.",
    ("chain",),
    SECONDS,
)
SPEEDUP = Family(
    "n3gen_run_speedup",
    "The time of all steps over the time of the run.",
    ("chain",),
    TIMES,
)
DROPPED_STEPS = Family(
    "n3gen_dropped_steps",
    "Steps without a record of their own, in no family of steps.",
    ("chain",),
)
STEP_SECONDS = Family(
    "n3gen_step_duration_seconds",
    "Seconds that steps were at work.",
    ("chain", "step", "status"),
    SECONDS,
)
STEP_QUEUED = Family(
    "n3gen_step_queue_seconds",
    "Seconds that steps waited for permits.",
    ("chain", "step"),
    SECONDS,
)
STEP_RETRIES = Family(
    "n3gen_step_retries", "Tries of steps after their first.", ("chain", "step")
)


class PrometheusMetrics(Metrics):
    """Counts over all runs of a module, which Prometheus can scrape too.

    Its families are those of the whole process, in the registry that the client of
    Prometheus has by default.
    """

    def count(self, chain: str, record: RunResult | None, *, parallel: bool) -> None:
        """Add a run that has ended."""
        super().count(chain, record, parallel=parallel)
        status = "cancelled" if record is None else record["status"]
        RUNS_ENDED.of(chain, status).inc()
        if record is not None and status != "cancelled":
            PARALLEL_RUNS.of(chain).inc(parallel)
            observe_run(chain, record["metadata"])
            for step in record["steps"]:
                observe_step(chain, step)


def observe_run(chain: str, about: dict[str, Any]) -> None:
    """Observe how long a run took, and what running steps together has saved."""
    RUN_SECONDS.of(chain).observe(about["elapsed_ms"] / 1000)
    RUN_QUEUED.of(chain).observe(about["queued_ms"] / 1000)
    SPEEDUP.of(chain).observe(about["speedup"])
    DROPPED_STEPS.of(chain).inc(about.get("dropped_steps", [0])[0])


def observe_step(chain: str, step: Any) -> None:
    """Observe how a step ended, and how long it worked and waited."""
    name, status = step["name"], step["status"]
    STEP_SECONDS.of(chain, name, status).observe(step["elapsed_ms"] / 1000)
    STEP_QUEUED.of(chain, name).observe(step["queued_ms"] / 1000)
    STEP_RETRIES.of(chain, name).inc(step["attempts"] - 1)
