"""Durations on the command line, as specs spell them: `30`, `0.5`, `2m`."""

from __future__ import annotations

import click

from n3gen.spec.values import Fault, seconds

__all__ = ["DURATION"]


class Duration(click.ParamType[float]):
    """A number of seconds, which is checked where it is used, or one with a unit."""

    name = "duration"

    def convert(
        self,
        value: str | float,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        try:
            return float(value)
        except ValueError:
            pass
        try:
            return seconds(value)
        except Fault as fault:
            way_out = "" if fault.way_out is None else f"; {fault.way_out}"
            self.fail(f"{fault.message}{way_out}", param, ctx)


DURATION = Duration()
"""The type of an option that takes a duration, whose value is in seconds."""
