"""What carries out a plan: the event loop of one process, or something that outlives it."""

from __future__ import annotations

from n3gen.target.asyncio_loop import ASYNCIO
from n3gen.target.dbos_transact import DBOS_TRANSACT
from n3gen.target.port import Operations, Target
from n3gen.target.telemetry import TELEMETRIES, Telemetry

__all__ = [
    "ASYNCIO",
    "DBOS_TRANSACT",
    "TARGETS",
    "TELEMETRIES",
    "Operations",
    "Target",
    "Telemetry",
]

TARGETS = {target.name: target for target in (ASYNCIO, DBOS_TRANSACT)}
"""The targets by the names that they have in a configuration."""
