"""Mocks: what answers the calls of a generated module in tests, or refuses them.

Nothing of it is in a module: what a step calls is looked up among the module's
names when it is called, and those names are bound to something else here. All that is
around a call (permits, timeouts, tries, rates, types, records) stays as it is.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, ClassVar, Final

from n3gen.project.mock_attachments import leave_unread
from n3gen.project.mock_connection import MockConnection
from n3gen.project.mock_responses import failed_response, is_failed
from n3gen.project.support_names import SupportNames
from n3gen.project.targets import MissingFunction, Refused
from n3gen.spec.test_nodes import Mock

__all__ = ["STEP", "MockError", "Mocks", "StepMock"]

Wrapper = Callable[[Callable[..., Any]], Callable[..., Any]]

_KINDS: Final = (
    "timeout",
    "connection",
    "invalid_output",
    "refusal",
    "context_length",
)
"""The errors of a mock that are kinds of failure."""

_WAYS_OUT: Final = "add it to `mock`, or run with `--record` or `--replay`"

_WAY_OUT: Final = "add it to `mock`"

STEP: ContextVar[Any] = ContextVar("step", default=None)
"""The step that was the last to start in this context."""

_HIDDEN: Final = "***"
"""What recordings have in place of secrets."""

_ANY_VALUE: Final = "1"
"""A text for what a mocked step does not use: a number, a name and a part of a host."""


class MockError(Exception):
    """The error of a mock, in a module that asks no model."""


@dataclass(frozen=True, slots=True)
class StepMock:
    """A mock, and what the paths of the steps match that it stands for."""

    pattern: re.Pattern[str]
    mock: Mock


@dataclass
class Mocks:
    """What answers the calls of runs of `module`, one after another.

    `uses_network` is whether calls without a mock are made: to the network or,
    in replay, to what was recorded. `refused` says of those that are not, and of those
    that no recording answers, why.
    """

    WHO: ClassVar = "the mock"

    module: ModuleType
    mocks: Sequence[StepMock]
    uses_network: bool = False
    refused: list[str] = field(default_factory=list)
    calls: Counter[str] = field(default_factory=Counter)

    def install(self, *, keeps_settings: bool) -> None:
        """Binds the module's names to what looks for mocks first.

        No run is refused for a variable that is not set, as a mocked step needs none.
        Unless it `keeps_settings`, no call is either: what they say is not used.
        """
        names = SupportNames(self.module)
        for name, wrap in self.wrappers().items():
            if name in names:
                names[name] = wrap(names[name])
        if "http_clients" in names and not self.uses_network:
            names["http_clients"] = self._refuse_client
        if "require_variables" in names:
            names["require_variables"] = lambda *_, **__: None
        self._watch_steps(names["Step"])
        leave_unread(names, self._is_mocked)
        if "read_env" in names and not keeps_settings:
            names["read_env"] = self._reading(names["read_env"], names["MissingValue"])
        if "read_setting" in names and not keeps_settings:
            read_setting = self._setting(names["read_setting"], names["ModelError"])
            names["read_setting"] = read_setting
        for value in names.values():
            # A cache file would have tests know of each other, and of real runs.
            if isinstance(value, names.get("SqliteCache", ())):
                value.path = value.place = ":memory:"

    def begin(self, mocks: Sequence[StepMock]) -> None:
        """Forget an earlier run, and answer those of the next one by `mocks`."""
        self.mocks = mocks
        self.refused.clear()
        self.calls.clear()

    def wrappers(self) -> Mapping[str, Wrapper]:
        """What is put around each function by which a step calls something."""
        return {
            "ask": self._asking,
            "ask_with_tools": self._asking,
            "embed": self._embedding,
            "http_request": self._requesting,
            "invoke": self._invoking,
            "invoke_in_process": self._invoking,
            "call_connector": self._connecting,
            "call_chain": self._calling,
            "call_pipeline": self._calling,
            "call_stage": self._calling,
            "invoke_into": self._invoking,
            "call_connector_into": self._connecting,
            "ask_into": self._asking,
            "next_answer": self._answering,
            "ask_actor": self._messaging,
            "tell_actor": self._messaging,
        }

    def connectors(self, chain: str) -> dict[str, Callable[..., Any]]:
        """What a run of the chain is given for connectors that nobody has registered."""
        registered = self.module.process_state().get("connectors", {})
        needed = self.module.CHAINS[chain].connectors
        why = "calls `{}`, which is given at run time: add it to `mock`"
        return {
            name: MissingFunction(why.format(name))
            for name in needed
            if name not in registered
        }

    def find(self, step: Any) -> StepMock | None:
        """The mock of a step of a run, the one that names most of its rounds."""
        return next((m for m in self.mocks if m.pattern.fullmatch(step.path)), None)

    async def answer(self, step: Any, found: StepMock) -> Any:
        """What the mock gives for one call of a step; raises its error."""
        step.place = None
        self.calls[step.path] += 1
        mock = found.mock
        if mock.delay:
            await asyncio.sleep(mock.delay)
        is_over = mock.times is not None and self.calls[step.path] > mock.times
        if mock.error is not None and not is_over:
            raise self._error(mock.error)
        return copy.deepcopy(mock.value)

    def _error(self, error: str | int) -> Exception:
        """The error of a mock, as one of the module's own if it has that."""
        kind: type[Exception] | None = SupportNames(self.module).get("ModelError")
        is_status = isinstance(error, int)
        words = f"{self.WHO} answered with status {error}" if is_status else str(error)
        if kind is None:
            return MockError(words)
        word = "status" if is_status else error if error in _KINDS else "error"
        # The class is the module's, and not known here.
        given: dict[str, Any] = {"status": error} if is_status else {}
        return kind(words, word, **given)

    def _refuse(self, step: Any, what: str) -> Exception:
        """The error for a call that is not made; it is neither repeated nor stood in for."""
        return self._refusal(f"step `{step.path}` {what}")

    def _refuse_client(self, name: str) -> Any:
        """Refuse the client of a connection to a call that no wrapper has caught."""
        raise self._refusal(f"a request to `{name}` would be made: {_WAYS_OUT}")

    def _refusal(self, message: str) -> Exception:
        if message not in self.refused:
            self.refused.append(message)
        kind: type[Exception] | None = SupportNames(self.module).get("ModelError")
        given: dict[str, Any] = {"is_final": True}
        return Refused(message) if kind is None else kind(message, **given)

    async def _made(self, call: Any) -> Any:
        """The result of a call that is made; notes it where no recording answers it."""
        try:
            return await call
        except SupportNames(self.module).get("ReplayMiss", ()) as error:
            if str(error) not in self.refused:
                self.refused.append(str(error))
            raise

    def _is_local(self, connection: Any) -> bool:
        """Whether a connection answers without a network."""
        return isinstance(connection, SupportNames(self.module).get("LocalModel", ()))

    def _asking(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        return self._with_model(ask, lambda mock: {"connection": mock})

    def _embedding(self, embed: Callable[..., Any]) -> Callable[..., Any]:
        return self._with_model(
            embed, lambda mock: {"connection": mock, "fetch": mock.fetch}
        )

    def _with_model(
        self,
        ask: Callable[..., Any],
        changes: Callable[[MockConnection], Mapping[str, Any]],
    ) -> Callable[..., Any]:
        """Wrap a function that asks a model; `changes` are those that mock its call."""
        names = SupportNames(self.module)

        async def asked(step: Any, call: Any, *args: Any, **kwargs: Any) -> Any:
            connection = call.connection
            found = self.find(step)
            if found is not None:
                answer = functools.partial(self.answer, step, found)
                mock = MockConnection(connection, answer, names)
                call = replace(call, **changes(mock))
            elif not (self.uses_network or self._is_local(connection)):
                what = f"asks connection `{connection.name}`: {_WAYS_OUT}"
                raise self._refuse(step, what)
            return await self._made(ask(step, call, *args, **kwargs))

        return asked

    def _requesting(self, request: Callable[..., Any]) -> Callable[..., Any]:
        async def requested(step: Any, /, *args: Any, **kwargs: Any) -> Any:
            found = self.find(step)
            if found is not None:
                answer = await self.answer(step, found)
                if is_failed(answer):
                    raise failed_response(self.WHO, answer, self.module)
                return answer
            if not self.uses_network:
                raise self._refuse(step, f"makes a request: {_WAYS_OUT}")
            return await self._made(request(step, *args, **kwargs))

        return requested

    def _invoking(self, invoke: Callable[..., Any]) -> Callable[..., Any]:
        async def invoked(
            step: Any, function: Any, /, *args: Any, **kwargs: Any
        ) -> Any:
            found = self.find(step)
            if found is not None:
                return await self.answer(step, found)
            if isinstance(function, MissingFunction):
                raise self._refuse(step, function.missing)
            return await invoke(step, function, *args, **kwargs)

        return invoked

    def _messaging(self, send: Callable[..., Any]) -> Callable[..., Any]:
        async def sent(step: Any, actor: Any, method: str, arguments: Any) -> Any:
            found = self.find(step)
            if found is not None:
                return await self.answer(step, found)
            if isinstance(actor.make, MissingFunction):
                raise self._refuse(step, actor.make.missing)
            return await send(step, actor, method, arguments)

        return sent

    def _connecting(self, call: Callable[..., Any]) -> Callable[..., Any]:
        async def called(step: Any, name: str, *args: Any) -> Any:
            found = self.find(step)
            if found is not None:
                return await self.answer(step, found)
            function = step.run.connectors[name]
            if isinstance(function, MissingFunction):
                raise self._refuse(step, function.missing)
            return await call(step, name, *args)

        return called

    def _calling(self, call_chain: Callable[..., Any]) -> Callable[..., Any]:
        async def called(step: Any, *args: Any) -> Any:
            found = self.find(step)
            if found is not None:
                return await self.answer(step, found)
            return await call_chain(step, *args)

        return called

    def _answering(self, next_answer: Callable[..., Any]) -> Callable[..., Any]:
        async def answered(step: Any, signal: str, *_: Any, **__: Any) -> Any:
            found = self.find(step)
            if found is not None:
                return None, await self.answer(step, found)
            raise self._refuse(step, f"waits for an answer to `{signal}`: {_WAY_OUT}")

        return answered

    def _watch_steps(self, step_class: Any) -> None:
        start = step_class.start

        def started(step: Any) -> None:
            STEP.set(step)
            start(step)

        step_class.start = started

    def _reading(
        self, read_env: Callable[[str], str], missing: type[Exception]
    ) -> Callable[[str], str]:
        """As `read_env`, but for a mocked step a variable that is not set has a value."""

        def read(name: str) -> str:
            try:
                return read_env(name)
            except missing:
                if not self._is_mocked():
                    raise
                return _ANY_VALUE

        return read

    def _setting(
        self, read_setting: Callable[..., Any], failure: type[Exception]
    ) -> Callable[..., Any]:
        """As `read_setting`, but what a variable says that is not set is made up.

        In replay a secret is what recordings have in its place; what else is in a
        request is needed to find its recording.
        """

        def read(value: Any, *, is_secret: bool = True) -> Any:
            try:
                return read_setting(value, is_secret=is_secret)
            except failure:
                if not self.uses_network or self._is_mocked():
                    return value.name
                if not is_secret:
                    raise
                return _HIDDEN

        return read

    def _is_mocked(self) -> bool:
        """Whether the step under way has a mock."""
        step = STEP.get()
        return step is not None and step.ended is None and self.find(step) is not None
