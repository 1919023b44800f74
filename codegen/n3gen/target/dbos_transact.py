"""Durable runs on DBOS Transact: each chain is a workflow, each step is kept."""

from __future__ import annotations

from n3gen.target.port import Operations, Target

__all__ = ["DBOS_TRANSACT"]

DBOS_TRANSACT = Target(
    "dbos",
    Operations(
        step="DurableStep",
        optional="DurableOptionalStep",
        kept="step.recalled()",
        ask="ask_durably",
        ask_with_tools="ask_with_tools_durably",
        limited="SharedPermits",
        rate="SharedRateLimit",
        race="DurableRace",
        within="DurableWithin",
        answer="wait_durably",
        signal="DurableSignal",
        pool="DurablePool",
        module="DurableModule",
        start="execute_durably",
        stream="stream_durably",
        handle="DurableHandle",
        drain="drain_durably",
        command="run_durable_command",
    ),
    templates="dbos",
)
