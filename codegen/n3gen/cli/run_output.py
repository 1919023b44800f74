"""What `n3gen run` prints of a run."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any, Self

import click

from n3gen.cli.output import say

__all__ = ["RunOutput"]

_RECORDS = importlib.import_module("n3gen.templates.runtime.run.records")


class RunOutput:
    """The events of a run as they come, or its result or its whole record as it ends.

    As a context, it prints the record of a run that an interrupt has ended, too.
    """

    def __init__(self, output_format: str, *, events: bool) -> None:
        self.is_of_events = events
        self.is_whole = output_format == "json"
        self.record: Mapping[str, Any] | None = None

    def event(self, event: Mapping[str, Any]) -> None:
        """Print an event, or keep the record that the last one has."""
        if self.is_of_events:
            click.echo(_RECORDS.to_json(event))
        self.record = event.get("run", self.record)

    def end(self, record: Mapping[str, Any]) -> None:
        """Print what is to be seen of a run that has ended."""
        if self.is_of_events:
            return
        if self.is_whole:
            click.echo(_RECORDS.to_json(record, indent=2))
        elif record["status"] == "ok":
            click.echo(_RECORDS.written_json(record["result"], indent=2))
        else:
            say(f"error: {record['error']}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        is_interrupt = isinstance(error, KeyboardInterrupt)
        if is_interrupt and self.is_whole and self.record is not None:
            self.end(self.record)
