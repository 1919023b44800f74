"""Arguments that are empty, as those are in which a shell puts an unset variable."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

__all__ = ["without_empty"]

_Callback = Callable[[click.Context, click.Parameter, Any], Any]


def without_empty(command: click.Command) -> click.Command:
    """Let a command, and those below it, refuse every argument that is empty.

    None has a use for one: paths, names and data all need a text.
    """
    for parameter in command.params:
        if not isinstance(parameter.callback, _Refused):
            parameter.callback = _Refused(parameter.callback)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            without_empty(inner)
    return command


class _Refused:
    """A callback of click, before which the value may not be empty."""

    def __init__(self, callback: _Callback | None) -> None:
        self._callback = callback

    def __call__(
        self, context: click.Context, parameter: click.Parameter, value: Any
    ) -> Any:
        if value == "" or (isinstance(value, tuple) and "" in value):
            message = "it is empty; is a variable not set that should hold it?"
            raise click.BadParameter(message, context, parameter)
        if self._callback is None:
            return value
        return self._callback(context, parameter, value)
