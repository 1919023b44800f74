"""Mocks of rounds that a test's run did not have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from n3gen.project.outcomes import Fault
from n3gen.semantics.step_paths import NamedRound, StepPath
from n3gen.source import Loc
from n3gen.spec.model import For, While
from n3gen.spec.test_nodes import Test

__all__ = ["MissedByRows", "missed_rounds"]

_SHOWN = 5
"""How many keys a message shows."""


def missed_rounds(
    test: Test, record: Mapping[str, Any], steps: Mapping[str, StepPath]
) -> Iterator[Fault]:
    """The mocks whose rounds a run that ended well did not have; `steps` are theirs by path.

    Where a condition ends a loop, or the loop did not run, a mock may be for what could
    have come.
    """
    if not _is_complete(record):
        return
    paths = [step.get("path", step["name"]) for step in record["steps"]]
    for mock in test.mocks:
        step = steps.get(mock.step)
        for named in step.named_rounds() if step is not None else ():
            why = _why_missed(named, paths)
            if why:
                what = f"no round `{named.name}[{named.round}]` ran"
                yield Fault(f"{what}: {why}", mock.place.loc, "never ran")
                break


def _is_complete(record: Mapping[str, Any]) -> bool:
    return record["status"] == "ok" and "dropped_steps" not in record["metadata"]


@dataclass
class MissedByRows:
    """The mocks whose rounds none of several runs had; `had` are those that one had.

    A run of which not all is known may have had any.
    """

    missed: dict[Loc, Fault] = field(default_factory=dict[Loc, Fault])
    had: set[Loc] = field(default_factory=set[Loc])
    is_known: bool = True

    def add(
        self,
        test: Test,
        record: Mapping[str, Any] | None,
        steps: Mapping[str, StepPath],
    ) -> None:
        """Take the run of one more row into account."""
        self.is_known = self.is_known and record is not None and _is_complete(record)
        if record is None or not self.is_known:
            return
        for fault in missed_rounds(test, record, steps):
            self.missed.setdefault(fault.loc, fault)
        paths = [step.get("path", step["name"]) for step in record["steps"]]
        for mock in test.mocks:
            rounds = [*steps[mock.step].named_rounds()] if mock.step in steps else []
            if all(one.round in _known_rounds(one, paths) for one in rounds):
                self.had.add(mock.place.loc)

    def faults(self) -> Iterator[Fault]:
        """What no row had."""
        for loc, fault in self.missed.items():
            if self.is_known and loc not in self.had:
                what = fault.message.partition(": ")[0]
                yield Fault(f"{what} in any row", loc, fault.label)


def _known_rounds(named: NamedRound, paths: Sequence[str]) -> Mapping[str, None]:
    matches = (named.rounds.match(path) for path in paths)
    return dict.fromkeys(match[1] for match in matches if match)


def _why_missed(named: NamedRound, paths: Sequence[str]) -> str:
    loop = named.loop
    if isinstance(loop, While) or (isinstance(loop, For) and loop.until is not None):
        return ""
    known = _known_rounds(named, paths)
    if not known or named.round in known:
        return ""
    if isinstance(loop, For) and loop.key is not None:
        keys = ", ".join(f"`{named.name}[{key}]`" for key in [*known][:_SHOWN])
        more = ", ..." if len(known) > _SHOWN else ""
        return f"rounds of `{named.name}` are known by their keys, {keys}{more}"
    last = max(map(int, known))
    return f"the last one is `{named.name}[{last}]`" if int(named.round) > last else ""
