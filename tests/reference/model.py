"""The words of the interpreter: scopes, records, failures, and what an entry is."""

from __future__ import annotations

import asyncio
import re
from collections import ChainMap
from dataclasses import dataclass, field, replace
from typing import Any

__all__ = [
    "SKIPPED",
    "Data",
    "Enough",
    "Failed",
    "Lost",
    "Record",
    "Run",
    "Scope",
    "Stopped",
    "facts_of",
    "is_ending",
    "is_word",
    "names_in",
    "now",
    "outer_of",
    "plain",
]

Data = dict[str, Any]
SKIPPED: Any = object()
"""The value of what did not run, which reads as none."""


class Lost(Data):
    """The record of the error of a step that goes on, which is no success to joins."""


class Failed(Exception):
    """What fails: `owner` in the words of the error, why, and what `retry.on` calls it."""

    def __init__(
        self, owner: str, why: str, kind: str = "error", status: int | None = None
    ) -> None:
        super().__init__(f"{owner}: {why}")
        self.why, self.kind, self.status = why, kind, status
        # Those before which there was no time for a further try.
        self.ends_missed: tuple[float, ...] = ()
        named = re.match(r"Step '(.*?)'", owner)
        self.step = None if named is None else named[1]

    def record(self) -> Data:
        """Return the error record that stands where a result would."""
        return {
            "kind": self.kind,
            "message": self.why,
            "status": self.status,
            "step": self.step,
        }


class Stopped(Exception):
    """A `stop` was reached: the chain's result is `value`."""

    def __init__(self, value: Any) -> None:
        self.value = value


class Enough(Exception):
    """Ends those that run together once nothing more is needed of them: `value` is the last."""

    def __init__(self, value: Any = None) -> None:
        self.value = value


@dataclass(eq=False)
class Record:
    """What a run tells of one step, and with what it is called; times are the clock's."""

    path: str
    started: float
    status: str = "cancelled"
    result: Any = None
    error: str | None = "cancelled"
    attempts: int = 1
    queued: float = 0.0
    ended: float = 0.0
    options: Any = None
    why: Data | None = None
    step: Data = field(default_factory=dict)


@dataclass
class Run:
    """How a run ended."""

    status: str = "ok"
    result: Any = None
    error: str | None = None
    steps: list[Record] = field(default_factory=list)


@dataclass(frozen=True)
class Scope:
    """Where an entry runs: names and their values, and the path of its steps.

    `caller` is the path of the step that calls the chain, empty in the run's own. In
    what runs last, `before` are the names of what may have failed by then. `skips` says
    of names whether all steps behind them were skipped, `told` has the records of steps
    by name, and `slots` is the limit of the steps that may work at once. `channels` are
    those of the chain; `held` are the ends of them that an entry around answers for.
    """

    chain: Data
    name: str
    names: ChainMap[str, Any]
    path: str = ""
    caller: str = ""
    before: frozenset[str] = frozenset()
    skips: ChainMap[str, bool] = field(default_factory=ChainMap)
    told: ChainMap[str, Record] = field(default_factory=ChainMap)
    slots: str | None = None
    channels: Data = field(default_factory=dict)
    held: frozenset[tuple[str, str]] = frozenset()

    def inside(self, path: str | None = None, **names: Any) -> Scope:
        """Return the scope of a body in this one."""
        path = self.path if path is None else path
        return replace(
            self,
            names=self.names.new_child(names),
            path=path,
            skips=self.skips.new_child(),
            told=self.told.new_child(),
        )

    @property
    def owner(self) -> str:
        """Who fails where an expression between steps does."""
        return f"Step '{self.caller}'" if self.caller else f"Chain '{self.name}'"


def facts_of(record: Record) -> Data:
    """Return what expressions read of a step's record."""
    return {"status": record.status, "attempts": record.attempts, "error": record.why}


def now() -> float:
    return asyncio.get_running_loop().time()


def plain(value: Any) -> Any:
    return None if value is SKIPPED else value


def is_word(entry: Data, word: str) -> bool:
    """Say whether an entry is a block of a word; `parallel` may also be a flag."""
    return word in entry and (word != "parallel" or isinstance(entry[word], list))


def is_ending(entry: Data) -> bool:
    """Say whether an entry is a clause of its body, or what runs last in it."""
    return "name" not in entry and ("on_error" in entry or "finally" in entry)


def outer_of(entry: Data) -> Data:
    """Return what an entry reads itself before its bodies run, those aside."""
    own = {"name", "depends_on", "cancel", "result"}
    if "while" in entry:
        own.add("while")  # is asked between the rounds
    bodies = {*("steps", "then", "else", "do", "cases", "elif", "finally", "on_error")}
    found = {k: v for k, v in entry.items() if k not in own | bodies}
    if is_word(entry, "parallel"):
        del found["parallel"]
    found["conditions"] = [branch["if"] for branch in entry.get("elif", ())]
    return found


def names_in(text: str) -> set[str]:
    """Return what may be a name of a random chain: letters and a number."""
    return set(re.findall(r"\b[a-z]+\d+\b", text))
