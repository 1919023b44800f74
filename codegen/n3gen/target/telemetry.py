"""What modules report of their runs beside records and events, and by which support."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["TELEMETRIES", "Telemetry"]


@dataclass(frozen=True)
class Telemetry:
    """A way of reporting: pieces of support, and those that report what they do.

    `connection` and `vectors` are what is put around a connection to models and around a
    function that asks one for vectors; where it `names_providers`, with the provider's name.
    """

    name: str
    spellings: Mapping[str, str]
    connection: str
    vectors: str
    names_providers: bool = False


OTEL = Telemetry(
    "otel",
    {
        "Step": "TracedStep",
        "OptionalStep": "TracedOptionalStep",
        "ComputedStep": "TracedComputedStep",
        "computed": "computed_and_traced",
        "DurableStep": "TracedDurableStep",
        "DurableOptionalStep": "TracedDurableOptionalStep",
        "Chain": "TracedChain",
        "Pipeline": "TracedPipeline",
        "call_chain": "call_chain_traced",
        "call_pipeline": "call_pipeline_traced",
        "call_in_depth": "call_in_depth_traced",
        "try_again": "try_again_traced",
        "Fallback": "traced_fallback",
        "PythonTool": "TracedTool",
        "http_request": "http_request_traced",
        "invoke_in_process": "invoke_in_process_traced",
        "ProcessActor": "TracedProcessActor",
    },
    connection="traced",
    vectors="traced_vectors",
    names_providers=True,
)

PROMETHEUS = Telemetry(
    "prometheus",
    {"Metrics": "PrometheusMetrics"},
    connection="measured",
    vectors="measured_vectors",
)

TELEMETRIES: Mapping[str, Mapping[str, Telemetry | None]] = {
    "metrics": {"counts": None, "prometheus": PROMETHEUS},
    "telemetry": {"none": None, "otel": OTEL},
}
"""The ways of reporting by the keys and the names that they have in a configuration.

They stand around each other in this order, the last one outermost.
"""
