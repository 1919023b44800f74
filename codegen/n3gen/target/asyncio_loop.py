"""The default target: the event loop of the caller."""

from __future__ import annotations

from n3gen.target.port import Operations, Target

__all__ = ["ASYNCIO"]

ASYNCIO = Target(
    "asyncio",
    Operations(
        step="Step",
        optional="OptionalStep",
        kept="step.result",
        ask="ask",
        ask_with_tools="ask_with_tools",
        limited="Permits",
        rate="RateLimit",
        race="Race",
        within="Within",
        answer="wait_for_answer",
        signal="Signal",
        pool="Pool",
        module="Module",
        start="execute_chain",
        stream="stream_run",
        handle="RunHandle",
        drain="drain_runs",
        command="run_command",
    ),
)
