"""Durations on the command line, as specs spell them: `30`, `0.5`, `2m`."""

from __future__ import annotations

import click

from n3gen.spec.values import Fault, seconds

__all__ = ["DURATION"]


class Duration(click.ParamType[float]):
    """A number of seconds, or one with a unit, above 0."""

    name = "duration"

    def convert(
        self,
        value: str | float,
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        try:
            found = _seconds(value)
        except Fault as fault:
            way_out = "" if fault.way_out is None else f"; {fault.way_out}"
            self.fail(f"{fault.message}{way_out}", param, ctx)
        if not found > 0:
            self.fail(f"`{value}` is no time above 0", param, ctx)
        return found


def _seconds(value: str | float) -> float:
    """Return a duration in seconds; raise `Fault` for what is none."""
    try:
        return float(value)
    except ValueError:
        return seconds(value)


DURATION = Duration()
"""The type of an option that takes a duration, whose value is in seconds."""
