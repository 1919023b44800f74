"""How people answer what durable runs wait for."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from n3gen.cli.output import say

__all__ = ["say_how_to_answer", "way_to_answer"]


def way_to_answer(run_id: str, question: Mapping[str, Any]) -> str:
    """Return the command that answers a question: its `signal`, under its `key`."""
    words = ["n3gen", "runs", "answer", run_id, question["signal"], "ANSWER"]
    if question["key"] is not None:
        words += ["--key", question["key"]]
    return shlex.join(words)


def say_how_to_answer(run_id: str, event: Mapping[str, Any]) -> None:
    """Print that command where an event of a run says that a step waits."""
    if event["event"] == "step_waiting":
        say(f"{event['step']} waits for an answer: {way_to_answer(run_id, event)}")
