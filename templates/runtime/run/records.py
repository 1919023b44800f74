"""What a run returns, and what it raises."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Literal, TypedDict, cast
from weakref import ref

from ..values.json_data import json_data
from .process import process_state

__all__ = [
    "LIMITS",
    "ChainError",
    "ChainStopped",
    "ChainTimeout",
    "Foreseen",
    "Harmless",
    "RunCancelled",
    "RunResult",
    "Status",
    "StepError",
    "StepExtras",
    "StepFailed",
    "StepRecord",
    "StepTimeout",
    "cancel_task",
    "check_cancelled",
    "count_cancelled",
    "data_or_text",
    "describe_error",
    "is_asked_to_end",
    "is_being_cancelled",
    "is_stray",
    "printable",
    "to_json",
    "without_lossy_versions",
    "written_json",
]

CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Characters that a terminal obeys instead of showing them."""


Status = Literal["ok", "error", "timeout", "cancelled", "skipped"]


class StepExtras(TypedDict, total=False):
    """What the record of a step has only where there is something to say.

    `version` changes with what the spec says of the step's result. `path` is there
    where the step is in a loop or in a chain that a step calls; `kept` where the
    result is that of the run which was resumed.
    A step that asked models has its requests, the tokens that providers counted, and
    their cost, `None` where a model has no price; `finish` is `length` where an answer
    ended at its limit of tokens. `cached` steps asked nobody, `fallback` answered.
    """

    version: str
    path: str
    kept: bool
    requests: int
    input_tokens: int
    output_tokens: int
    tokens: int
    cost: float | None
    finish: str
    fallback: str
    cached: bool


class StepRecord(StepExtras):
    """One step of a run: times in milliseconds, `started_ms` from the run's start."""

    name: str
    status: Status
    result: Any
    error: str | None
    attempts: int
    queued_ms: int
    started_ms: int
    elapsed_ms: int


class RunResult(TypedDict):
    """What `run_chain` returns; plain JSON data but for the results themselves."""

    status: Literal["ok", "error", "timeout", "cancelled"]
    result: Any
    steps: list[StepRecord]
    error: str | None
    metadata: dict[str, Any]


class ChainError(Exception):
    """A chain failed; `run` is the record of the run."""

    def __init__(self, message: str, run: RunResult) -> None:
        super().__init__(message)
        self.run = run

    def __reduce__(self) -> tuple[Any, ...]:
        """Let the error cross from one process to another."""
        return type(self), (*self.args, self.run)


class ChainTimeout(ChainError):
    """A chain passed its deadline; `run` holds the steps that finished before."""


class Foreseen(Exception):
    """A failure whose message says all: it is logged without a traceback."""


class StepError(Foreseen):
    """A step failed, or an expression between steps; the reason is its `__cause__`.

    `place` is where the spec says what failed, as in `chains/x.ai:14`; `step` is the
    path of the step, `None` between steps; `reason` is the cause in words. Wrapping it
    once keeps a `TimeoutError` of a step apart from the chain's own.
    """

    def __init__(
        self, message: str, place: str = "", step: str | None = None, reason: str = ""
    ) -> None:
        super().__init__(message)
        self.place = place
        self.step = step
        self.reason = reason or message


class RunCancelled(Foreseen):
    """Somebody other than its caller has cancelled the run."""


class StepFailed(Foreseen):
    """A step of kind `fail` was reached, which no other try would change."""


class ChainStopped(BaseException):
    """A step has ended its chain with a value; not an error, so no handler takes it."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


class StepTimeout(Foreseen):
    """A step passed its own timeout; it `is_final` once tokens of it were emitted."""

    is_final = False


CANCELLED: dict[ref[asyncio.Task[Any]], int] = {}
"""How often tasks were cancelled because something is over that they are part of.

`Task.cancelling()` also counts cancellations by the user's code: before Python 3.13
`asyncio.TaskGroup` leaves its task marked as cancelled where one of its tasks fails.
"""


LIMITS: ContextVar[tuple[asyncio.Timeout, ...]] = ContextVar("limits", default=())
"""The times after which what this task does is cut off; they cancel it themselves."""


def cancel_task(task: asyncio.Task[Any]) -> bool:
    """Cancel a task that may run steps; return whether it still runs."""
    count_cancelled(task)
    return task.cancel()


def count_cancelled(task: asyncio.Task[Any], times: int = 1) -> None:
    """Count that a task is cancelled, or with -1 that it need no longer be."""
    CANCELLED[ref(task, CANCELLED.pop)] = CANCELLED.get(ref(task), 0) + times


def check_cancelled() -> None:
    """Raise the cancellation of this task again, which the user's code may have swallowed."""
    if (CANCELLED or LIMITS.get()) and is_being_cancelled():
        raise asyncio.CancelledError


def is_being_cancelled(task: asyncio.Task[Any] | None = None) -> bool:
    """Say whether a task, or this, is cancelled, as what it is part of is over, and still runs."""
    task = task or asyncio.current_task()
    if task is None or not task.cancelling():
        return False
    return CANCELLED.get(ref(task), 0) > 0 or any(one.expired() for one in LIMITS.get())


def is_asked_to_end() -> bool:
    """Say whether anyone has cancelled this task, its own code or a library too."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def is_stray(error: BaseException) -> bool:
    """Say whether an error ends only the step, not its chain, the program or its task.

    A `CancelledError` may come out of the user's code without anyone having
    cancelled the run, as when it awaits a task that something else cancelled. A
    `GeneratorExit` does where tasks run; else what a closed loop left is thrown away.
    """
    if isinstance(error, asyncio.CancelledError):
        return not is_asked_to_end()
    if isinstance(error, GeneratorExit):
        with suppress(RuntimeError):
            return asyncio.current_task() is not None
        return False
    ends_more = KeyboardInterrupt | SystemExit | ChainStopped
    return not isinstance(error, ends_more)


def printable(text: str) -> str:
    """Escape the control characters in a text, which may be a server's words."""
    return CONTROL.sub(lambda found: repr(found[0])[1:-1], text)


def describe_error(error: BaseException) -> str:
    """Return an error in one line: its kind and message; of a group, its errors too.

    What has read secrets of the environment has them hidden here.
    """

    def in_words(error: object) -> str:
        text: str = process_state().get("words_of_error", str)(error)
        text = text.replace("\n- ", "; ").replace(":; ", ": ")  # a list of faults
        return printable(" ".join(text.split()))

    words = text_of(error, in_words, "its text cannot be read")
    if isinstance(error, StepTimeout | StepError | StepFailed):
        return words
    inner: tuple[BaseException, ...] = getattr(error, "exceptions", ())
    if inner and issubclass(type(error), BaseExceptionGroup):
        words += ": " + "; ".join(map(describe_error, inner[:3]))
    return f"{type(error).__name__}: {words}" if words else type(error).__name__


def without_lossy_versions(item: dict[str, Any]) -> dict[str, Any]:
    """Return a record or an event, without the versions of results that JSON changes."""
    if "steps" in item:
        return {
            **item,
            "steps": [without_lossy_versions(step) for step in item["steps"]],
        }
    if "record" in item:
        return {**item, "record": without_lossy_versions(item["record"])}
    if item.get("version", "t").endswith("t"):
        return item
    with Harmless():
        if json.loads(json.dumps(item["result"], allow_nan=False)) == item["result"]:
            return item
    return {key: part for key, part in item.items() if key != "version"}


def to_json(value: Any, indent: int | None = None) -> str:
    """Return a record or an event as JSON; parts that JSON has no form for, as texts."""
    with Harmless():
        if isinstance(value, dict):
            value = without_lossy_versions(cast("dict[str, Any]", value))
    return written_json(value, indent)


def written_json(value: Any, indent: int | None = None) -> str:
    """Return any value as JSON; parts that JSON has no form for, as texts."""
    with Harmless():  # most need no more
        text = json.dumps(value, indent=indent, default=json_data, allow_nan=False)
        if not has_twins(value):
            return text
    return json.dumps(data_or_text(value), indent=indent)


def has_twins(value: Any) -> bool:
    """Say whether a mapping in a value has two keys that are one in JSON."""
    parts: Iterable[Any] = value
    if isinstance(value, dict):
        keys = cast("dict[object, object]", value)
        if {*map(type, keys)} != {str} and len({*map(key_text, keys)}) < len(keys):
            return True
        parts = keys.values()
    return any(isinstance(p, dict | list | tuple) and has_twins(p) for p in parts)


def key_text(key: object) -> str:
    """Return the key of a mapping as JSON has it."""
    if issubclass(type(key), str):
        return cast(str, key)
    is_word = key is None or isinstance(key, bool)
    return json.dumps(key) if is_word else text_of(key, str)


def data_or_text(item: Any, *around: int) -> Any:
    """Return a value as JSON data, within those of the ids; its text where it is none."""
    if id(item) in around or len(around) > 200:  # a circle, or too deep to read
        return text_of(item, repr)
    within, kind = (*around, id(item)), cast(Any, type(item))
    with Harmless():
        if issubclass(kind, list | tuple):
            return [data_or_text(part, *within) for part in item]
        if issubclass(kind, dict):
            parts = {key_text(k): data_or_text(p, *within) for k, p in item.items()}
            return parts if len(parts) == len(item) else text_of(item, repr)
        with Harmless():
            return data_or_text(json_data(item), *within)
        # A model that JSON cannot hold as a whole is converted part by part.
        for options in ({"mode": "json", "fallback": data_or_text}, {"mode": "python"}):
            with Harmless():
                return data_or_text(kind.model_dump(item, **options), *within)
        return json.loads(json.dumps(item, allow_nan=False))
    return text_of(item, str)


class Harmless:
    """Lets nothing end the run that a user's object raises, an interrupt aside."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: object, trace: object) -> bool:
        return not isinstance(error, KeyboardInterrupt)


def text_of(value: object, form: Callable[[object], str], unread: str = "") -> str:
    """Return a value as text, or `unread` where its class has none to give."""
    with Harmless():
        return form(value)
    return (
        unread or f"a value of type {type(value).__name__}, whose text cannot be read"
    )
