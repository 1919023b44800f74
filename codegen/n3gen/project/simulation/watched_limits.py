"""What simulated runs wait for, and how busy it is: permits and rates, by their names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final

from n3gen.project.simulation.watched_runs import RunFigures

__all__ = ["LimitUse", "limit_uses", "watch"]

_MINUTE: Final = 60.6
"""Seconds in which a rate lets as many requests go as it has for a minute."""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, and the share of it that was in use over all the time."""

    name: str
    most: int
    share: float


def watch(module: ModuleType, figures: list[RunFigures]) -> None:
    """Have the steps of a module tell the last of `figures` what happens to them."""
    names = vars(module)
    _watch_steps(names["Step"], figures)
    _watch_held(names["Limiter"], "held")
    if "Admission" in names:
        _watch_admissions(names["Admission"], figures)
        _watch_held(names["Gate"], "active")


def _watch_steps(step_class: Any, figures: list[RunFigures]) -> None:
    start, leave, wait_for = step_class.start, step_class.__aexit__, step_class.wait_for

    def started(step: Any) -> None:
        figures[-1].begin_step(step)
        start(step)

    async def left(step: Any, *error: Any) -> None:
        try:
            await leave(step, *error)
        finally:
            figures[-1].end_step(step)

    async def waited(step: Any, limiter: Any) -> None:
        name, before = _short(limiter), step.queued
        try:
            await wait_for(step, limiter)
        finally:
            figures[-1].wait(step, name, step.queued - before)

    step_class.start, step_class.__aexit__ = started, left
    step_class.wait_for = waited


def _watch_admissions(admission_class: Any, figures: list[RunFigures]) -> None:
    """Tell the wait for a rate from that for a permit, which may be in it."""
    wait_in_line = admission_class.wait_in_line
    wait_for_permit = admission_class.wait_for_permit

    async def waited(admission: Any) -> None:
        time = asyncio.get_running_loop().time
        gate, step = admission.gate, admission.step
        is_full = gate.concurrent is not None and gate.active >= gate.concurrent
        word = "concurrent" if is_full else "rate"
        asked, admission.waited = time(), 0.0
        try:
            await wait_in_line(admission)
        finally:
            seconds = time() - asked - admission.waited
            figures[-1].wait(step, f"{word}.{admission.connection.name}", seconds)

    async def waited_for_permit(admission: Any, limiter: Any) -> Any:
        time = asyncio.get_running_loop().time
        name, asked = _short(limiter), time()
        try:
            return await wait_for_permit(admission, limiter)
        finally:
            seconds = time() - asked
            admission.waited += seconds
            figures[-1].wait(admission.step, name, seconds)

    admission_class.wait_in_line = waited
    admission_class.wait_for_permit = waited_for_permit


def _watch_held(limit_class: Any, attribute: str) -> None:
    """Sum up over time how much of a limit is in use, in `area`."""

    def get(limit: Any) -> int:
        number: int = limit.in_use
        return number

    def change(limit: Any, number: int) -> None:
        now = asyncio.get_running_loop().time()
        if hasattr(limit, "since"):
            limit.area += limit.in_use * (now - limit.since)
            limit.begun += number > limit.in_use
        else:
            limit.area, limit.begun = 0.0, 0
        limit.in_use, limit.since = number, now

    setattr(limit_class, attribute, property(get, change))


def _short(limiter: Any) -> str:
    """The name of the limit for which a step waits: the first that is short."""
    needs = getattr(limiter, "needs", ((limiter, 1),))
    for limit, number in needs:
        if limit.held + number > limit.permits:
            return _name(limit)
    return _name(needs[0][0])


def _name(limiter: Any) -> str:
    state = _state("loops")
    if limiter is state.get("llm_limiter"):
        return "llm"
    for name, limit in state.get("named_limits", {}).items():
        if limit is limiter:
            return f"limit.{name}"
    return "max_parallel"


def _state(name: str) -> dict[Any, Any]:
    """What the modules of this process share on this event loop under a name."""
    import sys

    state = vars(sys.modules["_n3gen_process_3"])
    found: dict[Any, Any] = state.get(name, {}).get(asyncio.get_running_loop(), {})
    return found


def limit_uses(seconds: float) -> Iterator[LimitUse]:
    """Yield the limits of this event loop, and how busy they were for so long."""
    state = _state("loops")
    limiters = {
        f"limit.{n}": limit for n, limit in state.get("named_limits", {}).items()
    }
    if "llm_limiter" in state:
        limiters = {"llm": state["llm_limiter"], **limiters}
    for name, limiter in limiters.items():
        yield LimitUse(name, limiter.permits, _share(limiter, limiter.permits, seconds))
    for (connection, _), gate in _state("gates").items():
        if gate.concurrent is not None:
            share = _share(gate, gate.concurrent, seconds)
            yield LimitUse(f"concurrent.{connection}", gate.concurrent, share)
        if gate.requests is not None:
            most = gate.requests * max(seconds, _MINUTE) / _MINUTE
            yield LimitUse(f"rate.{connection}", gate.requests, gate.begun / most)


def _share(limit: Any, most: int, seconds: float) -> float:
    now = asyncio.get_running_loop().time()
    area: float = limit.area + limit.in_use * (now - limit.since)
    return area / (most * seconds) if seconds else 0.0
