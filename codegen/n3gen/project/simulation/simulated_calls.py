"""Calls of a generated module that are simulated: they take their time, and may fail."""

from __future__ import annotations

import asyncio
import functools
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from n3gen.project.mock_connection import MockConnection
from n3gen.project.mocks import Mocks, Wrapper
from n3gen.project.simulation.call_failures import CallFailure, failure_at
from n3gen.project.simulation.call_profiles import (
    ALL,
    CallProfile,
    Profiles,
    Subject,
    merged,
)
from n3gen.project.simulation.draws import Draws, stream_of
from n3gen.project.simulation.known_values import KnownValues
from n3gen.project.simulation.latencies import Latency, Lognormal
from n3gen.project.simulation.watched_runs import RUN, plain_path

__all__ = ["SimulatedCalls"]

_USUAL: Final = {
    "model": (0.4, 4.0),
    "request": (0.05, 0.5),
    "connector": (0.1, 1.0),
    "function": (0.005, 0.05),
}
"""Between which seconds the median of calls is made up of which nothing is known."""

_TAIL: Final = 2.5
"""How many times the median the 95th percentile is that is made up."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What calls of one step to one connector come to."""

    stream: int
    path: str
    latency: Latency
    failures: tuple[CallFailure, ...]
    values: Sequence[Any]
    texts: Sequence[str]
    source: str


@dataclass
class SimulatedCalls(Mocks):
    """What answers the calls of simulated runs.

    `subjects` are the steps that call, by path; `made_up` are the latencies that nobody
    has given, by path.
    """

    subjects: Mapping[str, Subject] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    known: KnownValues | None = None
    seed: int = 0
    made_up: dict[str, Latency] = field(default_factory=dict)
    _calls: dict[tuple[str, str | None, str | None], _Call | None] = field(
        default_factory=dict
    )

    def wrappers(self) -> Mapping[str, Wrapper]:
        """What is put around each function by which a step calls something outside."""
        inside = ("call_chain", "call_pipeline", "call_stage")
        found = super().wrappers()
        return {name: wrap for name, wrap in found.items() if name not in inside}

    def find(self, step: Any) -> Any:
        """What calls of a step come to."""
        return self._call(step, None, None)

    async def answer(self, step: Any, found: Any) -> Any:
        """Take the time of one call, and return what it gives; raise its error."""
        return found.values[await self._drawn(step, found, len(found.values))]

    async def _text(self, step: Any, found: _Call) -> str:
        return found.texts[await self._drawn(step, found, len(found.texts))]

    async def _drawn(self, step: Any, found: _Call, count: int) -> int:
        """Take the time of one call, and return the number of what it gives."""
        run = RUN.get()
        number = step.calls_made = getattr(step, "calls_made", 0) + 1
        path = step.path
        stream = found.stream if path == found.path else stream_of(self.seed, path)
        draws = Draws(stream, run.number, number)
        share, length = draws.next(), draws.next()
        failure = failure_at(found.failures, share) if found.failures else None
        seconds = found.latency.at(length)
        if failure is not None and failure.after is not None:
            seconds = failure.after
        if seconds > 0:
            await asyncio.sleep(seconds)
        if failure is not None:
            run.failed_calls += 1
            raise self._error(failure.error)
        return int(draws.next() * count)

    def _call(
        self, step: Any, connector: str | None, connection: str | None
    ) -> _Call | None:
        """What calls of a step come to, of which a connector and its connection are asked."""
        path = plain_path(step.path)
        key = path, connector, connection
        if key not in self._calls:
            self._calls[key] = self._profiled(path, connector, connection)
        return self._calls[key]

    def _profiled(
        self, path: str, connector: str | None, connection: str | None
    ) -> _Call | None:
        subject = self.subjects.get(path)
        if subject is None:  # deeper than the chain was followed, which runs itself
            name = path.rpartition(".")[2]
            ends = (s for p, s in self.subjects.items() if p.rpartition(".")[2] == name)
            subject = next(ends, None)
        if subject is None:
            return None
        fallback = None
        names: Sequence[str] = (*subject.names, ALL)
        if connector is not None and connector not in subject.names:
            assert self.known is not None
            fallback = self.known._connectors.get(connector)
            asked = [name for name in (connector, connection) if name is not None]
            names = (*asked, *names)
        profile = CallProfile()
        for name in reversed(names):
            profile = merged(profile, self.profiles.get(name, CallProfile()))
        return self._made(subject, path, profile, fallback)

    def _made(
        self, subject: Subject, path: str, profile: CallProfile, fallback: Any
    ) -> _Call:
        assert self.known is not None
        latency, values = profile.latency, profile.values
        if latency is None:
            latency = self.made_up[path] = self._usual(subject)
        if values is None:
            values = tuple(self.known.values(subject, fallback))
        texts = [v if isinstance(v, str) else json.dumps(v) for v in values]
        stream = stream_of(self.seed, path)
        failures = profile.failures or ()
        return _Call(stream, path, latency, failures, values, texts, "")

    def _usual(self, subject: Subject) -> Latency:
        """A latency for calls of which nothing is known, the same for the same seed."""
        low, high = _USUAL[subject.kind]
        share = Draws(stream_of(self.seed, subject.path), 0, 0).next()
        median = math.exp(math.log(low) + share * math.log(high / low))
        rounded = float(f"{median:.2g}")
        return Lognormal(rounded, rounded * _TAIL)

    def _with_model(
        self,
        ask: Callable[..., Any],
        changes: Callable[[MockConnection], Mapping[str, Any]],
    ) -> Callable[..., Any]:
        names = vars(self.module)

        async def asked(step: Any, call: Any, *args: Any, **kwargs: Any) -> Any:
            connection = call.connection
            connector = None if call.connector is None else call.connector.name
            found = self._call(step, connector, connection.name)
            if found is None:
                return await ask(step, call, *args, **kwargs)
            answer = functools.partial(self._text, step, found)
            mock = SimulatedConnection(connection, answer, names)
            return await ask(step, replace(call, **changes(mock)), *args, **kwargs)

        return asked

    def _connecting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def called(step: Any, name: str, *args: Any) -> Any:
            found = self._call(step, name, None)
            if found is None:
                return await call(step, name, *args)
            return await self.answer(step, found)

        return called


class SimulatedConnection(MockConnection):
    """A connection whose answers are texts already, and whose vectors are enough."""

    async def fetch(self, _: Any, __: Any, texts: Sequence[str], *___: Any) -> Any:
        """The value as vectors, one for each of the texts."""
        value = json.loads(await self._call())
        is_one = not any(isinstance(part, list) for part in value)
        vectors = [value] * len(texts) if is_one else value
        return self._names["TextVectors"](vectors)
