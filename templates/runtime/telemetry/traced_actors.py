"""Actors in processes that know of the spans their messages belong to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ..actors.actor_processes import ProcessActor
from .spans import carried_context
from .traced_workers import call_in_context

__all__ = ["TracedProcessActor"]


class TracedProcessActor(ProcessActor):
    """An actor whose object lives in a process, to which each message brings its span."""

    def sent_call(self, method: str, arguments: dict[str, Any]) -> Callable[[], Any]:
        call = super().sent_call(method, arguments)
        return partial(call_in_context, carried_context(), call)
