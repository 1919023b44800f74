"""What simulated runs wait for, and how busy it is: permits and rates, by their names."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

from n3gen.project.simulation.watched_runs import RunFigures
from n3gen.project.support_names import SupportNames

__all__ = ["LimitUse", "LimitWatch"]

_MINUTE: Final = 60.6
"""Seconds in which a rate lets as many requests go as it has for a minute."""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, and the share of it that was in use over all the time."""

    name: str
    most: int
    share: float


@dataclass(frozen=True, slots=True)
class LimitWatch:
    """What the steps of a module tell the last of some figures, and of which limits."""

    module: ModuleType
    figures: list[RunFigures]

    def begin(self) -> None:
        """Have the steps and the limits of the module watched from now on."""
        names = SupportNames(self.module)
        self._watch_steps(names["Step"])
        _watch_use(names["Limiter"], "held")
        if "Admission" in names:
            self._watch_admissions(names["Admission"])
            _watch_use(names["Gate"], "active")

    def _watch_steps(self, step_class: Any) -> None:
        start, leave = step_class.start, step_class.__aexit__
        enter, wait_for = step_class.__aenter__, step_class.wait_for
        figures = self.figures

        def started(step: Any) -> None:
            figures[-1].begin_step(step)
            start(step)

        async def entered(step: Any) -> Any:
            try:
                return await enter(step)
            except BaseException:
                if step.ended is not None:
                    figures[-1].end_step(step)  # cut off before it was entered
                raise

        async def left(step: Any, *error: Any) -> None:
            try:
                await leave(step, *error)
            finally:
                figures[-1].end_step(step)

        async def waited(step: Any, limiter: Any) -> None:
            name, before = self._short(limiter), step.queued
            try:
                await wait_for(step, limiter)
            finally:
                figures[-1].wait(step, name, step.queued - before)

        step_class.start, step_class.__aexit__ = started, left
        step_class.__aenter__, step_class.wait_for = entered, waited

    def _watch_admissions(self, admission_class: Any) -> None:
        """Tell the wait for a rate from that for a permit, which may be in it."""
        wait_in_line = admission_class.wait_in_line
        wait_for_permit = admission_class.wait_for_permit
        figures = self.figures

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
            name, asked = self._short(limiter), time()
            try:
                return await wait_for_permit(admission, limiter)
            finally:
                seconds = time() - asked
                admission.waited += seconds
                figures[-1].wait(admission.step, name, seconds)

        admission_class.wait_in_line = waited
        admission_class.wait_for_permit = waited_for_permit

    def _short(self, limiter: Any) -> str:
        """The name of the limit for which a step waits: the first that is short."""
        needs = getattr(limiter, "needs", ((limiter, 1),))
        for limit, number in needs:
            if limit.held + number > limit.permits:
                return self._name(limit)
        return self._name(needs[0][0])

    def _name(self, limiter: Any) -> str:
        for name, limit in self._limiters().items():
            if limit is limiter:
                return name
        return "max_parallel"

    def _limiters(self) -> dict[str, Any]:
        """The limits of this event loop by their names, but for those of single runs."""
        state = self._shared("loops")
        named = state.get("named_limits", {})
        calls = self.module.process_state().get("llm_limiters", {})
        llm = calls.get(asyncio.get_running_loop())
        found = {} if llm is None else {"llm": llm[0]}
        return found | {f"limit.{name}": limit for name, limit in named.items()}

    def _shared(self, name: str) -> dict[Any, Any]:
        """What the modules of this process share on this event loop under a name."""
        state = self.module.process_state().get(name, {})
        found: dict[Any, Any] = state.get(asyncio.get_running_loop(), {})
        return found

    def uses(self, seconds: float) -> Iterator[LimitUse]:
        """Yield the limits of this event loop, and how busy they were for so long."""
        for name, limiter in self._limiters().items():
            share = _share(limiter, limiter.permits, seconds)
            yield LimitUse(name, limiter.permits, share)
        for (connection, _), gate in self._shared("gates").items():
            if gate.concurrent is not None:
                share = _share(gate, gate.concurrent, seconds)
                yield LimitUse(f"concurrent.{connection}", gate.concurrent, share)
            if gate.requests is not None:
                most = gate.requests * max(seconds, _MINUTE) / _MINUTE
                yield LimitUse(f"rate.{connection}", gate.requests, gate.begun / most)


def _watch_use(limit_class: Any, attribute: str) -> None:
    """Sum up over time how much of a limit is in use, in `area`."""

    def change(limit: Any, number: int) -> None:
        now = asyncio.get_running_loop().time()
        before = limit.in_use
        limit.area += before * (now - limit.since)
        limit.begun += number > before
        limit.in_use, limit.since = number, now

    limit_class.in_use = limit_class.begun = 0
    limit_class.area = limit_class.since = 0.0
    setattr(limit_class, attribute, property(attrgetter("in_use"), change))


def _share(limit: Any, most: int, seconds: float) -> float:
    now = asyncio.get_running_loop().time()
    area: float = limit.area + limit.in_use * (now - limit.since)
    return area / (most * seconds) if seconds else 0.0
