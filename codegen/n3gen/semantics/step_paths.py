"""Paths of names such as `docs[0].classify`, and the steps that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

from n3gen.spec.model import (
    Chain,
    ChainStep,
    Entries,
    Entry,
    For,
    SendStep,
    Stage,
    StageStep,
    StateStep,
    Step,
    ValueStep,
    While,
)

__all__ = [
    "NamedRound",
    "StepCall",
    "StepPath",
    "UnknownStep",
    "find_step",
    "names_along",
    "with_part",
]

_PARTS: Final = re.compile(r"(?:[^.\[]|\[[^\]]*\]|\[)+")
_PART: Final = re.compile(r"(.+?)(?:\[([^\]]+)\])?", re.DOTALL)
_NUMBER: Final = re.compile(r"\d{1,9}")
_ANY_NAME: Final = r"[^.\[\]]+"


Loop = For | While | Stage
"""What has rounds: a loop, or a stage that runs for each item."""


def names_along(path: str) -> Iterator[tuple[int, str]]:
    """Yield the names of a path, each with where it begins, without their rounds."""
    for part in _PARTS.finditer(path):
        if found := _PART.fullmatch(part[0]):
            yield part.start(), found[1]


@dataclass(frozen=True, slots=True)
class StepCall:
    """A step, and the loops around it with the round of each that is meant."""

    step: Step
    loops: tuple[tuple[Loop, str | None], ...]


class NamedRound(NamedTuple):
    """A round that a path names, by its number or its key, and what matches those of its loop.

    The group of `rounds` is the number or the key of the round that a record is in.
    """

    loop: Loop
    name: str
    round: str
    rounds: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class StepPath:
    """A step of a chain, or inside a step of it: `calls` lead there, itself last."""

    calls: tuple[StepCall, ...]

    @property
    def step(self) -> Step:
        return self.calls[-1].step

    @property
    def rounds(self) -> int:
        """For how many loops it names the round."""
        loops = [loop for call in self.calls for loop in call.loops]
        return sum(number is not None for _, number in loops)

    def named_rounds(self) -> Iterator[NamedRound]:
        """Yield the rounds that the path names, from the outside."""
        before = ""
        for call in self.calls:
            for loop, index in call.loops:
                name = _name(loop)
                if index is not None and name is not None:
                    rounds = re.compile(rf"{before}{re.escape(name)}\[(.*?)\]\.")
                    yield NamedRound(loop, name, index, rounds)
                before += _loop_pattern(loop, index)
            before += re.escape(call.step.name) + r"\."

    def pattern(self) -> re.Pattern[str]:
        """What matches the path in the record of the step.

        A step that is skipped with all of its loop has no round in its path.
        """
        parts = [
            "".join(_loop_pattern(*loop) for loop in call.loops)
            + re.escape(call.step.name)
            for call in self.calls
        ]
        return re.compile(r"\.".join(parts))


@dataclass(frozen=True, slots=True)
class UnknownStep:
    """The part of a path that is no step, and the chain that the path leads to.

    `why` says what it is: nothing of that name, a loop, a step `outside` of the loops
    that the path has named, or behind a step that runs no chain. `known` are the names
    that there are.
    """

    name: str
    chain: str
    why: Literal["unknown", "loop", "outside", "no_chain"] = "unknown"
    known: tuple[str, ...] = ()


class _Place(NamedTuple):
    """A step or a loop, the loops around it, and the steps with bodies around these."""

    loops: tuple[Loop, ...]
    entry: Entry | None
    calls: tuple[StepCall, ...] = ()


def find_step(
    path: str, chain: Chain, chains: Mapping[str, Chain]
) -> StepPath | UnknownStep | None:
    """The step that `path` means in a chain; loops on the way to it may be left out.

    A round is its number, or its key where the loop has one.

    `chains` are all by name; `None` where the path leads into one that is not there.
    """
    whole = _named(chain.steps).get(path)
    # A quoted name may hold a dot.
    if whole is not None and isinstance(whole.entry, Step):
        return StepPath((*whole.calls, _call(whole.entry, whole.loops, {})))
    return _find(_PARTS.findall(path), chain.steps, chain.name, chains)


def with_part(path: str, part: str, other: str) -> str:
    """The path with another name in place of a part of it."""
    return ".".join(other if one == part else one for one in _PARTS.findall(path))


def _find(
    names: Sequence[str], entries: Entries, chain: str, chains: Mapping[str, Chain]
) -> StepPath | UnknownStep | None:
    places = _named(entries)
    rounds: dict[str | None, str | None] = {}
    for number, part in enumerate(names):
        found = None if part in places else _PART.fullmatch(part)
        name, index = (found[1], found[2]) if found else (part, None)
        loops, entry, calls = places.get(name, _Place((), None))
        if entry is None or (index is not None and not _has_round(entry, loops, index)):
            return UnknownStep(part, chain, known=tuple(places))
        if not rounds.keys() <= {_name(loop) for loop in loops}:
            return UnknownStep(part, chain, "outside")
        if not isinstance(entry, Step) or index is not None:
            rounds[name] = index
        if isinstance(entry, Step):
            inner = names[number + 1 :]
            if index is not None and inner[:1] == [name]:
                inner = inner[1:]  # the step of a stage, named as the stage's round is
            call = _call(entry, loops, rounds)
            return _behind((*calls, call), inner, chain, chains)
    return UnknownStep(names[-1], chain, "loop")


def _behind(
    calls: tuple[StepCall, ...],
    names: Sequence[str],
    chain: str,
    chains: Mapping[str, Chain],
) -> StepPath | UnknownStep | None:
    """The step that calls lead to with the names that are left of its path."""
    step = calls[-1].step
    if not names:
        return StepPath(calls)
    inner: StepPath | UnknownStep | None = None
    if isinstance(step, StageStep):
        inner = _find(names, step.steps, chain, chains)
    elif not isinstance(step, ChainStep):
        return UnknownStep(names[0], chain, "no_chain")
    elif (target := chains.get(step.target or "")) is not None:
        inner = _find(names, target.steps, target.name, chains)
    return StepPath((*calls, *inner.calls)) if isinstance(inner, StepPath) else inner


def _call(
    step: Step, loops: Iterable[Loop], rounds: Mapping[str | None, str | None]
) -> StepCall:
    return StepCall(step, tuple((loop, rounds.get(_name(loop))) for loop in loops))


def _name(loop: Loop) -> str | None:
    return loop.step.name if isinstance(loop, Stage) else loop.name


def _has_round(entry: Entry, loops: Sequence[Loop], index: str) -> bool:
    """Whether an entry has a round of that number or key, as loops and stages have."""
    if isinstance(entry, For) and entry.key is not None:
        return True
    is_repeated = isinstance(loops[-1] if loops else None, Stage)
    has_rounds = isinstance(entry, For | While) or is_repeated
    return has_rounds and _NUMBER.fullmatch(index) is not None


def _named(entries: Entries) -> dict[str, _Place]:
    """What each name means: of the steps that share it in branches, one that calls."""
    found: dict[str, _Place] = {}
    for name, place in _places(entries):
        before = found.get(name)
        if (
            before is None
            or not _calls(before.entry)
            or not _only_computes(place.entry)
        ):
            found[name] = place
    return found


def _calls(entry: Entry | None) -> bool:
    return isinstance(entry, Step) and not _only_computes(entry)


def _only_computes(entry: Entry | None) -> bool:
    return isinstance(entry, ValueStep | SendStep | StateStep)


def _places(
    entries: Iterable[Entry],
    loops: tuple[Loop, ...] = (),
    calls: tuple[StepCall, ...] = (),
) -> Iterator[tuple[str, _Place]]:
    """The steps of a chain, and its loops that have names."""
    for entry in entries:
        is_loop = isinstance(entry, For | While)
        if entry.name is not None and (is_loop or isinstance(entry, Step)):
            yield entry.name, _Place(loops, entry, calls)
        if isinstance(entry, StageStep):
            # The steps of its body are in its own path.
            yield from _places(entry.steps, calls=(*calls, _call(entry, loops, {})))
            continue
        inner = loops
        if isinstance(entry, For | While) or (
            isinstance(entry, Stage) and entry.per_item
        ):
            inner = (*loops, entry)
        for body in entry.bodies:
            yield from _places(body, inner, calls)


def _loop_pattern(loop: Loop, index: str | None) -> str:
    known = _name(loop)
    name = _ANY_NAME if known is None else re.escape(known)
    has_key = isinstance(loop, For) and loop.key is not None
    if index is None:
        return rf"(?:{name}\[{'.*' if has_key else '[0-9]+'}\]\.)?"
    return rf"{name}\[{re.escape(index if has_key else str(int(index)))}\]\."
