"""Calls of a generated module that are simulated: they take their time, and may fail."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from n3gen.project.errors import ProjectError
from n3gen.project.mock_connection import MockConnection
from n3gen.project.mocks import STEP, Mocks, Wrapper
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
from n3gen.project.simulation.latencies import Constant, Latency, Lognormal
from n3gen.project.simulation.recorded_calls import RecordedCalls
from n3gen.project.simulation.simulated_actors import SimulatedActors
from n3gen.project.simulation.simulated_streams import SimulatedStreams, timed_items
from n3gen.project.simulation.watched_runs import RUN
from n3gen.project.support_names import SupportNames
from n3gen.project.targets import streams_of
from n3gen.spec.model import Connector

__all__ = ["SimulatedCalls"]

_USUAL: Final = {
    "model": (0.4, 4.0),
    "request": (0.05, 0.5),
    "connector": (0.1, 1.0),
    "function": (0.005, 0.05),
    "person": (60.0, 3600.0),
}
"""Between which seconds the median of calls is made up of which nothing is known."""

_TAIL: Final = 2.5
"""How many times the median the 95th percentile is that is made up."""


@dataclass(frozen=True, slots=True)
class _Call:
    """What calls of one step to one connector come to.

    `recorded` says which recordings they are drawn from, or why from none.
    """

    stream: int
    path: str
    latency: Latency
    failures: tuple[CallFailure, ...]
    values: Sequence[Any]
    texts: Sequence[str]
    recorded: str = ""
    made_up: bool = False


@dataclass
class SimulatedCalls(Mocks):
    """What answers the calls of simulated runs.

    `subjects` are the steps that call, by path; `made_up` are the latencies that nobody
    has given, by path. What `profiles` leave open is as it was `recorded`, of which
    `drawn` says for steps from what, by path.
    """

    WHO = "the simulated call"

    subjects: Mapping[str, Subject] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    known: KnownValues = field(kw_only=True)
    recorded: RecordedCalls = field(default_factory=RecordedCalls)
    seed: int = 0
    made_up: dict[str, Latency] = field(default_factory=dict)
    drawn: dict[str, str] = field(default_factory=dict)
    actors: SimulatedActors = field(default_factory=SimulatedActors)
    _known_calls: dict[tuple[str, str | None, Any], _Call | None] = field(
        default_factory=dict
    )

    def wrappers(self) -> Mapping[str, Wrapper]:
        """What is put around each function by which a step calls something outside."""
        inside = ("call_chain", "call_pipeline", "call_stage")
        found = {**super().wrappers(), "tell_actor": self._telling}
        return {name: wrap for name, wrap in found.items() if name not in inside}

    def _watch_steps(self, step_class: Any) -> None:
        """Leave it to what watches runs to note the step of a context."""

    def find(self, step: Any) -> Any:
        """What calls of a step come to."""
        return self._call(step, None, None)

    def items(self, channel: str) -> AsyncGenerator[Any, None]:
        """Return what a caller sends to a channel in one run, as it comes."""
        profile = self.profiles.get(channel, CallProfile())
        if profile.values is None:
            sent = self.known.sent(channel)
            if sent is None:
                raise ProjectError(
                    f"the caller feeds the channel `{channel}`: give its items as "
                    "`values` in the file that --calls names"
                )
            profile = replace(profile, values=sent)
        return timed_items(channel, profile, self.seed)

    async def answer(self, step: Any, found: Any) -> Any:
        """Take the time of one call, and return what it gives; raise its error."""
        return found.values[await self._drawn(step, found, len(found.values))]

    async def _drawn(self, step: Any, found: _Call, count: int) -> int:
        """Take the time of one call, and return the number of what it gives."""
        run = RUN.get()
        if found.made_up:
            self.made_up[found.path] = found.latency
        if found.recorded:
            self.drawn[found.path] = found.recorded
        number = step.calls_made = getattr(step, "calls_made", 0) + 1
        path = step.path
        stream = found.stream if path == found.path else stream_of(self.seed, path)
        draws = Draws(stream, run.number, number)
        failure = failure_at(found.failures, draws.at(1)) if found.failures else None
        if failure is not None and failure.after is not None:
            seconds = failure.after
        elif isinstance(found.latency, Constant):
            seconds = found.latency.value
        else:
            seconds = found.latency.at(draws.at(2))
        if seconds > 0:
            await asyncio.sleep(seconds)
        if failure is not None:
            run.failed_calls += 1
            raise self._error(failure.error)
        return int(draws.at(3) * count) if count > 1 else 0

    def _call(self, step: Any, connector: str | None, asked: Any) -> _Call | None:
        """What calls of a step come to, by the connector and what is `asked`.

        That is a connection, or the method and the server of a request. `None` is for
        what answers by itself, as local models do of which nothing is known.
        """
        path = step.plain_path
        key = path, connector, getattr(asked, "name", asked)
        if key not in self._known_calls:
            self._known_calls[key] = self._profiled(path, connector, asked)
        return self._known_calls[key]

    def _profiled(self, path: str, connector: str | None, asked: Any) -> _Call | None:
        subject = self._subject(path)
        if subject is None:
            return None
        fallback: Connector | None = None
        names = (*subject.names, ALL)
        connection = getattr(asked, "name", None)
        if connector is not None and connector not in subject.names:
            fallback = self.known.connectors.get(connector)
            names = (*filter(None, (connector, connection)), ALL)
        recorded, source = self._recorded(asked)
        profile = recorded
        for name in reversed(names):
            profile = merged(profile, self.profiles.get(name, CallProfile()))
        if profile == CallProfile() and self._is_local(asked):
            return None
        if profile.latency is not recorded.latency:
            source = ""
        return self._built(subject, path, profile, fallback, source)

    def _subject(self, path: str) -> Subject | None:
        """The step at a path; one deeper than was followed is known by its name."""
        if path in self.subjects:
            return self.subjects[path]
        name = path.rpartition(".")[2]
        ends = (s for p, s in self.subjects.items() if p.rpartition(".")[2] == name)
        return next(ends, None)

    def _recorded(self, asked: Any) -> tuple[CallProfile, str]:
        """What recordings say of a connection, or of a request; and which, or why none."""
        if asked is None or not self.recorded.answers:
            return CallProfile(), ""
        if isinstance(asked, tuple):
            return self.recorded.of_request(*asked)
        address = getattr(asked, "base_url", None)
        if not address:
            return CallProfile(), ""
        names = SupportNames(self.module)
        variable = getattr(address, "name", None)
        if variable and address.default is None and names["variable"](variable) is None:
            return CallProfile(), f"none, as {variable} is not set"
        url = names["read_setting"](address) or ""
        return self.recorded.of_connection(url, asked.default_model())

    def _built(
        self,
        subject: Subject,
        path: str,
        profile: CallProfile,
        fallback: Connector | None,
        recorded: str,
    ) -> _Call:
        latency, values = profile.latency, profile.values
        is_made_up = latency is None
        if latency is None:
            latency = self._usual(subject)
        if values is None:
            values = tuple(self.known.values(subject, fallback))
        texts = [v if isinstance(v, str) else json.dumps(v) for v in values]
        stream = stream_of(self.seed, path)
        failures = profile.failures or ()
        return _Call(
            stream, path, latency, failures, values, texts, recorded, is_made_up
        )

    def _usual(self, subject: Subject) -> Latency:
        """A latency for calls of which nothing is known, the same for the same seed."""
        low, high = _USUAL[subject.kind]
        share = Draws(stream_of(self.seed, subject.path), 0, 0).at(1)
        median = math.exp(math.log(low) + share * math.log(high / low))
        rounded = float(f"{median:.2g}")
        return Lognormal(rounded, rounded * _TAIL)

    def _with_model(
        self,
        ask: Callable[..., Any],
        changes: Callable[[MockConnection], Mapping[str, Any]],
    ) -> Callable[..., Any]:
        """Wrap a function that asks a model: note whom, for what is sent then."""

        def asked(step: Any, call: Any, *args: Any, **kwargs: Any) -> Any:
            step.asked = None if call.connector is None else call.connector.name
            return ask(step, call, *args, **kwargs)

        return asked

    def _embedding(self, embed: Callable[..., Any]) -> Callable[..., Any]:
        names = SupportNames(self.module)

        def embedded(step: Any, call: Any, *args: Any, **kwargs: Any) -> Any:
            connector = None if call.connector is None else call.connector.name
            found = self._call(step, connector, call.connection)
            if found is None:
                return embed(step, call, *args, **kwargs)

            async def fetch(_: Any, __: Any, texts: Sequence[str], *___: Any) -> Any:
                value = await self.answer(step, found)
                is_one = not any(isinstance(part, list) for part in value)
                return names["TextVectors"]([value] * len(texts) if is_one else value)

            return embed(step, replace(call, fetch=fetch), *args, **kwargs)

        return embedded

    def install(self, *, keeps_settings: bool) -> None:
        """Bind the module's names, and what connections send, to what is simulated."""
        super().install(keeps_settings=keeps_settings)
        names = SupportNames(self.module)
        if "Stream" in names:
            targets = streams_of(self.known.spec)
            streams = SimulatedStreams(targets, self.profiles, self.seed, self._refusal)
            names["Stream"].open = streams.opening(names["Stream"].open)
        base = names.get("Connection")
        if base is None:
            return
        for found in names.values():
            is_connection = isinstance(found, type) and issubclass(found, base)
            if is_connection and "send" in vars(found) and found is not base:
                found.send = self._sending(found.send)

    def _sending(self, send: Callable[..., Any]) -> Callable[..., Any]:
        """Answer what a connection would send, for the step that asks it."""
        model_answer = SupportNames(self.module)["ModelAnswer"]

        async def sent(connection: Any, *args: Any, **kwargs: Any) -> Any:
            step = STEP.get()
            found = self._call(step, step.asked, connection)
            if found is None:
                return await send(connection, *args, **kwargs)
            number = await self._drawn(step, found, len(found.texts))
            return model_answer(found.texts[number])

        return sent

    def _connecting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def called(step: Any, name: str, *args: Any) -> Any:
            found = self._call(step, name, None)
            if found is None:
                return await call(step, name, *args)
            return await self.answer(step, found)

        return called

    def _messaging(self, send: Callable[..., Any]) -> Callable[..., Any]:
        return self._handled(self.actors.ask)

    def _telling(self, send: Callable[..., Any]) -> Callable[..., Any]:
        return self._handled(self.actors.tell)

    def _handled(self, send: Callable[..., Any]) -> Callable[..., Any]:
        shared = SupportNames(self.module).get("SharedActor", ())

        async def sent(step: Any, actor: Any, *_: Any) -> Any:
            owner = None if isinstance(actor, shared) else RUN.get().number
            found = self._call(step, None, None)
            return await send(owner, actor, lambda: self.answer(step, found))

        return sent

    def _requesting(self, request: Callable[..., Any]) -> Callable[..., Any]:
        async def requested(
            step: Any, method: str, url: str, *args: Any, **kwargs: Any
        ) -> Any:
            server = url.partition("://")[2].partition("/")[0].partition("?")[0]
            scheme = url.partition("://")[0]
            found = self._call(step, None, (method, f"{scheme}://{server}"))
            if found is None:
                return await request(step, method, url, *args, **kwargs)
            return await self.answer(step, found)

        return requested
