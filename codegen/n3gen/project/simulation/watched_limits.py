"""What simulated runs wait for, and how busy it is: permits and rates, by their names."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from types import ModuleType
from typing import Any, Final

from n3gen.project.simulation.watched_gates import begun_tokens, times_of, watch_gates
from n3gen.project.simulation.watched_runs import RUN, RunFigures
from n3gen.project.support_names import SupportNames

__all__ = ["LimitUse", "LimitWatch"]

_MINUTE: Final = 60.6
"""Seconds in which a rate lets as many requests go as it has for a minute."""

_GRAIN: Final = 1e-6
"""Seconds that are no wait, as a timer may be early by them."""


@dataclass(frozen=True, slots=True)
class LimitUse:
    """A limit, and the share of it that was in use over all the time."""

    name: str
    most: int
    share: float


@dataclass(frozen=True, slots=True)
class LimitWatch:
    """What the steps of a module report to the last of some figures, and of which limits."""

    module: ModuleType
    figures: list[RunFigures]

    def begin(self) -> None:
        """Have the steps and the limits of the module watched from now on."""
        names = SupportNames(self.module)
        self._watch_steps(names["Step"])
        if "StepTimeout" in names:
            _watch_timeouts(names["StepTimeout"])
        _watch_use(names["Limiter"], "held")
        if "Admission" in names:
            self._watch_admissions(names["Admission"])
            _watch_use(names["Gate"], "active")
            watch_gates(names["Gate"])

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
        """Tell the waits for the limits of a rate from that for a permit, which may be in them."""
        wait_in_line = admission_class.wait_in_line
        wait_for_permit = admission_class.wait_for_permit
        figures = self.figures

        async def waited(admission: Any) -> None:
            time = asyncio.get_running_loop().time
            gate, step = admission.gate, admission.step
            admission.waited, admission.meanwhile = 0.0, defaultdict(float)
            asked, before = time(), dict(times_of(gate, admission.place).seconds)
            try:
                await wait_in_line(admission)
            except Exception as error:
                RUN.get().timeouts += "too_late_for" in vars(error)
                raise
            finally:
                waits = times_of(gate, admission.place).after(before)
                rest = time() - asked - admission.waited
                for word, total in waits.items():
                    seconds = total - admission.meanwhile[word]
                    rest -= seconds
                    name = f"{word}.{admission.connection.name}"
                    figures[-1].wait(step, name, seconds)
                # The rest, for which the first in the line waits for a permit.
                if admission.limiter is not None and rest > _GRAIN:
                    figures[-1].wait(step, self._short(admission.limiter), rest)

        async def waited_for_permit(admission: Any, limiter: Any) -> Any:
            time = asyncio.get_running_loop().time
            name, asked = self._short(limiter), time()
            times = times_of(admission.gate, admission.place)
            before = dict(times.seconds)
            try:
                return await wait_for_permit(admission, limiter)
            finally:
                seconds = time() - asked
                admission.waited += seconds
                times = times_of(admission.gate, admission.place)
                for word, passed in times.after(before).items():
                    admission.meanwhile[word] += passed
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
        minutes = max(seconds, _MINUTE) / _MINUTE
        for (connection, _), gate in self._shared("gates").items():
            if gate.concurrent is not None:
                share = _share(gate, gate.concurrent, seconds)
                yield LimitUse(f"concurrent.{connection}", gate.concurrent, share)
            if gate.requests is not None:
                share = min(1.0, gate.begun / (gate.requests * minutes))
                yield LimitUse(f"rate.{connection}", gate.requests, share)
            if gate.tokens is not None:
                share = min(1.0, begun_tokens(gate) / (gate.tokens * minutes))
                yield LimitUse(f"tokens.{connection}", gate.tokens, share)


def _watch_timeouts(timeout_class: Any) -> None:
    """Note of a run that a step of it, or a block, has passed its time."""
    make = timeout_class.__init__

    def made(error: Any, *args: Any) -> None:
        make(error, *args)
        RUN.get().timeouts += 1

    timeout_class.__init__ = made


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
