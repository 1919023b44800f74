"""Paths of names such as `docs[0].classify`, and the steps that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from n3gen.spec.model import Chain, ChainStep, Entry, For, Step, While

__all__ = ["StepCall", "StepPath", "UnknownStep", "find_step"]

_PARTS: Final = re.compile(r"(?:[^.\[]|\[[^\]]*\]|\[)+")
_PART: Final = re.compile(r"(.+?)(?:\[([^\]]+)\])?", re.DOTALL)
_NUMBER: Final = re.compile(r"\d{1,9}")
_ANY_NAME: Final = r"[^.\[\]]+"


@dataclass(frozen=True, slots=True)
class StepCall:
    """A step, and the loops around it with the round of each that is meant."""

    step: Step
    loops: tuple[tuple[For | While, str | None], ...]


@dataclass(frozen=True, slots=True)
class StepPath:
    """A step of a chain or of one that it calls: `calls` lead there, itself last."""

    calls: tuple[StepCall, ...]

    @property
    def step(self) -> Step:
        return self.calls[-1].step

    @property
    def rounds(self) -> int:
        """How many loops it tells the round of."""
        loops = [loop for call in self.calls for loop in call.loops]
        return sum(number is not None for _, number in loops)

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


_Place = tuple[tuple[For | While, ...], Entry]
"""A step or a loop, and the loops around it."""


def find_step(
    path: str, chain: Chain, chains: Mapping[str, Chain]
) -> StepPath | UnknownStep | None:
    """The step that `path` means in a chain; loops on the way to it may be left out.

    A round is its number, or its key where the loop has one.

    `chains` are all by name; `None` where the path leads into one that is not there.
    """
    whole = dict(_places(chain.steps)).get(path)
    # A quoted name may hold a dot.
    if whole is not None and isinstance(whole[1], Step):
        return StepPath((_call(whole[1], whole[0], {}),))
    return _find(_PARTS.findall(path), chain, chains)


def _find(
    names: Sequence[str], chain: Chain, chains: Mapping[str, Chain]
) -> StepPath | UnknownStep | None:
    places = dict(_places(chain.steps))
    rounds: dict[str | None, str | None] = {}
    for number, part in enumerate(names):
        found = None if part in places else _PART.fullmatch(part)
        name, index = (found[1], found[2]) if found else (part, None)
        loops, entry = places.get(name, ((), None))
        if entry is None or (index is not None and not _has_round(entry, index)):
            return UnknownStep(part, chain.name, known=tuple(places))
        if not rounds.keys() <= {loop.name for loop in loops}:
            return UnknownStep(part, chain.name, "outside")
        if isinstance(entry, Step):
            inner = names[number + 1 :]
            return _behind(_call(entry, loops, rounds), inner, chain, chains)
        rounds[name] = index
    return UnknownStep(names[-1], chain.name, "loop")


def _behind(
    call: StepCall, names: Sequence[str], chain: Chain, chains: Mapping[str, Chain]
) -> StepPath | UnknownStep | None:
    """The step that a call leads to with the names that are left of its path."""
    if not names:
        return StepPath((call,))
    if not isinstance(call.step, ChainStep):
        return UnknownStep(names[0], chain.name, "no_chain")
    target = chains.get(call.step.target or "")
    inner = None if target is None else _find(names, target, chains)
    return StepPath((call, *inner.calls)) if isinstance(inner, StepPath) else inner


def _call(
    step: Step, loops: Iterable[For | While], rounds: Mapping[str | None, str | None]
) -> StepCall:
    return StepCall(step, tuple((loop, rounds.get(loop.name)) for loop in loops))


def _has_round(entry: Entry, index: str) -> bool:
    if isinstance(entry, For) and entry.key is not None:
        return True
    return isinstance(entry, For | While) and _NUMBER.fullmatch(index) is not None


def _places(
    entries: Iterable[Entry], loops: tuple[For | While, ...] = ()
) -> Iterator[tuple[str, _Place]]:
    """The steps of a chain, and its loops that have names."""
    for entry in entries:
        is_loop = isinstance(entry, For | While)
        if entry.name is not None and (is_loop or isinstance(entry, Step)):
            yield entry.name, (loops, entry)
        inner = (*loops, entry) if isinstance(entry, For | While) else loops
        for body in entry.bodies:
            yield from _places(body, inner)


def _loop_pattern(loop: For | While, index: str | None) -> str:
    name = _ANY_NAME if loop.name is None else re.escape(loop.name)
    has_key = isinstance(loop, For) and loop.key is not None
    if index is None:
        return rf"(?:{name}\[{'.*' if has_key else '[0-9]+'}\]\.)?"
    return rf"{name}\[{re.escape(index if has_key else str(int(index)))}\]\."
