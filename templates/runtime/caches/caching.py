"""Caches of results, by what they depend on."""

from __future__ import annotations

import asyncio
import hashlib
import json
from abc import ABC, abstractmethod
from collections import OrderedDict, deque
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Generator,
    Mapping,
    Sequence,
)
from contextlib import contextmanager, suppress
from functools import partial
from types import CodeType, FunctionType
from typing import Any, cast

from ..run.process import loop_state, process_state
from ..run.records import Foreseen, StepError, StepTimeout
from ..run.run import Step, chain_logger
from ..run.time_limit import ends_missed
from ..values.json_data import json_data

__all__ = ["AnswerCache", "CacheError", "MemoryCache", "callable_name"]

Waiters = deque[asyncio.Future[str | None]]
"""Those who wait for a result that another makes: they get it, or `None` to make it."""


class CacheError(Foreseen):
    """A cache that cannot be used, or a result or a key that it cannot hold."""


class AnswerCache(ABC):
    """Where steps keep their results, as JSON text, for `ttl` seconds or for ever.

    Caches of one name and place are one cache, whichever modules they stand in.
    """

    place = ""

    def __init__(self, name: str, ttl: float | None = None) -> None:
        self.name = name
        self.ttl = ttl

    @abstractmethod
    async def read(self, key: str) -> str | None:
        """Return what is kept under a key; raise `CacheError`."""

    @abstractmethod
    async def write(self, key: str, text: str) -> None:
        """Keep a text; raise `CacheError`."""

    async def get_or_make(
        self,
        step: Step,
        key_parts: Any,
        make: Callable[[], Awaitable[Any]],
        load: Callable[[Any], Any] | None = None,
        *,
        connectors: Collection[str] = (),
    ) -> Any:
        """Return the result kept for `key_parts`, else that of `make`, which is kept.

        Where the run is given a callable in place of one of the `connectors` that make
        it, nothing is kept, and nothing that is kept is used.

        Of several callers at once the first makes it, and the others share its result
        or its failure, which is not kept; where it is cancelled, or ended by a timeout
        or a budget of its own, the next one makes it. What a fallback answers is not
        kept either. The result is plain data, or what `load` makes of that, and each
        caller has its own. Raises `CacheError`, or what `make` raises.
        """
        if not step.run.given.keys().isdisjoint(connectors):
            return await make()
        key = key_of(self.name, key_parts)
        text = await self.wait_for_turn(key)
        if text is not None:
            step.extras["cached"] = True
            return read_result(text, load)
        try:
            text = await self.read(key)
            # What does not fit is damaged, or of a type that the step had before.
            if text is not None and can_read(text, load):
                step.extras["cached"] = True
            else:
                text = None
                text = write_result(await make(), is_typed=load is not None)
                if not is_of_fallback(step):
                    await self.keep(step, key, text)
        except BaseException as error:
            if isinstance(error, Exception) and not is_of_caller(error):
                self.end_turn(key, error)
            else:
                self.pass_turn(key)
            raise
        self.end_turn(key, text)
        return read_result(text, load)

    async def keep(self, step: Step, key: str, text: str) -> None:
        """Keep a result; log where that fails, as the result is there."""
        try:
            await self.write(key, text)
        except CacheError as error:
            logger = chain_logger(step.run.chain)
            logger.warning("The result of step '%s' is not kept: %s", step.path, error)

    def queues(self) -> dict[tuple[str, str], Waiters]:
        """Return who waits for which result on this event loop, of all modules."""
        queues: dict[tuple[str, str], Waiters]
        queues = loop_state().setdefault("cache_queues", {})
        return queues

    async def wait_for_turn(self, key: str) -> str | None:
        """Return the result that another makes, or `None` where it is the caller's turn."""
        queue = self.queues().get((self.place, key))
        if queue is None:
            self.queues()[self.place, key] = deque()
            return None
        waiter: asyncio.Future[str | None]
        waiter = asyncio.get_running_loop().create_future()
        queue.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            has_turn = waiter.done() and not waiter.cancelled()
            if has_turn and waiter.exception() is None and waiter.result() is None:
                self.pass_turn(key)
            raise

    def end_turn(self, key: str, outcome: str | Exception) -> None:
        """Give all who wait the result or the failure."""
        for waiter in self.queues().pop((self.place, key)):
            if waiter.done():
                continue
            if isinstance(outcome, Exception):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)

    def pass_turn(self, key: str) -> None:
        """Let the next who waits make the result."""
        queue = self.queues()[self.place, key]
        while queue:
            waiter = queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        del self.queues()[self.place, key]


class MemoryCache(AnswerCache):
    """A cache in memory, which keeps the `size` results that were used last.

    It outlives the event loop, unless that has a clock of its own, as in tests.
    """

    def __init__(
        self, name: str, *, ttl: float | None = None, size: int = 10_000
    ) -> None:
        super().__init__(name, ttl)
        self.size = size

    def entries(self) -> OrderedDict[str, tuple[float, str]]:
        """Return the texts by key, each with the loop's time at which it was made."""
        state = loop_state() if has_own_clock() else process_state()
        caches: dict[str, OrderedDict[str, tuple[float, str]]]
        caches = state.setdefault("cached_results", {})
        return caches.setdefault(self.name, OrderedDict())

    async def read(self, key: str) -> str | None:
        entries = self.entries()
        found = entries.pop(key, None)
        if found is None:
            return None
        made, text = found
        now = asyncio.get_running_loop().time()
        if self.ttl is not None and now >= made + self.ttl:
            return None
        entries[key] = found
        return text

    async def write(self, key: str, text: str) -> None:
        entries = self.entries()
        entries.pop(key, None)
        entries[key] = (asyncio.get_running_loop().time(), text)
        while len(entries) > self.size:
            entries.popitem(last=False)


def callable_name(function: Callable[..., Any]) -> str:
    """Return where a callable is defined, which tells it from others in a key.

    Lambdas of one function have one name: their line and their code identify them.
    """
    while isinstance(function, partial):
        function = function.func
    found: Any = function if hasattr(function, "__qualname__") else type(function)
    name = f"{found.__module__}.{found.__qualname__}"
    code = getattr(found, "__code__", None)
    if code is None or code.co_name != "<lambda>":
        return name
    values = [one for one in code.co_consts if not isinstance(one, CodeType)]
    what = f"{code.co_code.hex()} {code.co_names} {values}"
    return f"{name}:{code.co_firstlineno}:{hashlib.sha256(what.encode()).hexdigest()}"


def is_of_fallback(step: Step) -> bool:
    """Say whether a fallback answered a step, or one of the chain that it calls."""
    inner = () if step.inner is None else step.inner.steps
    within = f"{step.path}."
    spared = [s for s in (step, *inner) if "fallback" in s.extras]
    return any(s is step or s.path.startswith(within) for s in spared)


def is_of_caller(error: BaseException) -> bool:
    """Say whether an error is due to the caller's time or budget, not to the work."""
    if isinstance(error, StepTimeout) or ends_missed(error):
        return True
    while isinstance(error, StepError) and error.__cause__ is not None:
        error = error.__cause__
    return getattr(error, "kind", None) == "budget"


def has_own_clock() -> bool:
    """Say whether the event loop has another clock; uvloop's is compiled, and usual."""
    loop_time = type(asyncio.get_running_loop()).time
    is_python = isinstance(loop_time, FunctionType)
    return is_python and loop_time is not asyncio.BaseEventLoop.time


def key_of(name: str, parts: Any) -> str:
    """Return the key for the result in cache `name` that depends on `parts`."""
    what = "what a cache's key is made of, where `cache` has no `key`,"
    with bounded(what):
        data = plain_data(parts, what, "key", has_models=True)
        text = json.dumps([name, data], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def write_result(value: Any, *, is_typed: bool) -> str:
    """Return a result as JSON text; a typed one may have models in it."""
    what = "a cached step's result"
    with bounded(what):
        data = plain_data(value, what, "result", has_models=is_typed)
        return json.dumps(data, separators=(",", ":"))


@contextmanager
def bounded(what: str) -> Generator[None, None, None]:
    """Raise `CacheError` for data that is too deep to be written, as circles are."""
    try:
        yield
    except RecursionError:
        raise CacheError(
            f"{what} must be plain data, and it is nested too deep or holds itself"
        ) from None


def can_read(text: str, load: Callable[[Any], Any] | None) -> bool:
    """Say whether a kept result is whole, and of the type that its step has."""
    try:
        read_result(text, load)
    except CacheError:
        return False
    return True


def read_result(text: str, load: Callable[[Any], Any] | None) -> Any:
    """Read a result from its JSON text."""
    try:
        data = json.loads(text)
        return data if load is None else load(data)
    except (ValueError, RecursionError) as error:
        raise CacheError(f"a kept result does not fit its type: {error}") from error


def plain_data(value: Any, what: str, where: str, *, has_models: bool) -> Any:
    """Return the value in a form that survives JSON; raise `CacheError`.

    Models are those of pydantic; with them, dates, durations and UUIDs have such a form
    too. Tuples become lists.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        items = cast("Mapping[object, Any]", value)
        for key in items:
            if not isinstance(key, str):
                kind = type(key).__name__
                raise CacheError(
                    f"{what} must be plain data; `{where}` has a key of type {kind}"
                )
        return {
            key: plain_data(item, what, f"{where}.{key}", has_models=has_models)
            for key, item in items.items()
        }
    if isinstance(value, list | tuple):
        parts = cast("Sequence[object]", value)
        return [
            plain_data(part, what, f"{where}[{index}]", has_models=has_models)
            for index, part in enumerate(parts)
        ]
    if has_models:
        with suppress(TypeError):
            return plain_data(json_data(value), what, where, has_models=False)
    kind = type(value).__name__
    raise CacheError(f"{what} must be plain data, and `{where}` is of type {kind}")
